// The pages of the manual, made of the tables: the flags and subcommands of the command line, and
// the directives and words of configurations. Text for man(1), on the way to standard output.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// "sluice.1" and "sluice.cfg.5".
[[nodiscard]] std::vector<std::string_view> manual_pages();
/// One of these; empty for any other name.
[[nodiscard]] std::string manual_page(std::string_view name);

}  // namespace sluice::app
