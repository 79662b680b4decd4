#include "net/uv_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdlib>

#include "net/connect_socket.h"
#include "net/socket_acceptor.h"
#include "net/socket_stream.h"
#include "net/tls/tls_stream.h"

namespace sluice::net {

namespace {

/// An eventfd in the loop's own set. Of uv_async_send() the woken thread waits, spinning, for the
/// end; on a core that both share, the waking thread is put off just then, for a whole time slice.
class EventWakeup final : public Wakeup, private EventPoll::Source {
 public:
  EventWakeup(EventPoll& poll, Events& events)
      : Source(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), poll_(poll), events_(events) {
    if (descriptor() < 0) std::abort();  // as where no epoll set can be made
    poll_.want(*this, descriptor(), {true, false});
  }
  ~EventWakeup() override {
    poll_.forget(*this);
    ::close(descriptor());
  }
  void wake() noexcept override {
    constexpr std::uint64_t kOne = 1;
    (void)!::write(descriptor(), &kOne, sizeof(kOne));  // a full count has woken it already
  }

 private:
  void on_poll(bool /*readable*/, bool /*writable*/) noexcept override {
    std::uint64_t count = 0;
    (void)!::read(descriptor(), &count, sizeof(count));  // before what came is looked at
    events_.on_wakeup();
  }
  EventPoll& poll_;
  Events& events_;
};

class PolledWatch final : public Watch, private EventPoll::Source {
 public:
  PolledWatch(EventPoll& poll, int descriptor, Events& events)
      : Source(descriptor), poll_(poll), events_(events) {}
  ~PolledWatch() override { poll_.remove(*this); }
  void want(Interest interest) noexcept override { poll_.want(*this, descriptor(), interest); }

 private:
  void on_poll(bool readable, bool writable) noexcept override {
    events_.on_watch_ready(descriptor(), readable, writable);
  }
  EventPoll& poll_;
  Events& events_;
};

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
  if (poll_.wait(waiting_limit_ms()) || embedded_timeout_ms() == 0) run_embedded();
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
  const int embedded = embedded_timeout_ms();
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
  const auto made = connect_socket(options);
  if (!made) return tl::unexpected(made.error());
  const auto [descriptor, connecting] = *made;
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

std::unique_ptr<Watch> UvLoop::watch(int descriptor, Watch::Events& events) {
  return std::make_unique<PolledWatch>(poll_, descriptor, events);
}

std::unique_ptr<Wakeup> UvLoop::make_wakeup(Wakeup::Events& events) {
  return std::make_unique<EventWakeup>(poll_, events);
}

std::unique_ptr<Loop> make_uv_loop() { return std::make_unique<UvLoop>(); }

}  // namespace sluice::net
