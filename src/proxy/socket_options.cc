#include "proxy/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/socket_options.h"

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

/// mss of a negative number: below what the client announced.
static void shrink_segments(int descriptor, std::int32_t by) noexcept {
  int size = 0;
  socklen_t length = sizeof(size);
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &size, &length) != 0) return;
  size += by;
  if (size > 0) ::setsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof(size));
}

void apply_options(const model::Proxy& frontend, const model::Bind& bind,
                   net::Stream& client) noexcept {
  if (frontend.nolinger) client.reset_on_close();
  if (client.descriptor() < 0) return;
  const model::KeepAliveProbes& probes = frontend.client_probes;
  net::set_keep_alive(client.descriptor(),
                      {frontend.tcpka_client, probes.count, probes.idle_s, probes.interval_s});
  if (bind.max_segment_bytes < 0) shrink_segments(client.descriptor(), bind.max_segment_bytes);
}

}  // namespace sluice::proxy
