#include "net/uv_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/socket_stream.h"
#include "net/tls/tls_stream.h"
#include "net/uv_acceptor.h"

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
  timer_.reset(new uv_timer_t);
  timer_->data = this;
  uv_timer_init(&loop_, timer_.get());
  idle_.reset(new uv_idle_t);
  idle_->data = this;
  uv_idle_init(&loop_, idle_.get());
}

UvLoop::~UvLoop() {
  timer_.reset();
  idle_.reset();
  while (uv_run(&loop_, UV_RUN_NOWAIT) != 0) {
  }
  uv_loop_close(&loop_);
}

void UvLoop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }

void UvLoop::wake_at(std::uint64_t deadline_ms) noexcept {
  const std::uint64_t now = base::monotonic_now_ns() / 1'000'000;
  uv_update_time(&loop_);
  uv_timer_start(
      timer_.get(),
      [](uv_timer_t* handle) {
        auto* self = static_cast<UvLoop*>(handle->data);
        if (self != nullptr) self->wheel_.advance(base::monotonic_now_ns() / 1'000'000);
      },
      deadline_ms > now ? deadline_ms - now : 0, 0);
}

void UvLoop::defer(Deferred& call) noexcept {
  if (call.linked()) return;
  deferred_.push_back(call);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(idle_.get())) != 0) return;
  uv_idle_start(idle_.get(), [](uv_idle_t* handle) {
    auto* self = static_cast<UvLoop*>(handle->data);
    if (self != nullptr) self->run_deferred();
  });
}

void UvLoop::run_deferred() noexcept {
  base::IntrusiveList<Deferred> turn;  // what they defer again belongs to the next turn
  while (Deferred* call = deferred_.front()) turn.push_back(*call);
  while (Deferred* call = turn.front()) {
    call->unlink();
    call->on_deferred();
  }
  if (deferred_.empty()) uv_idle_stop(idle_.get());
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
  if (options.address.is_ip()) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
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
    auto below = std::make_unique<SocketStream>(&loop_, descriptor, events, connecting);
    return make_tls_client_stream(std::move(below), *options.tls, options.tls_server_name, *this,
                                  events);
  }
  return std::make_unique<SocketStream>(&loop_, descriptor, events, connecting);
}

std::unique_ptr<Stream> UvLoop::adopt(int descriptor, const TlsServerContext* tls,
                                      Stream::Events& events) {
  auto below = std::make_unique<SocketStream>(&loop_, descriptor, events, false);
  if (tls == nullptr) return below;
  return make_tls_server_stream(std::move(below), *tls, *this, events);
}

void UvLoop::discard(int descriptor) noexcept { ::close(descriptor); }

std::unique_ptr<Acceptor> UvLoop::accept_on(int descriptor, Acceptor::Events& events) {
  return std::make_unique<UvAcceptor>(&loop_, descriptor, events);
}

std::unique_ptr<Wakeup> UvLoop::make_wakeup(Wakeup::Events& events) {
  return std::make_unique<UvWakeup>(&loop_, events);
}

std::unique_ptr<Loop> make_uv_loop() { return std::make_unique<UvLoop>(); }

}  // namespace sluice::net
