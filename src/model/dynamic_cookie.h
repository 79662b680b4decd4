// The cookie value that `cookie … dynamic` gives a server: 16 hexadecimal digits of a hash over the
// secret key, the server's IP address and its port, the same on every balancer with that key and
// the same as HAProxy's (manual, dynamic-cookie-key).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/address.h"

namespace sluice::model {

inline constexpr std::size_t kDynamicCookieBytes = 16;

/// 0: the address has no such value (a unix socket, no address yet, no key).
[[nodiscard]] std::uint64_t dynamic_cookie(std::string_view key, const base::Address& address);
/// Writes kDynamicCookieBytes digits.
void write_dynamic_cookie(std::uint64_t value, char* out) noexcept;
/// What a client sent, or 0 where it can't have been written by write_dynamic_cookie().
[[nodiscard]] std::uint64_t read_dynamic_cookie(std::string_view text) noexcept;

}  // namespace sluice::model
