// `track`: who follows whom, as live objects, and what decides where a server comes back to.
// Control thread. Source: manual §5.2, track.
#pragma once

#include <string>

#include "control/snapshot.h"
#include "model/server_transition.h"

namespace sluice::control {

/// Ties the servers of `snapshot` together by their `track`, undoes the ties of before, and brings
/// those that follow in line. The last step of an adoption before balancers are built.
void tie_trackers(const Snapshot& snapshot);

[[nodiscard]] model::Surroundings surroundings_of(const model::ServerLive& server);

/// "BACKEND/SERVER" of the server that this one tracks; empty: none.
[[nodiscard]] std::string tracked_name(const model::ServerLive& server);

}  // namespace sluice::control
