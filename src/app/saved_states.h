// Finds the saved states of servers that a configuration asks for at the start
// (`server-state-file`, `load-server-state-from-file`). A file that cannot be used is a warning.
// Control thread, while there are rights to read them.
#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "control/saved_state.h"
#include "model/config.h"

namespace sluice::app {

[[nodiscard]] std::vector<control::SavedServer> read_saved_states(const model::Config& config,
                                                                  base::Diagnostics& diagnostics);

}  // namespace sluice::app
