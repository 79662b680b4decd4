#include "proxy/log_peer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/clock.h"

namespace sluice::proxy {

LogPeer::~LogPeer() {
  flush();
  drop_waiting();
  close();
}

void LogPeer::finish(std::uint64_t end_ms) noexcept {
  for (flush(); waiting_ > 0; flush()) {
    const std::uint64_t now_ms = base::monotonic_now_ns() / 1'000'000;
    if (now_ms >= end_ms) return;
    pollfd writable{socket_, POLLOUT, 0};
    ::poll(&writable, 1, static_cast<int>(end_ms - now_ms));
  }
}

void LogPeer::send(const iovec* parts, int count) noexcept {
  Sent sent = waiting_ > 0 ? Sent::Later : send_now(parts, count);
  if (sent == Sent::Gone && reopen()) sent = send_now(parts, count);
  if (sent == Sent::Yes || (sent == Sent::Later && keep(parts, count))) return;
  if (sent == Sent::Gone) close();
  count_dropped(1);
}

LogPeer::Sent LogPeer::send_now(const iovec* parts, int count) noexcept {
  if (socket_ < 0) return Sent::Gone;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(count);
  if (::sendmsg(socket_, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Sent::Yes;
  if (errno == EAGAIN) return Sent::Later;
  return errno == EMSGSIZE || errno == ENOBUFS ? Sent::Never : Sent::Gone;
}

bool LogPeer::reopen() noexcept {
  close();
  socket_ = ::socket(address_.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  if (::connect(socket_, address_.data(), address_.length()) != 0) return false;
  // Made now, since a warm worker does not allocate; pages that nobody writes to cost nothing.
  if (room_ == nullptr) room_.reset(new (std::nothrow) std::byte[kRoomBytes]);
  watch_ = loop_.watch(socket_, *this);
  return true;
}

void LogPeer::close() noexcept {
  watch_.reset();
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool LogPeer::make_room(std::size_t size) noexcept {
  if (kRoomBytes - end_ >= size) return true;
  if (kRoomBytes - (end_ - begin_) < size) return false;
  std::memmove(room_.get(), room_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return true;
}

bool LogPeer::keep(const iovec* parts, int count) noexcept {
  std::uint32_t size = 0;
  for (int i = 0; i < count; ++i) size += static_cast<std::uint32_t>(parts[i].iov_len);
  if (watch_ == nullptr || room_ == nullptr || !make_room(sizeof(size) + size)) return false;
  std::memcpy(room_.get() + end_, &size, sizeof(size));
  end_ += sizeof(size);
  for (int i = 0; i < count; ++i) {
    std::memcpy(room_.get() + end_, parts[i].iov_base, parts[i].iov_len);
    end_ += parts[i].iov_len;
  }
  if (++waiting_ == 1) watch_->want({.write = true});
  return true;
}

void LogPeer::on_watch_ready(int, bool, bool) noexcept { flush(); }

void LogPeer::flush() noexcept {
  bool reopened = false;
  while (waiting_ > 0) {
    std::uint32_t size = 0;
    std::memcpy(&size, room_.get() + begin_, sizeof(size));
    const iovec line{room_.get() + begin_ + sizeof(size), size};
    const Sent sent = send_now(&line, 1);
    if (sent == Sent::Later) {
      if (reopened) watch_->want({.write = true});
      return;
    }
    if (sent == Sent::Gone) {
      if (!reopened && reopen()) {
        reopened = true;
        continue;
      }
      drop_waiting();
      close();
      return;
    }
    if (sent == Sent::Never) count_dropped(1);
    begin_ += sizeof(size) + size;
    --waiting_;
  }
  begin_ = end_ = 0;
  if (watch_) watch_->want({});
}

void LogPeer::drop_waiting() noexcept {
  count_dropped(waiting_);
  waiting_ = 0;
  begin_ = end_ = 0;
}

}  // namespace sluice::proxy
