#include "balance/schedule.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>

#include "base/limits.h"

namespace sluice::balance {
namespace {

std::uint64_t sum_of(std::span<const std::uint32_t> weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

void divide_by_common(std::vector<std::uint32_t>& weights) {
  std::uint32_t common = 0;
  for (std::uint32_t weight : weights) common = std::gcd(common, weight);
  if (common <= 1) return;
  for (std::uint32_t& weight : weights) weight /= common;
}

/// One server's place in the period that is being laid out.
struct Turn {
  std::uint64_t position = 0;   // where it is due next
  std::uint64_t remainder = 0;  // what the division of the period by its weight left over so far
  std::uint64_t weight = 1;
  std::uint64_t sequence = 0;  // among equals, who was placed earlier comes first
  std::uint32_t index = 0;

  void advance(std::uint64_t period) {
    position += period / weight;
    remainder += period % weight;
    if (remainder >= weight) {
      remainder -= weight;
      ++position;
    }
  }
  [[nodiscard]] auto rank() const {
    return std::tuple(position,
                      static_cast<std::int64_t>(remainder) - static_cast<std::int64_t>(weight),
                      sequence);
  }
  friend bool operator>(const Turn& a, const Turn& b) { return a.rank() > b.rank(); }
};

}  // namespace

std::vector<std::uint32_t> reduce_weights(std::span<const std::uint32_t> weights,
                                          std::size_t max_entries) {
  std::vector<std::uint32_t> out(weights.begin(), weights.end());
  divide_by_common(out);
  const std::uint64_t sum = sum_of(out);
  if (sum <= max_entries) return out;
  const auto used = static_cast<std::uint64_t>(
      std::count_if(out.begin(), out.end(), [](auto w) { return w > 0; }));
  const std::uint64_t spare = max_entries > used ? max_entries - used : 0;
  for (std::uint32_t& weight : out) {
    if (weight > 0) weight = static_cast<std::uint32_t>(1 + weight * spare / sum);
  }
  divide_by_common(out);
  return out;
}

namespace {

/// Equal ones take turns by ones, which needs no laying out of long rounds.
std::vector<std::uint32_t> round_weights(std::span<const std::uint32_t> given) {
  constexpr std::size_t kMost = base::limits::kMaxScheduleEntries;
  const bool equal = std::ranges::adjacent_find(given, std::ranges::not_equal_to()) == given.end();
  if (equal || sum_of(given) > kMost) return reduce_weights(given, kMost);
  return {given.begin(), given.end()};
}

/// The beginning that the whole repeats.
void keep_one_period(Order& order) {
  std::vector<std::size_t> border(order.size() + 1, 0);  // of each beginning: its longest
  for (std::size_t i = 1, length = 0; i < order.size(); ++i) {
    while (length > 0 && order[i] != order[length]) length = border[length];
    if (order[i] == order[length]) ++length;
    border[i + 1] = length;
  }
  const std::size_t period = order.size() - border[order.size()];
  if (period != 0 && order.size() % period == 0) order.resize(period);
}

}  // namespace

Order round_robin_order(std::span<const std::uint32_t> given) {
  const std::vector<std::uint32_t> weights = round_weights(given);
  const std::uint64_t period = sum_of(weights);
  Order waiting;  // not started, heaviest first
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0) waiting.push_back(i);
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [&](auto a, auto b) { return weights[a] > weights[b]; });

  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> due;
  std::vector<std::uint32_t> left = weights;
  std::size_t started = 0;
  Order order;
  order.reserve(period);
  for (std::uint64_t position = 0; position < period; ++position) {
    Turn turn;
    if ((due.empty() || due.top().position > position) && started < waiting.size()) {
      turn.index = waiting[started++];
      turn.weight = weights[turn.index];
      turn.position = position;
    } else {
      turn = due.top();
      due.pop();
    }
    order.push_back(turn.index);
    turn.advance(period);
    turn.sequence = position;
    if (--left[turn.index] > 0) due.push(turn);
  }
  keep_one_period(order);
  return order;
}

namespace {

Order lay_out_static(const std::vector<std::uint32_t>& weights) {
  const auto period = static_cast<std::int64_t>(sum_of(weights));
  std::vector<std::int64_t> earned(weights.size(), 0);
  Order order;
  order.reserve(static_cast<std::size_t>(period));
  for (std::int64_t position = 0; position < period; ++position) {
    std::size_t best = weights.size();
    std::int64_t most = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      earned[i] += weights[i];
      const std::int64_t periods = (earned[i] + period) / period;
      if (best == weights.size() || periods > most) {
        most = periods;
        best = i;
      }
    }
    earned[best] -= period;
    order.push_back(static_cast<std::uint32_t>(best));
  }
  return order;
}

}  // namespace

Order static_round_robin_order(std::span<const std::uint32_t> weights) {
  return lay_out_static(reduce_weights(weights, base::limits::kMaxScheduleEntries));
}

Order hash_map_order(std::span<const std::uint32_t> weights) {
  return lay_out_static(reduce_weights(weights, base::limits::kMaxHashMapEntries));
}

}  // namespace sluice::balance
