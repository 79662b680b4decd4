// Passwords: crypt(3)'s hashes, comparing in constant time, and a name for a password that tells
// nothing of it. Any thread. matches() takes up to a tenth of a second and more, as the hash is
// meant to: never on a loop.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sluice::base::password {

/// Does this system's crypt(3) take it? Nothing is hashed.
[[nodiscard]] bool is_known_hash(const std::string& hash);
/// Is it the hash of that clear text?
[[nodiscard]] bool matches(const std::string& clear, const std::string& hash);
/// Looks at every byte of `given`, whatever it finds.
[[nodiscard]] bool equal_in_constant_time(std::string_view given, std::string_view secret);

using Key = std::array<unsigned char, 32>;
/// From the system's random bytes.
[[nodiscard]] Key random_key();
/// HMAC-SHA256 of the pair under the key, 32 bytes.
[[nodiscard]] std::string fingerprint(const Key& key, std::string_view clear,
                                      std::string_view hash);
/// 256 random bits in hexadecimal; empty: the system has none.
[[nodiscard]] std::string random_token();
/// Overwrites it.
void forget(std::string& clear);

}  // namespace sluice::base::password
