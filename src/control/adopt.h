// Brings live objects in line with a configuration that is about to be published: after this the
// build cannot be taken back. New servers start as written; known ones keep their run-time state
// (weight, maxconn, MAINT and DRAIN, health, address) wherever the directive still says what it
// said when that state was set. Control thread.
#pragma once

#include <memory>
#include <vector>

#include "control/registry.h"
#include "control/snapshot.h"

namespace sluice::control {

void adopt_server(model::ServerLive& live, const model::Server& config, Registry& registry);

/// Adopts everything that the snapshot refers to, retires the servers that it does not name, and
/// builds its balancers, which go on where those of `previous` (null: none) stand.
void adopt(Snapshot& snapshot, const Snapshot* previous, Registry& registry);

}  // namespace sluice::control
