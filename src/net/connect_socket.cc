#include "net/connect_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sluice::net {

namespace {

base::Error connect_error(int code) {
  const auto kind = code == ECONNREFUSED ? base::ErrorKind::Refused : base::ErrorKind::System;
  return {kind, base::Origin::Server, base::Retry::Yes, code, std::strerror(code)};
}

base::Error socket_error(int code) {
  const bool full = code == EMFILE || code == ENFILE;
  return {full ? base::ErrorKind::Resource : base::ErrorKind::System, base::Origin::Internal,
          base::Retry::No, code, std::strerror(code)};
}

/// The errno, or 0.
int bind_source(int descriptor, const ConnectOptions& options, std::uint16_t port) {
  const int on = 1;
  const std::string_view interface = options.interface;
  if (!interface.empty() && ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0)
    return errno;
  if (!options.source.is_set()) return 0;
  base::Address from = options.source;
  if (options.transparent && !set_transparent(descriptor, from.family())) return errno;
  if (port != 0) {
    from.set_port(port);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  } else if (from.is_ip()) {
    ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  }
  return ::bind(descriptor, from.data(), from.length()) == 0 ? 0 : errno;
}

void set_options(int descriptor, const ConnectOptions& options) {
  const int on = 1;
  if (!options.address.is_ip()) return;
  if (!options.one_write)
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  set_keep_alive(descriptor, options.keep_alive);
  set_user_timeout(descriptor, options.user_timeout_ms);
  if (options.fast_open)
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on));
}

/// From `port`, or from where the kernel likes when it is 0.
base::Result<ConnectingSocket> connect_from(const ConnectOptions& options, std::uint16_t port) {
  const int descriptor =
      ::socket(options.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return tl::unexpected(socket_error(errno));
  set_options(descriptor, options);
  int code = bind_source(descriptor, options, port);
  if (code == 0 && ::connect(descriptor, options.address.data(), options.address.length()) == 0)
    return ConnectingSocket{descriptor, false};
  if (code == 0 && errno == EINPROGRESS) return ConnectingSocket{descriptor, true};
  if (code == 0) code = errno;
  ::close(descriptor);
  return tl::unexpected(connect_error(code));
}

}  // namespace

base::Result<ConnectingSocket> connect_socket(const ConnectOptions& options) {
  const std::uint16_t first = options.source.is_ip() ? options.source.port() : 0;
  if (options.last_source_port <= first || options.next_source_port == nullptr)
    return connect_from(options, first);
  const std::uint32_t ports = options.last_source_port - first + 1U;
  const std::uint32_t tries = std::min(ports, base::limits::kSourcePortTries);
  for (std::uint32_t attempt = 1;; ++attempt) {
    const std::uint32_t step = options.next_source_port->fetch_add(1, std::memory_order_relaxed);
    auto made = connect_from(options, static_cast<std::uint16_t>(first + step % ports));
    if (made || attempt == tries) return made;
    const int code = made.error().code;
    if (code != EADDRINUSE && code != EADDRNOTAVAIL) return made;
  }
}

}  // namespace sluice::net
