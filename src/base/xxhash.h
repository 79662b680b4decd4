// XXH64, the 64-bit hash of the xxHash specification (https://xxhash.com, version 0.1.1): fast, the
// same on every machine, and no protection against anybody who wants a collision.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::base {

[[nodiscard]] std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace sluice::base
