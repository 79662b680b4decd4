#include "proxy/cookie_date.h"

namespace sluice::proxy {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kUnitBits = 2;

}  // namespace

std::int64_t read_cookie_date(std::string_view text) noexcept {
  if (text.size() < kCookieDateBytes) return 0;
  std::int64_t units = 0;
  for (const char c : text.substr(0, kCookieDateBytes)) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return 0;
    units = units << 6 | static_cast<std::int64_t>(digit);
  }
  return units << kUnitBits;
}

void write_cookie_date(std::int64_t seconds, char* out) noexcept {
  auto units = static_cast<std::uint64_t>(seconds) >> kUnitBits;
  for (std::size_t i = kCookieDateBytes; i-- > 0; units >>= 6) out[i] = kDigits[units & 0x3F];
}

}  // namespace sluice::proxy
