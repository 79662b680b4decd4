#include "net/socket_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/system_calls.h"

namespace sluice::net {

static_assert(sizeof(SocketStream) <= 72);  // idle connections are many

SocketStream::SocketStream(EventPoll& poll, int descriptor, Events& events, bool connecting)
    : Source(descriptor), poll_(poll), events_(&events), connecting_(connecting) {}

SocketStream::~SocketStream() {
  poll_.forget(*this);
  ::close(descriptor());
}

IoResult SocketStream::try_read(iovec* into, int count) noexcept {
  for (;;) {
    const ssize_t n = count == 1 ? receive(descriptor(), into->iov_base, into->iov_len)
                                 : ::readv(descriptor(), into, count);
    if (n > 0) return {IoStatus::Ok, static_cast<std::size_t>(n), 0};
    if (n == 0) return {IoStatus::Eof, 0, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoStatus::WouldBlock, 0, 0};
    return {IoStatus::Error, 0, errno};
  }
}

IoResult SocketStream::try_write(const iovec* from, int count) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from);
  message.msg_iovlen = static_cast<std::size_t>(count);
  const int flags = ending_ ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
  for (;;) {
    const ssize_t n = count == 1 ? transmit(descriptor(), from->iov_base, from->iov_len, flags)
                                 : ::sendmsg(descriptor(), &message, flags);
    if (n >= 0) return {IoStatus::Ok, static_cast<std::size_t>(n), 0};
    if (errno == EINTR) continue;
    // ENOTCONN, EINPROGRESS: a fast open whose bytes the first packet could not take.
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN || errno == EINPROGRESS)
      return {IoStatus::WouldBlock, 0, 0};
    return {IoStatus::Error, 0, errno};
  }
}

Establish SocketStream::establish() noexcept {
  if (!connecting_) return Establish::Done;
  // A peer name exists once connected; before that SO_ERROR tells failed from not yet.
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (::getpeername(descriptor(), reinterpret_cast<sockaddr*>(&peer), &length) == 0) {
    connecting_ = false;
    return Establish::Done;
  }
  int error = 0;
  length = sizeof(error);
  ::getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    failure_ = error;
    return Establish::Failed;
  }
  want({false, true});
  return Establish::Pending;
}

void SocketStream::shutdown_write() noexcept { ::shutdown(descriptor(), SHUT_WR); }

void SocketStream::reset_on_close() noexcept {
  const linger reset{1, 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

base::Address SocketStream::local_address() const noexcept {
  sockaddr_storage local{};
  socklen_t length = sizeof(local);
  if (::getsockname(descriptor(), reinterpret_cast<sockaddr*>(&local), &length) != 0) return {};
  return base::Address::from_sockaddr(reinterpret_cast<sockaddr*>(&local), length);
}

}  // namespace sluice::net
