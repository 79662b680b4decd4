// Names of HAProxy's rule language that Sluice knows of and does not implement, so that they are
// refused by name instead of being taken for a slip of the pen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::rules {

[[nodiscard]] bool is_unsupported_fetch(std::string_view name) noexcept;
[[nodiscard]] bool is_unsupported_converter(std::string_view name) noexcept;
[[nodiscard]] bool is_unsupported_action(std::string_view name) noexcept;

/// "did you mean 'x'?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace sluice::rules
