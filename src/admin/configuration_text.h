// The text of a configuration as it is shown: without its secrets, and as the difference between
// two of them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

/// The line with stars in the place of what is a secret, in either spelling: passwords of `stats
/// auth`, `user` and of URLs, keys of dynamic cookies, values of fields and variables that bear
/// credentials by their name, what a check sends as a password.
[[nodiscard]] std::string without_secrets(std::string_view line);

/// A unified difference with three lines around each change; empty when both are the same. Past a
/// bound of work the rest counts as changed throughout.
[[nodiscard]] std::string unified_difference(const std::vector<std::string>& before,
                                             const std::vector<std::string>& after,
                                             std::string_view name_before,
                                             std::string_view name_after);

}  // namespace sluice::admin
