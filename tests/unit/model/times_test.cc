#include "model/times.h"

#include <atomic>
#include <thread>

#include "model/counters.h"
#include "support/catch.h"

using namespace sluice::model;

TEST_CASE("a bucket holds what is from its edge to the next one") {
  for (std::size_t i = 0; i < durations::kBuckets; ++i) {
    const std::uint64_t begin = durations::begin_us(i);
    CHECK(durations::bucket_of(begin) == i);
    if (begin != 0) CHECK(durations::bucket_of(begin - 1) == i - 1);
  }
  CHECK(durations::begin_us(durations::kBuckets - 1) == 100'000'000);
  CHECK(durations::bucket_of(UINT64_MAX) == durations::kBuckets - 1);
}

TEST_CASE("1, 2.5 and 5 of every decade are edges") {
  for (std::uint64_t us : {100, 250, 500, 1'000, 2'500, 5'000, 10'000, 250'000, 1'000'000,
                           30'000'000, 50'000'000, 60'000'000}) {
    CHECK(durations::begin_us(durations::bucket_of(us)) == us);
  }
}

TEST_CASE("a quantile is interpolated in its bucket") {
  CounterSet set;
  const auto count = [&set](std::uint64_t us, int times) {
    for (int i = 0; i < times; ++i) set.of(0).times().count(durations::bucket_of(us), us * 1'000);
  };
  CHECK(set.durations().quantile_ms(0.5) == 0);
  CHECK(set.timed_ns() == 0);
  count(10'000, 100);  // 10 to 12.5 ms
  CHECK(set.durations().quantile_ms(0.5) == Approx(11.25));
  CHECK(set.durations().quantile_ms(1.0) == Approx(12.5));
  count(200, 300);
  CHECK(set.durations().quantile_ms(0.5) == Approx(0.2167).epsilon(0.01));
  CHECK(set.durations().quantile_ms(0.99) == Approx(12.4));
  count(500'000'000, 10'000);  // longer than the longest: that is all that is known
  CHECK(set.durations().quantile_ms(0.99) == Approx(100'000));
  CHECK(set.durations().count() == 10'400);
  CHECK(set.durations().below(1'000) == 300);
}

TEST_CASE("workers count apart and are read together, cleared and counted on") {
  CounterSet set;
  for (std::size_t slot = 0; slot < 3; ++slot)
    set.of(slot).times().count(durations::bucket_of(3'000), 3'000'000);
  CHECK(set.durations().count() == 3);
  CHECK(set.durations().total_ns == 9'000'000);
  set.clear();
  CHECK(set.durations().count() == 0);
  set.of(1).times().count(durations::bucket_of(4'000), 4'000'000);
  CHECK(set.durations().count() == 1);
  CHECK(set.durations().total_ns == 4'000'000);
  CHECK(set.timed_ns() == 13'000'000);
}

TEST_CASE("a reader sees no less than was counted before, while a worker counts") {
  CounterSet set;
  std::atomic<bool> stop{false};
  std::thread worker([&] {
    for (int i = 0; i < 200'000; ++i) {
      set.of(0).times().count(durations::bucket_of(50), 50'000);
      set.of(0).times().count_parts({1, 2, 3, 4});
    }
    stop = true;
  });
  std::uint64_t last = 0;
  while (!stop) {
    const std::uint64_t now = set.durations().count();
    CHECK(now >= last);
    last = now;
    CHECK(set.recent_times().requests <= 200'000);
  }
  worker.join();
  CHECK(set.durations().count() == 200'000);
  CHECK(set.recent_times().mean_ms(TimePart::Total) == 4);
  CHECK(set.recent_times().requests >= 512);
  CHECK(set.recent_times().requests < 1'024);
}
