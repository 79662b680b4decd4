#include "rules/network.h"

#include <cstring>

#include "base/text.h"
#include "rules/cast.h"

namespace sluice::rules {

namespace {

std::uint32_t big_endian(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

/// Dotted, with the zeros in the middle omitted: "127.1" is 127.0.0.1.
std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  const auto parts = base::split(text, '.');
  if (parts.size() > 4) return std::nullopt;
  std::uint32_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto octet = base::to_unsigned(parts[i]);
    if (!octet || *octet > 255 || parts[i].size() > 3) return std::nullopt;
    const std::size_t place = i + 1 == parts.size() && i != 0 ? 3 : i;
    address |= static_cast<std::uint32_t>(*octet) << (24 - 8 * place);
  }
  return address;
}

bool same_prefix(const unsigned char* a, const unsigned char* b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (std::memcmp(a, b, whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFF00U >> (bits % 8));
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

/// The IPv4 address inside ::ffff:a.b.c.d, ::a.b.c.d or 2002:a.b.c.d::, or nothing.
std::optional<std::uint32_t> embedded_ipv4(const unsigned char* ip) {
  static constexpr unsigned char kZeros[12] = {};
  if (ip[0] == 0x20 && ip[1] == 0x02) return big_endian(ip + 2);
  if (std::memcmp(ip, kZeros, 10) != 0) return std::nullopt;
  const bool mapped = ip[10] == 0xFF && ip[11] == 0xFF;
  const bool compatible = ip[10] == 0 && ip[11] == 0;
  if (!mapped && !compatible) return std::nullopt;
  return big_endian(ip + 12);
}

}  // namespace

std::optional<std::uint32_t> parse_ipv4_mask(std::string_view text) {
  if (text.find('.') != std::string_view::npos) {
    const auto parts = base::split(text, '.');
    return parts.size() == 4 ? parse_ipv4(text) : std::nullopt;
  }
  const auto bits = base::to_unsigned(text);
  if (!bits || *bits > 32) return std::nullopt;
  return *bits == 0 ? 0U : ~std::uint32_t{0} << (32 - *bits);
}

bool NetworkSet::add(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const std::string_view mask =
      slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
  if (slash != std::string_view::npos && mask.empty()) return false;
  if (address.find(':') != std::string_view::npos) return add_ipv6(address, mask);
  const auto ip = parse_ipv4(address);
  const auto bits =
      mask.empty() ? std::optional<std::uint32_t>(~std::uint32_t{0}) : parse_ipv4_mask(mask);
  if (!ip || !bits) return false;
  for (auto& [known, networks] : ipv4_) {
    if (known != *bits) continue;
    networks.insert(*ip & *bits);
    return true;
  }
  ipv4_.emplace_back(*bits, std::unordered_set<std::uint32_t>{*ip & *bits});
  return true;
}

bool NetworkSet::add_ipv6(std::string_view address, std::string_view mask) {
  const auto ip = parse_ip(address);
  const auto bits = mask.empty() ? std::optional<std::uint64_t>(128) : base::to_unsigned(mask);
  if (!ip || ip->ip_length != 16 || !bits || *bits > 128) return false;
  Network6 network{};
  std::memcpy(network.prefix, ip->ip, 16);
  network.bits = static_cast<unsigned>(*bits);
  ipv6_.push_back(network);
  return true;
}

bool NetworkSet::contains_ipv4(std::uint32_t address) const {
  for (const auto& [mask, networks] : ipv4_) {
    if (networks.contains(address & mask)) return true;
  }
  return false;
}

bool NetworkSet::contains_ipv6(const unsigned char* address) const {
  for (const Network6& network : ipv6_) {
    if (same_prefix(address, network.prefix, network.bits)) return true;
  }
  return false;
}

bool NetworkSet::contains(const Sample& address) const {
  if (address.ip_length == 4) {
    if (contains_ipv4(big_endian(address.ip))) return true;
    unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    std::memcpy(mapped + 12, address.ip, 4);
    return contains_ipv6(mapped);
  }
  if (contains_ipv6(address.ip)) return true;
  const auto ipv4 = embedded_ipv4(address.ip);
  return ipv4 && contains_ipv4(*ipv4);
}

}  // namespace sluice::rules
