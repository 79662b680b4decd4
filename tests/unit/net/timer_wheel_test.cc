#include "net/timer_wheel.h"

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/random.h"
#include "support/catch.h"

using namespace sluice;
using net::Timer;
using net::TimerDriver;
using net::TimerWheel;

namespace {

struct Driver final : TimerDriver {
  std::uint64_t at = Timer::kNever;
  std::size_t calls = 0;
  void wake_at(std::uint64_t deadline_ms) noexcept override {
    at = deadline_ms;
    ++calls;
  }
};

struct Probe final : Timer {
  std::function<void()> call;
  explicit Probe(std::function<void()> what) : call(std::move(what)) {}
  void on_timer() noexcept override { call(); }
};

/// A wheel with a clock that jumps from wake-up to wake-up, as the loop's timer does.
struct Bench {
  explicit Bench(std::uint64_t start) : now(start), wheel(start, driver) {}
  Driver driver;
  std::uint64_t now;
  TimerWheel wheel;

  void run_until(std::uint64_t end) {
    while (driver.at <= end) {
      if (driver.at > now) now = driver.at;
      driver.at = Timer::kNever;
      wheel.advance(now);
    }
    now = end;
  }
};

}  // namespace

TEST_CASE("timers fire at their millisecond and in order of deadline") {
  Bench bench(1'000);
  std::vector<int> order;
  Probe late([&] {
    order.push_back(3);
    CHECK(bench.now == 1'300);
  });
  Probe soon([&] {
    order.push_back(1);
    CHECK(bench.now == 1'001);
  });
  Probe middle([&] {
    order.push_back(2);
    CHECK(bench.now == 1'255);
  });
  late.arm(bench.wheel, 1'300);
  soon.arm(bench.wheel, 1'001);
  middle.arm(bench.wheel, 1'255);
  bench.run_until(2'000);
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(bench.wheel.count() == 0);
}

TEST_CASE("a deadline in the past fires at the next turn") {
  Bench bench(5'000);
  int fired = 0;
  Probe timer([&] { ++fired; });
  timer.arm(bench.wheel, 17);
  CHECK(fired == 0);
  bench.run_until(5'001);
  CHECK(fired == 1);
}

TEST_CASE("arming to a later time touches neither the wheel nor the driver") {
  Bench bench(0);
  int fired = 0;
  Probe timer([&] { ++fired; });
  timer.arm(bench.wheel, 10);
  const std::size_t calls = bench.driver.calls;
  for (std::uint64_t deadline = 11; deadline < 200; ++deadline) timer.arm(bench.wheel, deadline);
  CHECK(bench.driver.calls == calls);
  CHECK(bench.wheel.count() == 1);
  bench.run_until(198);
  CHECK(fired == 0);
  bench.run_until(199);
  CHECK(fired == 1);
}

TEST_CASE("arming to an earlier time moves the timer") {
  Bench bench(0);
  std::uint64_t fired_at = 0;
  Probe timer([&] { fired_at = bench.now; });
  timer.arm(bench.wheel, 70'000);
  timer.arm(bench.wheel, 7);
  bench.run_until(100'000);
  CHECK(fired_at == 7);
}

TEST_CASE("a disarmed timer does not fire and may be armed again") {
  Bench bench(0);
  int fired = 0;
  Probe timer([&] { ++fired; });
  timer.arm(bench.wheel, 10);
  timer.disarm();
  CHECK_FALSE(timer.armed());
  bench.run_until(20);
  CHECK(fired == 0);
  timer.arm(bench.wheel, 30);
  bench.run_until(30);
  CHECK(fired == 1);
  CHECK_FALSE(timer.armed());
}

TEST_CASE("deadlines at every edge between levels fire exactly") {
  for (const std::uint64_t start :
       {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{65'535}, std::uint64_t{123'456'789}}) {
    std::vector<std::uint64_t> distances;
    for (int bit = 0; bit <= 32; ++bit) {
      for (const std::int64_t off : {-2, -1, 0, 1, 2}) {
        const std::int64_t distance = (std::int64_t{1} << bit) + off;
        if (distance > 0) distances.push_back(static_cast<std::uint64_t>(distance));
      }
    }
    for (const std::uint64_t distance : distances) {
      Bench bench(start);
      std::uint64_t fired_at = 0;
      Probe timer([&] { fired_at = bench.now; });
      timer.arm(bench.wheel, start + distance);
      bench.run_until(start + distance + 1);
      CAPTURE(start, distance);
      REQUIRE(fired_at == start + distance);
    }
  }
}

TEST_CASE("a timer beyond the wheel's reach fires in its time") {
  Bench bench(77);
  std::uint64_t fired_at = 0;
  Probe timer([&] { fired_at = bench.now; });
  const std::uint64_t far = 77 + (std::uint64_t{5} << 33) + 12'345;
  timer.arm(bench.wheel, far);
  bench.run_until(far + 10);
  CHECK(fired_at == far);
}

TEST_CASE("a callback may destroy its own timer and others of its slot") {
  Bench bench(0);
  int fired = 0;
  std::unique_ptr<Probe> first, second, third;
  first = std::make_unique<Probe>([&] {
    ++fired;
    second.reset();
    first.reset();
  });
  second = std::make_unique<Probe>([&] { FAIL("destroyed timers don't fire"); });
  third = std::make_unique<Probe>([&] { ++fired; });
  for (Probe* each : {first.get(), second.get(), third.get()}) each->arm(bench.wheel, 50);
  bench.run_until(60);
  CHECK(fired == 2);
  CHECK(bench.wheel.count() == 0);
}

TEST_CASE("a callback may arm its timer again and put off another of its slot") {
  Bench bench(0);
  std::vector<std::uint64_t> at, other_at;
  Probe other([&] { other_at.push_back(bench.now); });
  Probe timer([&] {
    at.push_back(bench.now);
    if (at.size() == 1) other.arm(bench.wheel, 90);
    if (at.size() < 3) timer.arm(bench.wheel, bench.now + 20);
  });
  timer.arm(bench.wheel, 10);
  other.arm(bench.wheel, 10);
  bench.run_until(500);
  CHECK(at == std::vector<std::uint64_t>{10, 30, 50});
  CHECK(other_at == std::vector<std::uint64_t>{90});
}

TEST_CASE("an empty wheel asks for no wake-up") {
  Bench bench(0);
  {
    Probe timer([] {});
    timer.arm(bench.wheel, 10);
  }
  bench.run_until(10);
  CHECK(bench.driver.at == Timer::kNever);
  CHECK(bench.wheel.next_ms() == Timer::kNever);
}

TEST_CASE("the wheel agrees with a sorted list under random operations") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    base::Random random(seed);
    Bench bench(random.below(1'000'000'000));
    std::map<std::size_t, std::uint64_t> expected;  // timer -> deadline
    std::vector<std::unique_ptr<Probe>> timers(40);
    std::size_t fired = 0;
    for (std::size_t i = 0; i < timers.size(); ++i) {
      timers[i] = std::make_unique<Probe>([&, i] {
        ++fired;
        const auto found = expected.find(i);
        REQUIRE(found != expected.end());
        REQUIRE(found->second == bench.now);
        expected.erase(found);
      });
    }
    for (int step = 0; step < 2'000; ++step) {
      const std::size_t i = random.below(timers.size());
      CAPTURE(seed, step, i);
      switch (random.below(4)) {
        case 0:
        case 1: {
          const std::uint64_t deadline =
              bench.now + 1 + random.below(std::uint64_t{1} << random.below(26));
          timers[i]->arm(bench.wheel, deadline);
          expected[i] = deadline;
          break;
        }
        case 2:
          timers[i]->disarm();
          expected.erase(i);
          break;
        default:
          bench.run_until(bench.now + random.below(std::uint64_t{1} << random.below(20)));
          for (const auto& [timer, deadline] : expected) REQUIRE(deadline > bench.now);
      }
    }
    bench.run_until(bench.now + (std::uint64_t{1} << 27));
    REQUIRE(expected.empty());
    REQUIRE(fired > 100);
  }
}
