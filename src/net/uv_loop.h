// The real loop: an epoll set for sockets and wake-ups (net/event_poll), a timer wheel, and libuv's
// loop embedded in them for what is rare (signals). libuv's own poll handles cost three system
// calls more per connection. Only net/ includes this; others use net/loop.h.
#pragma once

#include <uv.h>

#include <atomic>

#include "net/event_poll.h"
#include "net/handle.h"
#include "net/loop.h"

namespace sluice::net {

class UvLoop final : public Loop, private TimerDriver {
 public:
  UvLoop();
  ~UvLoop() override;
  void run() override;
  void stop() noexcept override { stopped_ = true; }
  [[nodiscard]] base::Moment now() noexcept override { return base::now(); }
  [[nodiscard]] TimerWheel& timers() noexcept override { return wheel_; }
  void defer(Deferred& call) noexcept override;
  [[nodiscard]] base::Result<std::unique_ptr<Stream>> connect(const ConnectOptions& options,
                                                              Stream::Events& events) override;
  [[nodiscard]] std::unique_ptr<Stream> adopt(int descriptor, const TlsServerContext* tls,
                                              Stream::Events& events) override;
  void discard(int descriptor) noexcept override;
  [[nodiscard]] std::unique_ptr<Acceptor> accept_on(int descriptor,
                                                    Acceptor::Events& events) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(int descriptor, Watch::Events& events) override;
  [[nodiscard]] std::unique_ptr<Wakeup> make_wakeup(Wakeup::Events& events) override;
  /// libuv's loop, for a handle that is about to be added to it.
  [[nodiscard]] uv_loop_t* embedded() noexcept {
    embedded_changed_ = embeds_ = true;
    return &loop_;
  }
  /// Where every turn is counted; null: nowhere.
  void count_turns_in(std::atomic<std::uint64_t>* turns) noexcept { turns_ = turns; }

 private:
  void wake_at(std::uint64_t deadline_ms) noexcept override { wheel_due_ms_ = deadline_ms; }
  void turn() noexcept;
  void run_embedded() noexcept;
  void run_deferred() noexcept;
  [[nodiscard]] int waiting_limit_ms() noexcept;
  /// libuv is asked in each turn only where it has something, which a worker's has not.
  [[nodiscard]] int embedded_timeout_ms() noexcept {
    return embeds_ ? uv_backend_timeout(&loop_) : -1;
  }
  uv_loop_t loop_;
  Handle<uv_prepare_t> keeper_;
  EventPoll poll_;
  TimerWheel wheel_;
  std::uint64_t wheel_due_ms_ = Timer::kNever;
  base::IntrusiveList<Deferred> deferred_;
  std::atomic<std::uint64_t>* turns_ = nullptr;
  bool embeds_ = false;  // a handle was added to loop_
  bool embedded_changed_ = true;
  bool stopped_ = false;
};

}  // namespace sluice::net
