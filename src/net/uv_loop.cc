#include "net/uv_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "net/socket_acceptor.h"
#include "net/socket_stream.h"
#include "net/tls/tls_stream.h"

namespace sluice::net {

namespace {

class UvWakeup final : public Wakeup {
 public:
  UvWakeup(uv_loop_t* loop, Events& events) : async_(new uv_async_t), events_(events) {
    async_->data = this;
    uv_async_init(loop, async_.get(), [](uv_async_t* handle) {
      auto* self = static_cast<UvWakeup*>(handle->data);
      if (self != nullptr) self->events_.on_wakeup();
    });
  }
  void wake() noexcept override { uv_async_send(async_.get()); }

 private:
  Handle<uv_async_t> async_;
  Events& events_;
};

base::Error connect_error(int code) {
  const auto kind = code == ECONNREFUSED ? base::ErrorKind::Refused : base::ErrorKind::System;
  return {kind, base::Origin::Server, base::Retry::Yes, code, std::strerror(code)};
}

}  // namespace

UvLoop::UvLoop() : wheel_(base::monotonic_now_ns() / 1'000'000, *this) {
  uv_loop_init(&loop_);
  // uv_run() does nothing in a loop without an active handle that counts, and neither signals nor
  // wake-ups count.
  keeper_.reset(new uv_prepare_t);
  uv_prepare_init(&loop_, keeper_.get());
  uv_prepare_start(keeper_.get(), [](uv_prepare_t*) {});
  poll_.embed(uv_backend_fd(&loop_));
}

UvLoop::~UvLoop() {
  keeper_.reset();
  while (uv_run(&loop_, UV_RUN_NOWAIT) != 0) {
  }
  uv_loop_close(&loop_);
}

void UvLoop::run() {
  while (!stopped_) turn();
  stopped_ = false;
}

void UvLoop::turn() noexcept {
  if (turns_ != nullptr)
    turns_->store(turns_->load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (embedded_changed_) run_embedded();  // only now does libuv poll what was added
  ++turn_number_;  // what is called before the next wait shares a reading of the clock
  if (poll_.wait(waiting_limit_ms()) || uv_backend_timeout(&loop_) == 0) run_embedded();
  if (wheel_due_ms_ != Timer::kNever) {
    const std::uint64_t now_ms = base::monotonic_now_ns() / 1'000'000;
    if (now_ms >= wheel_due_ms_) {
      wheel_due_ms_ = Timer::kNever;
      ++turn_number_;
      wheel_.advance(now_ms);
    }
  }
  if (!deferred_.empty()) run_deferred();
}

void UvLoop::run_embedded() noexcept {
  embedded_changed_ = false;
  uv_run(&loop_, UV_RUN_NOWAIT);
}

/// How long the set may wait: -1 is without end.
int UvLoop::waiting_limit_ms() noexcept {
  if (stopped_ || !deferred_.empty()) return 0;
  const int embedded = uv_backend_timeout(&loop_);
  if (wheel_due_ms_ == Timer::kNever || embedded == 0) return embedded;
  const std::uint64_t now_ms = base::monotonic_now_ns() / 1'000'000;
  const std::uint64_t due_in = wheel_due_ms_ > now_ms ? wheel_due_ms_ - now_ms : 0;
  const int own = static_cast<int>(std::min<std::uint64_t>(due_in, INT_MAX));
  return embedded < 0 ? own : std::min(own, embedded);
}

void UvLoop::defer(Deferred& call) noexcept {
  if (!call.linked()) deferred_.push_back(call);
}

void UvLoop::run_deferred() noexcept {
  base::IntrusiveList<Deferred> turn;  // what they defer again belongs to the next turn
  while (Deferred* call = deferred_.front()) turn.push_back(*call);
  while (Deferred* call = turn.front()) {
    call->unlink();
    call->on_deferred();
  }
}

base::Result<std::unique_ptr<Stream>> UvLoop::connect(const ConnectOptions& options,
                                                      Stream::Events& events) {
  const int descriptor =
      ::socket(options.address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    const int code = errno;
    const bool full = code == EMFILE || code == ENFILE;
    return tl::unexpected(base::Error{full ? base::ErrorKind::Resource : base::ErrorKind::System,
                                      base::Origin::Internal, base::Retry::No, code,
                                      std::strerror(code)});
  }
  const int on = 1;
  if (options.address.is_ip() && !options.one_write)
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (options.keepalive) ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  if (options.source.is_set()) {
    ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (::bind(descriptor, options.source.data(), options.source.length()) != 0) {
      const int code = errno;
      ::close(descriptor);
      return tl::unexpected(connect_error(code));
    }
  }
  bool connecting = false;
  if (::connect(descriptor, options.address.data(), options.address.length()) != 0) {
    if (errno != EINPROGRESS) {
      const int code = errno;
      ::close(descriptor);
      return tl::unexpected(connect_error(code));
    }
    connecting = true;
  }
  if (options.tls != nullptr) {
    auto below = std::make_unique<SocketStream>(poll_, descriptor, events, connecting);
    return make_tls_client_stream(std::move(below), *options.tls, options.tls_server_name, *this,
                                  events);
  }
  return std::make_unique<SocketStream>(poll_, descriptor, events, connecting);
}

std::unique_ptr<Stream> UvLoop::adopt(int descriptor, const TlsServerContext* tls,
                                      Stream::Events& events) {
  auto below = std::make_unique<SocketStream>(poll_, descriptor, events, false);
  if (tls == nullptr) return below;
  return make_tls_server_stream(std::move(below), *tls, *this, events);
}

void UvLoop::discard(int descriptor) noexcept { ::close(descriptor); }

std::unique_ptr<Acceptor> UvLoop::accept_on(int descriptor, Acceptor::Events& events) {
  return std::make_unique<SocketAcceptor>(poll_, wheel_, descriptor, events);
}

std::unique_ptr<Wakeup> UvLoop::make_wakeup(Wakeup::Events& events) {
  return std::make_unique<UvWakeup>(embedded(), events);
}

std::unique_ptr<Loop> make_uv_loop() { return std::make_unique<UvLoop>(); }

}  // namespace sluice::net
