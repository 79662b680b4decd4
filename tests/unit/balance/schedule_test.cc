#include "balance/schedule.h"

#include <algorithm>
#include <numeric>

#include "base/limits.h"
#include "base/random.h"
#include "haproxy_orders.h"
#include "support/catch.h"

using namespace sluice::balance;

namespace {

std::string letters(const Order& order) {
  std::string out;
  for (const auto index : order) out += static_cast<char>('a' + index);
  return out;
}

}  // namespace

TEST_CASE("roundrobin takes turns in HAProxy's order for every recorded set of weights") {
  for (const RecordedOrder& row : kRoundRobinOrders) {
    INFO(row.period);
    CHECK(letters(round_robin_order(row.weights)) == row.period);
  }
}

TEST_CASE("static-rr takes turns in HAProxy's order for every recorded set of weights") {
  for (const RecordedOrder& row : kStaticRoundRobinOrders) {
    INFO(row.period);
    CHECK(letters(static_round_robin_order(row.weights)) == row.period);
  }
}

TEST_CASE("a period holds each server its weight times, whatever the weights") {
  sluice::base::Random random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint32_t> weights(1 + random.below(12));
    for (auto& weight : weights) weight = static_cast<std::uint32_t>(1 + random.below(60));
    const auto reduced = reduce_weights(weights, sluice::base::limits::kMaxScheduleEntries);
    for (const Order& order : {round_robin_order(weights), static_round_robin_order(weights)}) {
      const std::size_t sum = std::accumulate(reduced.begin(), reduced.end(), std::size_t{0});
      REQUIRE(order.size() % sum == 0);
      for (std::uint32_t i = 0; i < weights.size(); ++i) {
        CHECK(static_cast<std::size_t>(std::count(order.begin(), order.end(), i)) ==
              reduced[i] * (order.size() / sum));
      }
    }
  }
}

TEST_CASE("weights are divided by their greatest common divisor") {
  CHECK(reduce_weights(std::vector<std::uint32_t>{100, 50, 25}, 1'000) ==
        std::vector<std::uint32_t>{4, 2, 1});
  CHECK(reduce_weights(std::vector<std::uint32_t>{6}, 1'000) == std::vector<std::uint32_t>{1});
  CHECK(reduce_weights(std::vector<std::uint32_t>{0, 4}, 1'000) ==
        std::vector<std::uint32_t>{0, 1});
  CHECK(reduce_weights(std::vector<std::uint32_t>{}, 1'000).empty());
}

TEST_CASE("a schedule that would be too long is scaled down and forgets no server") {
  std::vector<std::uint32_t> weights(200, 255);
  weights[7] = 1;
  weights[8] = 256;
  const Order order = round_robin_order(weights);
  CHECK(order.size() <= sluice::base::limits::kMaxScheduleEntries);
  CHECK(std::count(order.begin(), order.end(), 7U) == 1);
  CHECK(std::count(order.begin(), order.end(), 8U) > 70);
  const std::vector<std::uint32_t> more_servers_than_entries(30, 3);
  CHECK(reduce_weights(more_servers_than_entries, 10) == std::vector<std::uint32_t>(30, 1));
}

TEST_CASE("a weight of 0 has no turn and no weights have no schedule") {
  CHECK(letters(round_robin_order(std::vector<std::uint32_t>{0, 2, 1})) == "bbc");
  CHECK(letters(static_round_robin_order(std::vector<std::uint32_t>{0, 2, 1})) == "bbc");
  CHECK(round_robin_order(std::vector<std::uint32_t>{}).empty());
  CHECK(static_round_robin_order(std::vector<std::uint32_t>{0, 0}).empty());
}
