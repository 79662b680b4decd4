// Builds a snapshot from a validated configuration: compiles every rule, condition, expression and
// format, finds the backends that routes name, resolves the servers' addresses and makes their TLS
// contexts. Errors are all collected, each with its place. Nothing of what is live changes before
// the snapshot is published (control/publish), so that a bad configuration never replaces a good
// one. Control thread; may block on names when Resources does.
#pragma once

#include <cstdint>
#include <memory>

#include "base/diagnostics.h"
#include "control/registry.h"
#include "control/snapshot.h"
#include "model/config.h"
#include "model/resources.h"

namespace sluice::control {

struct BuildInput {
  std::shared_ptr<model::Config>
      config;  // addresses of names are written into it; immutable afterwards
  std::uint64_t generation = 1;
  Registry& registry;
  model::Resources& resources;
  base::Diagnostics& diagnostics;
};

/// Null when there were errors.
[[nodiscard]] std::shared_ptr<Snapshot> build(const BuildInput& input);

}  // namespace sluice::control
