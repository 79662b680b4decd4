#include "net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace sluice::net {

namespace {

bool set(int descriptor, int level, int option, std::uint32_t value) noexcept {
  const auto number = static_cast<int>(value);
  return ::setsockopt(descriptor, level, option, &number, sizeof(number)) == 0;
}

}  // namespace

void set_keep_alive(int descriptor, const TcpKeepAlive& wish) noexcept {
  if (!wish.enabled) return;
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (wish.count != 0) set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, wish.count);
  if (wish.idle_s != 0) set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, wish.idle_s);
  if (wish.interval_s != 0) set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, wish.interval_s);
}

bool set_user_timeout(int descriptor, std::uint32_t ms) noexcept {
  return ms == 0 || set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, ms);
}

bool set_transparent(int descriptor, int family) noexcept {
  return family == AF_INET6 ? set(descriptor, SOL_IPV6, IPV6_TRANSPARENT, 1)
                            : set(descriptor, SOL_IP, IP_TRANSPARENT, 1);
}

}  // namespace sluice::net
