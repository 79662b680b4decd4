#include "balance/key_hash.h"

#include "base/hash.h"

namespace sluice::balance {
namespace {

/// The exclusive or of the address's words, most significant byte first.
std::uint32_t fold(std::string_view address) noexcept {
  std::uint32_t folded = 0;
  for (std::size_t at = 0; at + 4 <= address.size(); at += 4) {
    std::uint32_t word = 0;
    for (const char c : address.substr(at, 4)) word = word << 8 | static_cast<unsigned char>(c);
    folded ^= word;
  }
  return folded;
}

std::uint32_t hash_text(std::string_view text, model::HashFunction function) noexcept {
  switch (function) {
    case model::HashFunction::Sdbm:
      return base::hash_sdbm(text);
    case model::HashFunction::Djb2:
      return base::hash_djb2(text);
    case model::HashFunction::Wt6:
      return base::hash_wt6(text);
    case model::HashFunction::Crc32:
      return base::hash_crc32(text);
  }
  return 0;
}

}  // namespace

std::uint32_t hash_key(std::string_view key, KeyKind kind, const model::HashUse& use) noexcept {
  const std::uint32_t hash = kind == KeyKind::Address ? fold(key) : hash_text(key, use.function);
  return use.avalanche ? base::avalanche(hash) : hash;
}

}  // namespace sluice::balance
