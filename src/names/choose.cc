#include "names/choose.h"

#include <algorithm>

namespace sluice::names {
namespace {

enum Rank : unsigned { kPresent = 1, kFree = 2, kNetwork = 4, kFamily = 8 };

}  // namespace

bool is_within(const model::Network& network, const base::Address& address) {
  if (address.family() != network.address.family()) return false;
  const std::string_view a = address.ip_bytes(), b = network.address.ip_bytes();
  const std::size_t whole = network.prefix_bits / 8U;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  const unsigned rest = network.prefix_bits % 8U;
  if (rest == 0) return true;
  const unsigned mask = 0xFFU << (8 - rest) & 0xFFU;
  return ((static_cast<unsigned char>(a[whole]) ^ static_cast<unsigned char>(b[whole])) & mask) ==
         0;
}

bool same_ip(const base::Address& a, const base::Address& b) {
  return a.is_ip() && a.family() == b.family() && a.ip_bytes() == b.ip_bytes();
}

std::optional<base::Address> choose(std::span<const base::Address> candidates,
                                    const model::NameUse& use, const base::Address& present,
                                    const std::function<bool(const base::Address&)>& is_taken) {
  const sa_family_t family = use.prefer_ipv4 ? AF_INET : AF_INET6;
  std::optional<base::Address> best;
  unsigned best_rank = 0;
  for (const base::Address& address : candidates) {
    unsigned rank = address.family() == family ? kFamily : 0U;
    const bool near = std::ranges::any_of(
        use.networks, [&](const model::Network& network) { return is_within(network, address); });
    if (near) rank |= kNetwork;
    if (!is_taken(address))
      rank |= kFree;
    else if (!use.allow_duplicates)
      continue;
    if (same_ip(address, present)) rank |= kPresent;
    if (best && rank <= best_rank) continue;
    best = address;
    best_rank = rank;
  }
  return best;
}

}  // namespace sluice::names
