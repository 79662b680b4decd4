// What of a snapshot is to be checked, for health/.
#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "control/snapshot.h"
#include "health/check_target.h"
#include "model/resources.h"

namespace sluice::app {

[[nodiscard]] health::CheckTargets check_targets(const control::Snapshot& snapshot,
                                                 const model::Config& config,
                                                 rules::LiveLookup& live,
                                                 model::Resources& resources,
                                                 base::Diagnostics& diagnostics);

}  // namespace sluice::app
