// Networks as patterns: IPv4 and IPv6 addresses with masks (manual §7.1.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "rules/sample.h"

namespace sluice::rules {

/// "8", "24" (bits) or "255.255.0.0", in host order.
[[nodiscard]] std::optional<std::uint32_t> parse_ipv4_mask(std::string_view text);

/// A set of networks. Looking up an IPv4 address costs one hash lookup per distinct mask.
class NetworkSet {
 public:
  /// "10.0.0.0/8", "127.1", "::1", "fe80::/10"; false when it is none of these.
  [[nodiscard]] bool add(std::string_view text);
  [[nodiscard]] bool contains(const Sample& address) const;

 private:
  struct Network6 {
    unsigned char prefix[16];
    unsigned bits;
  };
  [[nodiscard]] bool contains_ipv4(std::uint32_t address) const;
  [[nodiscard]] bool contains_ipv6(const unsigned char* address) const;
  bool add_ipv6(std::string_view address, std::string_view mask);

  std::vector<std::pair<std::uint32_t, std::unordered_set<std::uint32_t>>> ipv4_;
  std::vector<Network6> ipv6_;
};

}  // namespace sluice::rules
