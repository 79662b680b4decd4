#include "base/hash.h"

#include <array>
#include <bit>

namespace sluice::base {
namespace {

template <std::uint32_t polynomial>
constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    table[i] = crc;
  }
  return table;
}

template <std::uint32_t polynomial>
std::uint32_t crc(std::string_view text) noexcept {
  static constexpr auto kTable = crc_table<polynomial>();
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : text) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

}  // namespace

std::uint32_t hash_sdbm(std::string_view text) noexcept {
  std::uint32_t hash = 0;
  for (const char c : text)
    hash = static_cast<unsigned char>(c) + (hash << 6) + (hash << 16) - hash;
  return hash;
}

std::uint32_t hash_djb2(std::string_view text) noexcept {
  std::uint32_t hash = 5381;
  for (const char c : text) hash = (hash << 5) + hash + static_cast<unsigned char>(c);
  return hash;
}

std::uint32_t hash_wt6(std::string_view text) noexcept {
  std::uint32_t a = 0xA53C965A;
  std::uint32_t b = 0x5CA6953A;
  unsigned turn_a = 18;
  unsigned turn_b = 6;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::uint32_t mixed_a = ~(a ^ byte);
    const std::uint32_t mixed_b = ~(b + byte);
    a = std::rotl(mixed_b, static_cast<int>(turn_b));
    b = std::rotl(mixed_a, static_cast<int>(turn_a));
    const std::uint32_t turns = ((a >> 16) ^ b) & 0xFFFF;
    turn_b = turns & 0x1F;
    turn_a = turns >> 11;
  }
  return a ^ b;
}

std::uint32_t hash_crc32(std::string_view text) noexcept { return crc<0xEDB88320>(text); }
std::uint32_t hash_crc32c(std::string_view text) noexcept { return crc<0x82F63B78>(text); }

std::uint32_t avalanche(std::uint32_t value) noexcept {
  std::uint32_t a = value;
  a = (a + 0x7ED55D16) + (a << 12);
  a = (a ^ 0xC761C23C) ^ (a >> 19);
  a = (a + 0x165667B1) + (a << 5);
  a = (a + 0xD3A2646C) ^ (a << 9);
  a = (a + 0xFD7046C5) + (a << 3);
  a = (a ^ 0xB55A4F09) ^ (a >> 16);
  return a * 3'221'225'473U;
}

}  // namespace sluice::base
