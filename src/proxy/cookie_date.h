// The dates in a persistence cookie, "VALUE|LAST|FIRST": 30 bits of the time in units of four
// seconds as five digits of base64, so that HAProxy and Sluice read each other's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::proxy {

inline constexpr std::size_t kCookieDateBytes = 5;

/// Seconds of the epoch from the first digits of `text`; 0 where it is no date.
[[nodiscard]] std::int64_t read_cookie_date(std::string_view text) noexcept;
/// Writes kCookieDateBytes digits; what is lost of the seconds is rounded down.
void write_cookie_date(std::int64_t seconds, char* out) noexcept;

}  // namespace sluice::proxy
