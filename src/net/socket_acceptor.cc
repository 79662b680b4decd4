#include "net/socket_acceptor.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/limits.h"

namespace sluice::net {

namespace {
constexpr std::uint64_t kRetryMs = 100;
}

SocketAcceptor::SocketAcceptor(EventPoll& poll, TimerWheel& timers, int descriptor, Events& events)
    : poll_(poll), timers_(timers), events_(events), descriptor_(descriptor) {
  socklen_t length = base::Address::kCapacity;
  if (::getsockname(descriptor, local_.data(), &length) == 0) local_.set_length(length);
  if (local_.is_wildcard()) local_ = {};
  start();
}

// The descriptor stays open: closing it elsewhere must not be what takes it out of the set.
SocketAcceptor::~SocketAcceptor() { poll_.remove(*this); }

void SocketAcceptor::pause() noexcept {
  paused_ = true;
  stop();
  disarm();
}

void SocketAcceptor::resume() noexcept {
  if (!paused_) return;
  paused_ = false;
  start();
}

void SocketAcceptor::drain() noexcept {
  const bool was_paused = paused_;
  paused_ = false;
  while (!paused_ && accept_some(base::limits::kAcceptsPerWakeup)) {
  }
  paused_ = was_paused || paused_;
}

/// False: nothing is left in the backlog, or accepting had to pause.
bool SocketAcceptor::accept_some(unsigned most) noexcept {
  for (unsigned i = 0; i < most; ++i) {
    Accepted accepted;
    socklen_t length = base::Address::kCapacity;
    accepted.descriptor =
        ::accept4(descriptor_, accepted.peer.data(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.descriptor < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        stop();
        arm(timers_, base::monotonic_now_ns() / 1'000'000 + kRetryMs);
        events_.on_accept_exhausted(*this);
      }
      return false;
    }
    accepted.peer.set_length(length);
    accepted.local = local_;
    events_.on_accepted(*this, accepted);
    if (paused_) return false;
  }
  return true;
}

void SocketAcceptor::on_poll(bool, bool) noexcept {
  if (!paused_) (void)accept_some(base::limits::kAcceptsPerWakeup);
}

void SocketAcceptor::on_timer() noexcept {
  if (!paused_) start();
}

}  // namespace sluice::net
