// What completes command lines of Sluice in a shell, made of the tables of flags and subcommands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// "bash" and "zsh".
[[nodiscard]] std::vector<std::string_view> completion_shells();
/// The script for one of these; empty for any other name.
[[nodiscard]] std::string completion_of(std::string_view shell);

}  // namespace sluice::app
