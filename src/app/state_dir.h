// Which folder keeps what outlives the process: `state-dir`, else $STATE_DIRECTORY (systemd's),
// else /var/lib/sluice where it can be written to. Opened while there are rights to, once at the
// start.
#pragma once

#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/privileges.h"
#include "base/result.h"
#include "control/state_folder.h"
#include "model/config.h"

namespace sluice::app {

struct StateDir {
  std::optional<control::StateFolder> folder;  // nothing: no state is kept
  bool wanted = false;                         // `state-dir` names it, so that it must be usable
  std::string notice;                          // why nothing is kept, unless that was asked for
  std::string configuration;                   // the file that it is of
};

/// Makes a folder that `state-dir` names and that is not there, for who the process will be.
[[nodiscard]] base::Result<StateDir> open_state_dir(const model::Global& global,
                                                    const RunCommand& command,
                                                    const Identity& identity);
/// When rights were dropped: may files be made there? An error where `state-dir` asks for it.
[[nodiscard]] base::Result<> settle_state_dir(StateDir& dir);

}  // namespace sluice::app
