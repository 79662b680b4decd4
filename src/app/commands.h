// What each subcommand does; one function a command, an exit code each.
#pragma once

#include "app/command_line.h"

namespace sluice::app {

[[nodiscard]] int show_version(const VersionCommand& command);
[[nodiscard]] int convert_file(const ConvertCommand& command);
[[nodiscard]] int show_keywords(const KeywordsCommand& command);
[[nodiscard]] int show_manual(const ManualCommand& command);
[[nodiscard]] int show_completion(const CompletionCommand& command);
/// GETs an http:// address of this machine: 0 when it answers 2xx or 3xx.
[[nodiscard]] int check_health(const HealthcheckCommand& command);
/// Runs what the command line asked for.
[[nodiscard]] int run_command(const Command& command);

}  // namespace sluice::app
