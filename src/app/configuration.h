// A configuration on its way into force: files → model → snapshot, with everything that was said
// about it on the way. Used at the start, by -c, and by a reload. Control thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/kept_answers.h"
#include "app/privileges.h"
#include "app/surroundings.h"
#include "base/diagnostics.h"
#include "config/environment.h"
#include "control/registry.h"
#include "control/saved_state.h"
#include "control/snapshot.h"
#include "health/check_target.h"

namespace sluice::app {

struct Loaded {
  std::shared_ptr<model::Config> config;
  std::shared_ptr<control::Snapshot> snapshot;  // null: errors were reported
  health::CheckTargets checks;
  std::vector<control::SavedServer> saved;  // states at the start
  std::vector<std::shared_ptr<const base::SourceFile>> files;
  std::shared_ptr<KeptAnswers> answers;  // what it was built from
};

/// nbthread, or one for each core that the process may use.
[[nodiscard]] std::uint32_t thread_count(const model::Global& global);
[[nodiscard]] DescriptorPlan plan_descriptors(const Loaded& loaded, std::uint32_t threads);

/// Reads the files of `command`. `generation` counts from 1. Nothing of what runs is changed.
[[nodiscard]] Loaded load_configuration(const RunCommand& command, std::uint64_t generation,
                                        control::Registry& registry, Surroundings& surroundings,
                                        base::Diagnostics& diagnostics);

/// Builds `config`, which is a changed copy of `previous`'s, as that was built: from the same
/// answers, with the same TLS contexts.
[[nodiscard]] Loaded derive_configuration(std::shared_ptr<model::Config> config,
                                          std::uint64_t generation, control::Registry& registry,
                                          const control::Snapshot& previous,
                                          std::shared_ptr<KeptAnswers> answers, Opener* opener,
                                          base::Diagnostics& diagnostics);

/// Reads `text` as the file `name` would be, as far as a reload comes before it opens anything:
/// with the files that what `answers` were given to has named, and no others. Nothing of what runs
/// is changed.
[[nodiscard]] Loaded check_configuration(const std::string& name, std::string_view text,
                                         std::uint64_t generation, control::Registry& registry,
                                         KeptAnswers answers, config::Environment environment,
                                         Opener* opener, base::Diagnostics& diagnostics);

}  // namespace sluice::app
