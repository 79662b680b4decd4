// The 32-bit hashes that HAProxy offers to `hash-type` and as converters, bit by bit the same, so
// that a key leads to the same server. Pure; for spreading keys, never for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::base {

[[nodiscard]] std::uint32_t hash_sdbm(std::string_view text) noexcept;
[[nodiscard]] std::uint32_t hash_djb2(std::string_view text) noexcept;
/// Two words that each byte turns by amounts which depend on all bytes before it.
[[nodiscard]] std::uint32_t hash_wt6(std::string_view text) noexcept;
/// As in Ethernet and gzip.
[[nodiscard]] std::uint32_t hash_crc32(std::string_view text) noexcept;
/// Castagnoli's polynomial, as in iSCSI.
[[nodiscard]] std::uint32_t hash_crc32c(std::string_view text) noexcept;
/// Spreads a weak hash over all its bits: one of Bob Jenkins's integer hashes, then a large prime.
[[nodiscard]] std::uint32_t avalanche(std::uint32_t value) noexcept;

}  // namespace sluice::base
