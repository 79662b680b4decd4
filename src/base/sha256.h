// SHA-256 (FIPS 180-4) by libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace sluice::base {

/// 64 lower-case hexadecimal digits; empty where libcrypto refuses.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace sluice::base
