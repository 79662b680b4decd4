#include "proxy/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace sluice::proxy {

void vanish(net::Stream& stream) noexcept {
  stream.reset_on_close();
  const int descriptor = stream.descriptor();
  if (descriptor < 0) return;
  const int one = 1;
  if (::setsockopt(descriptor, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)) == 0) return;
  ::setsockopt(descriptor, IPPROTO_IP, IP_TTL, &one, sizeof(one));
  ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &one, sizeof(one));
}

void apply_options(const model::Proxy& frontend, net::Stream& client) noexcept {
  if (frontend.nolinger) client.reset_on_close();
  const int one = 1;
  if (frontend.tcpka_client && client.descriptor() >= 0)
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

}  // namespace sluice::proxy
