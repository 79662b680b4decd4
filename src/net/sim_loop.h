// The simulated twin of UvLoop: a worker's loop in a SimWorld. Its callbacks are interleaved with
// those of the world's other loops by the seed; its timers run on the same TimerWheel by virtual
// time. adopt() and accept_on() take the fake descriptors that the world hands out.
#pragma once

#include "net/loop.h"
#include "net/sim_world.h"

namespace sluice::net {

class SimLoop final : public Loop, private TimerDriver {
 public:
  explicit SimLoop(SimWorld& world);
  ~SimLoop() override;

  /// Runs the whole world until this loop is stopped or nothing is left to happen.
  void run() override;
  void stop() noexcept override { stopped_ = true; }
  [[nodiscard]] base::Moment now() noexcept override { return world_.now(); }
  [[nodiscard]] TimerWheel& timers() noexcept override { return wheel_; }
  void defer(Deferred& call) noexcept override;
  [[nodiscard]] base::Result<std::unique_ptr<Stream>> connect(const ConnectOptions& options,
                                                              Stream::Events& events) override;
  [[nodiscard]] std::unique_ptr<Stream> adopt(int descriptor, const TlsServerContext* tls,
                                              Stream::Events& events) override;
  void discard(int descriptor) noexcept override;
  [[nodiscard]] std::unique_ptr<Acceptor> accept_on(int descriptor,
                                                    Acceptor::Events& events) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(int, Watch::Events&) override { return nullptr; }
  [[nodiscard]] std::unique_ptr<Wakeup> make_wakeup(Wakeup::Events& events) override;

  [[nodiscard]] SimWorld& world() const noexcept { return world_; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::uint64_t wakes_at_ms() const noexcept { return wakes_at_ms_; }
  void mark_due_timers();
  /// Each callback is a turn: virtual time passes between them.
  void begin_turn() noexcept { ++turn_number_; }

 private:
  class Timers;
  class Calls;
  void wake_at(std::uint64_t deadline_ms) noexcept override { wakes_at_ms_ = deadline_ms; }

  SimWorld& world_;
  std::uint64_t wakes_at_ms_ = Timer::kNever;
  TimerWheel wheel_;
  base::IntrusiveList<Deferred> deferred_;
  std::unique_ptr<Timers> due_timers_;
  std::unique_ptr<Calls> due_calls_;
  bool stopped_ = false;
};

}  // namespace sluice::net
