// Tokens of HTTP (RFC 9110 §5.6.2): names of fields and methods.
#pragma once

#include <string_view>

namespace sluice::rules {

[[nodiscard]] bool is_token(std::string_view text) noexcept;

}  // namespace sluice::rules
