// The configuration that `sluice demo` runs the proxy with: the one a user would write for this
// system, with comments, so that it can be read, changed and run again by `sluice -f`.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::demo {

struct DemoPorts {
  std::uint16_t proxy = 8000;
  std::uint16_t stats = 8001;
  std::uint16_t monolith = 9001;
  std::uint16_t frontend = 9002;
  std::uint16_t thoughts = 9003;
  std::uint16_t users = 9004;
};

/// Whether this machine can listen on IPv6.
enum class Ipv6 : unsigned char { Missing, Present };

[[nodiscard]] std::string configuration(const DemoPorts& ports, Ipv6 ipv6);

}  // namespace sluice::demo
