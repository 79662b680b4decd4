// The real loop: libuv. Only net/ includes this; others use net/loop.h.
#pragma once

#include <uv.h>

#include "net/handle.h"
#include "net/loop.h"

namespace sluice::net {

class UvLoop final : public Loop, private TimerDriver {
 public:
  UvLoop();
  ~UvLoop() override;
  void run() override;
  void stop() noexcept override { uv_stop(&loop_); }
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
  [[nodiscard]] std::unique_ptr<Wakeup> make_wakeup(Wakeup::Events& events) override;
  [[nodiscard]] uv_loop_t* raw() noexcept { return &loop_; }

 private:
  void wake_at(std::uint64_t deadline_ms) noexcept override;
  void run_deferred() noexcept;
  uv_loop_t loop_;
  TimerWheel wheel_;
  Handle<uv_timer_t> timer_;
  Handle<uv_idle_t> idle_;  // active while something is deferred: the loop then doesn't wait
  base::IntrusiveList<Deferred> deferred_;
};

}  // namespace sluice::net
