#include "model/dynamic_cookie.h"

#include <string>

#include "base/xxhash.h"

namespace sluice::model {

std::uint64_t dynamic_cookie(std::string_view key, const base::Address& address) {
  if (key.empty() || !address.is_ip()) return 0;
  std::string bytes(key);
  bytes += address.ip_bytes();
  const std::uint16_t port = address.port();
  bytes += {'\0', '\0', static_cast<char>(port >> 8), static_cast<char>(port & 0xFF)};
  return base::xxh64(bytes);
}

void write_dynamic_cookie(std::uint64_t value, char* out) noexcept {
  for (std::size_t i = kDynamicCookieBytes; i-- > 0; value >>= 4)
    out[i] = "0123456789abcdef"[value & 0xF];
}

std::uint64_t read_dynamic_cookie(std::string_view text) noexcept {
  if (text.size() != kDynamicCookieBytes) return 0;
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return 0;
    value = value << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

}  // namespace sluice::model
