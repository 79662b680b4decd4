#include "net/uv_acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/limits.h"

namespace sluice::net {

namespace {
constexpr std::uint64_t kRetryMs = 100;
}

UvAcceptor::UvAcceptor(uv_loop_t* loop, int descriptor, Events& events)
    : poll_(new uv_poll_t), retry_(new uv_timer_t), events_(events), descriptor_(descriptor) {
  poll_->data = this;
  uv_poll_init(loop, poll_.get(), descriptor);
  retry_->data = this;
  uv_timer_init(loop, retry_.get());
  start();
}

void UvAcceptor::start() noexcept { uv_poll_start(poll_.get(), UV_READABLE, &UvAcceptor::on_poll); }

void UvAcceptor::pause() noexcept {
  paused_ = true;
  uv_poll_stop(poll_.get());
  uv_timer_stop(retry_.get());
}

void UvAcceptor::resume() noexcept {
  if (!paused_) return;
  paused_ = false;
  start();
}

void UvAcceptor::drain() noexcept {
  const bool was_paused = paused_;
  paused_ = false;
  while (!paused_ && accept_some(base::limits::kAcceptsPerWakeup)) {
  }
  paused_ = was_paused || paused_;
}

/// False: nothing is left in the backlog, or accepting had to pause.
bool UvAcceptor::accept_some(unsigned most) noexcept {
  for (unsigned i = 0; i < most; ++i) {
    Accepted accepted;
    socklen_t length = base::Address::kCapacity;
    accepted.descriptor =
        ::accept4(descriptor_, accepted.peer.data(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.descriptor < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        uv_poll_stop(poll_.get());
        uv_timer_start(
            retry_.get(),
            [](uv_timer_t* timer) {
              auto* self = static_cast<UvAcceptor*>(timer->data);
              if (self != nullptr && !self->paused_) self->start();
            },
            kRetryMs, 0);
        events_.on_accept_exhausted(*this);
      }
      return false;
    }
    accepted.peer.set_length(length);
    if (accepted.peer.is_ip()) {
      const int on = 1;
      ::setsockopt(accepted.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    events_.on_accepted(*this, accepted);
    if (paused_) return false;
  }
  return true;
}

void UvAcceptor::on_poll(uv_poll_t* handle, int, int) {
  auto* self = static_cast<UvAcceptor*>(handle->data);
  if (self != nullptr && !self->paused_) (void)self->accept_some(base::limits::kAcceptsPerWakeup);
}

}  // namespace sluice::net
