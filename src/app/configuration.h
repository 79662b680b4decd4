// A configuration on its way into force: files → model → snapshot, with everything that was said
// about it on the way. Used at the start, by -c, and by a reload. Control thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/resources.h"
#include "base/diagnostics.h"
#include "control/registry.h"
#include "control/snapshot.h"
#include "health/check_target.h"

namespace sluice::app {

struct Loaded {
  std::shared_ptr<model::Config> config;
  std::shared_ptr<control::Snapshot> snapshot;  // null: errors were reported
  health::CheckTargets checks;
  std::unique_ptr<Resources> resources;
};

/// `generation` counts from 1. Nothing of what runs is changed.
[[nodiscard]] Loaded load_configuration(const std::vector<std::string>& files,
                                        std::uint64_t generation, control::Registry& registry,
                                        base::Diagnostics& diagnostics);

}  // namespace sluice::app
