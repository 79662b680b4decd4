// One worker's share of a bind line: accepts while the frontend and the process have room, pauses
// at their maxconn or rate (the backlog waits in the kernel), resumes when a slot is freed or time
// has passed.
#pragma once

#include <deque>
#include <memory>

#include "control/snapshot.h"
#include "net/loop.h"
#include "net/timer_wheel.h"
#include "proxy/generation.h"

namespace sluice::proxy {

class Worker;

class FrontendListener final : private net::Acceptor::Events, private net::Timer {
 public:
  FrontendListener(Worker& worker, GenerationRef generation,
                   const control::FrontendRuntime& frontend, const control::BindRuntime& bind,
                   int descriptor);
  ~FrontendListener();

  /// A slot may be free: those accepted before one was go first.
  void resume();
  /// `disable frontend` and `enable frontend` (runtime socket), or another maxconn.
  void reconsider();
  [[nodiscard]] bool paused() const { return paused_; }
  /// Takes what is in the backlog, before the listener closes.
  void drain() {
    if (acceptor_) acceptor_->drain();
  }
  /// Leaves the descriptor to others; those that it has accepted are served still.
  void poll_no_more();
  /// Connections that were accepted wait for a slot.
  [[nodiscard]] bool holds_any() const { return !held_.empty(); }
  /// Nothing is polled and nobody waits.
  [[nodiscard]] bool is_spent() const { return acceptor_ == nullptr && held_.empty(); }
  void set_generation(GenerationRef generation, const control::FrontendRuntime& frontend,
                      const control::BindRuntime& bind);
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  void on_accepted(net::Acceptor& acceptor, const net::Accepted& accepted) noexcept override;
  void on_accept_exhausted(net::Acceptor& acceptor) noexcept override;
  void on_timer() noexcept override;  // the rate may have fallen
  [[nodiscard]] bool rate_allows() const;
  void watch_rate();
  [[nodiscard]] bool acquire();
  [[nodiscard]] bool has_room() const;
  void pause();
  void begin(const net::Accepted& accepted);

  Worker& worker_;
  GenerationRef generation_;
  const control::FrontendRuntime* frontend_;
  const control::BindRuntime* bind_;
  int descriptor_;
  std::unique_ptr<net::Acceptor> acceptor_;  // null after poll_no_more()
  std::deque<net::Accepted> held_;           // accepted in a race for the last slot
  bool paused_ = false;
};

}  // namespace sluice::proxy
