// The timer wheel: moving a deadline, as each event of a connection does; arming and disarming, as
// each exchange does; and time that passes.
#include <vector>

#include "net/timer_wheel.h"
#include "steady.h"

namespace {

using sluice::net::Timer;

constexpr std::uint64_t kTimeoutMs = 30'000;

struct Driver final : sluice::net::TimerDriver {
  void wake_at(std::uint64_t) noexcept override {}
};

struct Probe final : Timer {
  void on_timer() noexcept override {
    due_ms += kTimeoutMs;
    if (wheel != nullptr) arm(*wheel, due_ms);
  }
  sluice::net::TimerWheel* wheel = nullptr;  // where it is armed again
  std::uint64_t due_ms = 0;
};

/// As many timers as connections, over the half minute that a time-out lasts.
struct Wheel {
  explicit Wheel(std::int64_t count) : timers(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < timers.size(); ++i) {
      timers[i].wheel = &wheel;
      timers[i].due_ms = 1 + i * kTimeoutMs / timers.size();
      timers[i].arm(wheel, timers[i].due_ms);
    }
  }
  Driver driver;
  sluice::net::TimerWheel wheel{0, driver};
  std::vector<Probe> timers;
};

void put_off(benchmark::State& state) {
  Wheel w(state.range(0));
  std::uint64_t deadline = kTimeoutMs;
  std::size_t next = 0;
  micro::run_steady(state, [&] {
    w.timers[next].arm(w.wheel, ++deadline);
    next = next + 1 < w.timers.size() ? next + 1 : 0;
  });
}

void arm_and_disarm(benchmark::State& state) {
  Wheel w(state.range(0));
  Probe probe;
  std::uint64_t deadline = 5'000;
  micro::run_steady(state, [&] {
    probe.arm(w.wheel, ++deadline);
    probe.disarm();
  });
}

/// Ten milliseconds pass; each timer that fires is armed again.
void advance(benchmark::State& state) {
  Wheel w(state.range(0));
  std::uint64_t now = 0;
  micro::run_steady(state, [&] { w.wheel.advance(now += 10); });
}

BENCHMARK(put_off)->Arg(64)->Arg(10'000);
BENCHMARK(arm_and_disarm)->Arg(64)->Arg(10'000);
BENCHMARK(advance)->Arg(64)->Arg(10'000);

}  // namespace
