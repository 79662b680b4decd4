// Options of TCP sockets that both sides may be given. Where the kernel refuses one, the connection
// goes on without it.
#pragma once

#include <cstdint>

namespace sluice::net {

/// SO_KEEPALIVE and how often it probes; 0: as the kernel is set.
struct TcpKeepAlive {
  bool enabled = false;
  std::uint32_t count = 0;
  std::uint32_t idle_s = 0;
  std::uint32_t interval_s = 0;
};

void set_keep_alive(int descriptor, const TcpKeepAlive& wish) noexcept;

/// TCP_USER_TIMEOUT: how long sent bytes may stay without an acknowledgement; 0: as the kernel
/// does.
bool set_user_timeout(int descriptor, std::uint32_t ms) noexcept;

/// The socket may have an address that is not this machine's (needs CAP_NET_ADMIN).
bool set_transparent(int descriptor, int family) noexcept;

}  // namespace sluice::net
