// The hash of a key by `hash-type`: bit by bit HAProxy's, so that a key leads to the same server.
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/balance.h"

namespace sluice::balance {

/// `balance source` folds an address word by word and takes no function; all else is text.
enum class KeyKind : std::uint8_t { Text, Address };

[[nodiscard]] std::uint32_t hash_key(std::string_view key, KeyKind kind,
                                     const model::HashUse& use) noexcept;

}  // namespace sluice::balance
