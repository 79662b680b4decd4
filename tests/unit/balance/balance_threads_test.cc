// Workers that pick at the same time: exactness, limits, and rebuilds under way.
#include <array>
#include <atomic>
#include <thread>

#include "fixture.h"
#include "support/catch.h"

using namespace sluice::balance;
using sluice::model::AdminState;

namespace {

constexpr int kThreads = 4;

template <class Work>
void in_threads(Work work) {
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("the picks of 4 workers together hold each server exactly its weight times",
          "[threads]") {
  BalanceFixture f("roundrobin", {5, 3, 2, 1});
  constexpr int kPeriods = 4'000;
  constexpr int kPicks = 11 * kPeriods / kThreads;
  std::array<std::array<int, 4>, kThreads> counts{};
  in_threads([&](int t) {
    for (int i = 0; i < kPicks; ++i) {
      const Pick pick = f.balancer->pick({});
      ++counts[static_cast<std::size_t>(t)][static_cast<std::size_t>(pick.server->name()[0] - 'a')];
      sluice::model::release_slot(*pick.server);
    }
  });
  std::array<int, 4> total{};
  for (const auto& row : counts) {
    for (std::size_t i = 0; i < 4; ++i) total[i] += row[i];
  }
  CHECK(total == std::array<int, 4>{5 * kPeriods, 3 * kPeriods, 2 * kPeriods, kPeriods});
}

TEST_CASE("no limit is passed while workers pick and the schedule is rebuilt", "[threads]") {
  for (const char* algorithm : {"roundrobin", "leastconn", "random", "first", "static-rr"}) {
    BalanceFixture f(algorithm, {4, 1, 2});
    for (const char name : {'a', 'b', 'c'}) f.server(name).limiter.set_max(2);
    std::atomic<int> picked{0};
    std::atomic<bool> stop{false};
    std::thread control([&] {
      for (int i = 0; !stop.load(); ++i) {
        f.set_admin('b', i % 2 == 0 ? AdminState::Drain : AdminState::Ready);
        std::this_thread::yield();
      }
    });
    in_threads([&](int t) {
      sluice::base::Random random(static_cast<std::uint64_t>(t));
      for (int i = 0; i < 5'000; ++i) {
        const Pick pick = f.balancer->pick({.random = &random});
        if (pick.result != PickResult::Picked) continue;
        picked.fetch_add(1);
        sluice::model::release_slot(*pick.server);
        f.balancer->released(*pick.server);
      }
    });
    stop.store(true);
    control.join();
    INFO(algorithm);
    CHECK(picked.load() > 0);
    for (const char name : {'a', 'b', 'c'}) {
      CHECK(f.server(name).limiter.used() == 0);
      CHECK(f.server(name).limiter.peak() <= 2);
    }
  }
}
