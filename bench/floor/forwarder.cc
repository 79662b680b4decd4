#include "forwarder.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bench {

Forwarder::Forwarder(uv_loop_t& loop, std::vector<sockaddr_in> servers, SSL_CTX* tls)
    : loop_(loop), servers_(std::move(servers)), tls_(tls) {
  llhttp_settings_init(&settings_);
}

bool Forwarder::listen(const sockaddr_in& address) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (listener_ < 0 || ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, SOMAXCONN) != 0) {
    return false;
  }
  uv_poll_init(&loop_, &listener_poll_, listener_);
  listener_poll_.data = this;
  return uv_poll_start(&listener_poll_, UV_READABLE, &Forwarder::on_acceptable) == 0;
}

void Forwarder::on_acceptable(uv_poll_t* poll, int, int) noexcept {
  auto& self = *static_cast<Forwarder*>(poll->data);
  for (int i = 0; i < kAcceptsPerEvent; ++i) {
    const int client = ::accept4(self.listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    self.start_pair(client);
  }
}

void Forwarder::start_pair(int client) noexcept {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const sockaddr_in& address = servers_[next_server_++ % servers_.size()];
  if (server < 0 ||
      (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
       errno != EINPROGRESS)) {
    if (server >= 0) ::close(server);
    ::close(client);
    return;
  }
  auto* pair = new Pair;
  pair->owner = this;
  if (tls_ != nullptr) {
    pair->client.tls = SSL_new(tls_);
    SSL_set_fd(pair->client.tls, client);
    SSL_set_accept_state(pair->client.tls);
  }
  start_side(pair->client, pair->server, *pair, client, HTTP_REQUEST, UV_READABLE);
  pair->server.connecting = true;
  start_side(pair->server, pair->client, *pair, server, HTTP_RESPONSE, UV_READABLE | UV_WRITABLE);
}

void Forwarder::start_side(Side& side, Side& other, Pair& pair, int descriptor, llhttp_type_t type,
                           int events) noexcept {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  side.pair = &pair;
  side.other = &other;
  side.descriptor = descriptor;
  llhttp_init(&side.parser, type, &settings_);
  uv_poll_init(&loop_, &side.poll, descriptor);
  side.poll.data = &side;
  watch(side, events);
}

/// uv_poll_start costs an epoll_ctl, so it is called for a change only.
void Forwarder::watch(Side& side, int events) noexcept {
  if (side.events == events) return;
  side.events = events;
  if (events == 0)
    uv_poll_stop(&side.poll);
  else
    uv_poll_start(&side.poll, events, &Forwarder::on_ready);
}

void Forwarder::on_ready(uv_poll_t* poll, int status, int events) noexcept {
  auto& side = *static_cast<Side*>(poll->data);
  Forwarder& self = *side.pair->owner;
  if (side.connecting) {
    side.connecting = false;
    if (side.unsent.empty()) watch(side, UV_READABLE);
  }
  if ((events & UV_WRITABLE) != 0 && !self.drain(side)) return close_pair(*side.pair);
  if (((events & UV_READABLE) != 0 || status < 0) && !self.read_side(side)) close_pair(*side.pair);
}

/// Above 0: bytes in the buffer; 0: the end; below: errno says whether to wait or to give up.
ssize_t Forwarder::receive(Side& side) noexcept {
  if (side.tls == nullptr) return ::recv(side.descriptor, buffer_.data(), buffer_.size(), 0);
  const int n = SSL_read(side.tls, buffer_.data(), static_cast<int>(buffer_.size()));
  if (n > 0) return n;
  const int why = SSL_get_error(side.tls, n);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

/// As many bytes as the socket takes; below 0: none, errno says why.
ssize_t Forwarder::transmit(Side& side, const char* bytes, std::size_t size) noexcept {
  if (side.tls == nullptr) return ::send(side.descriptor, bytes, size, MSG_NOSIGNAL);
  std::size_t sent = 0;
  while (sent < size) {  // one record each
    const int n = SSL_write(side.tls, bytes + sent, static_cast<int>(size - sent));
    if (n <= 0) {
      const int why = SSL_get_error(side.tls, n);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) break;
      errno = ECONNRESET;
      return -1;
    }
    sent += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(sent);
}

bool Forwarder::read_side(Side& from) noexcept {
  // What OpenSSL holds already makes no socket readable: it is read until there is no more.
  for (int i = 0; i < kReadsPerEvent || from.tls != nullptr; ++i) {
    const ssize_t n = receive(from);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    const auto size = static_cast<std::size_t>(n);
    if (llhttp_execute(&from.parser, buffer_.data(), size) != HPE_OK) return false;
    if (!send_to(*from.other, buffer_.data(), size)) return false;
    if (!from.other->unsent.empty()) return true;
    if (from.tls != nullptr ? SSL_has_pending(from.tls) == 0 : size < buffer_.size()) return true;
  }
  return true;
}

bool Forwarder::send_to(Side& to, const char* bytes, std::size_t size) noexcept {
  ssize_t sent = 0;
  if (!to.connecting && to.unsent.empty()) {
    sent = transmit(to, bytes, size);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent < 0) sent = 0;
  }
  if (static_cast<std::size_t>(sent) == size) return true;
  to.unsent.insert(to.unsent.end(), bytes + sent, bytes + size);
  watch(to, UV_READABLE | UV_WRITABLE);
  watch(*to.other, to.other->events & ~UV_READABLE);
  return true;
}

bool Forwarder::drain(Side& side) noexcept {
  if (side.unsent.empty()) return true;
  const ssize_t sent = transmit(side, side.unsent.data(), side.unsent.size());
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  side.unsent.erase(side.unsent.begin(), side.unsent.begin() + sent);
  if (!side.unsent.empty()) return true;
  watch(side, side.events & ~UV_WRITABLE);
  watch(*side.other, side.other->events | UV_READABLE);
  const bool held = side.other->tls != nullptr && SSL_has_pending(side.other->tls) != 0;
  return !held || read_side(*side.other);
}

void Forwarder::close_pair(Pair& pair) noexcept {
  if (pair.closing) return;
  pair.closing = true;
  for (Side* side : {&pair.client, &pair.server}) {
    uv_poll_stop(&side->poll);
    SSL_free(side->tls);
    ::close(side->descriptor);
    uv_close(reinterpret_cast<uv_handle_t*>(&side->poll), &Forwarder::on_closed);
  }
}

void Forwarder::on_closed(uv_handle_t* handle) noexcept {
  Pair* pair = static_cast<Side*>(handle->data)->pair;
  if (--pair->open == 0) delete pair;
}

}  // namespace bench
