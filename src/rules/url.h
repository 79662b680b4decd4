// Parts of URLs: parameters of a query or a form body, percent coding.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::rules {

/// The next parameter called `name` (any, when empty) of `list` ("a=1&b=2") from `offset` on, which
/// is moved behind it. '&', ';' and `delimiter` separate. A parameter without '=' has an empty
/// value.
[[nodiscard]] bool next_parameter(std::string_view list, char delimiter, std::string_view name,
                                  std::size_t& offset, std::string_view& value) noexcept;

enum class PlusSign : bool { Kept, Space };
/// Decodes %XX into `out` (at least text.size() bytes); returns the length, or npos for a bad
/// sequence.
[[nodiscard]] std::size_t percent_decode(std::string_view text, PlusSign plus, char* out) noexcept;
/// The value of a hexadecimal digit, or -1.
[[nodiscard]] int hex_value(char digit) noexcept;

}  // namespace sluice::rules
