// Finds a loop that does not return: reports when a turn has burned a second of its thread's
// processor time, aborts at four. The kernel's timer on that time fires in the thread itself, and
// only while it works: an idle thread is never woken, and a slow or stopped machine triggers
// nothing. One per watched thread, made and destroyed in it.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

#include "base/result.h"

namespace sluice::app {

struct WatchdogLimits {
  std::uint32_t report_ms = 1'000;  // of processor time
  std::uint32_t abort_ms = 4'000;
};

class Watchdog {
 public:
  /// `turns` changes at every turn of the loop (net/turn_counter.h) and outlives this.
  explicit Watchdog(const std::atomic<std::uint64_t>& turns, WatchdogLimits limits = {});
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  /// Fails where the kernel has no such timers: then nothing is watched.
  [[nodiscard]] base::Result<> start();
  [[nodiscard]] std::uint32_t reports() const noexcept {
    return reports_.load(std::memory_order_relaxed);
  }

 private:
  static void on_timer(int signal);
  void look() noexcept;

  const std::atomic<std::uint64_t>& turns_;
  WatchdogLimits limits_;
  std::uint32_t step_ms_;
  std::uint64_t seen_turn_ = 0;
  std::uint32_t steps_ = 0;  // timer periods that began and ended in the present turn
  bool reported_ = false;
  bool started_ = false;
  timer_t timer_{};
  std::atomic<std::uint32_t> reports_{0};
};

}  // namespace sluice::app
