// Base64 (RFC 4648 §4, padded), read.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::base {

/// Into `out`, which has room for three quarters of the text. The number of bytes; nothing: the
/// text is no Base64.
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text, char* out) noexcept;

}  // namespace sluice::base
