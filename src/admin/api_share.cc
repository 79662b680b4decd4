#include "admin/api_share.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/limits.h"

namespace sluice::admin {

namespace {

using Weights = std::vector<std::uint32_t>;

std::uint64_t sum_of(const Weights& weights) {
  return std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
}

/// A weight of 0 has a share too once traffic is moved to it.
Weights at_least_one(Weights weights) {
  for (std::uint32_t& weight : weights) weight = std::max(weight, 1U);
  return weights;
}

Weights in_smallest_terms(Weights weights) {
  std::uint32_t divisor = 0;
  for (const std::uint32_t weight : weights) divisor = std::gcd(divisor, weight);
  for (std::uint32_t& weight : weights) weight /= divisor;
  return weights;
}

Weights times(Weights weights, std::uint32_t factor) {
  for (std::uint32_t& weight : weights) weight *= factor;
  return weights;
}

std::uint32_t most_times(const Weights& weights) {
  return base::limits::kMaxWeight / *std::max_element(weights.begin(), weights.end());
}

struct Pair {
  std::uint32_t a = 1, b = 1;
  double error = 2;
  [[nodiscard]] bool better_than(const Pair& other) const {
    constexpr double kEqual = 1e-12;
    if (error < other.error - kEqual) return true;
    if (error > other.error + kEqual) return false;
    return a + b != other.a + other.b ? a + b < other.a + other.b : a < other.a;
  }
};

/// For each multiplier of the legacy side, the two of the new side around the exact one.
Pair multipliers(double wanted, const Weights& legacy, const Weights& fresh) {
  const auto old_sum = static_cast<double>(sum_of(legacy));
  const auto new_sum = static_cast<double>(sum_of(fresh));
  const std::uint32_t most = most_times(fresh);
  Pair best;
  for (std::uint32_t a = 1; a <= most_times(legacy); ++a) {
    const double exact = wanted * a * old_sum / ((1 - wanted) * new_sum);
    for (const double whole : {std::floor(exact), std::ceil(exact)}) {
      const auto b = static_cast<std::uint32_t>(std::clamp(whole, 1.0, static_cast<double>(most)));
      const double got = b * new_sum / (a * old_sum + b * new_sum);
      const Pair pair{a, b, std::abs(got - wanted)};
      if (pair.better_than(best)) best = pair;
    }
  }
  return best;
}

}  // namespace

Shares share_weights(double percent, const Weights& legacy, const Weights& fresh) {
  if (percent <= 0) return {at_least_one(legacy), Weights(fresh.size(), 0)};
  if (percent >= 100) return {Weights(legacy.size(), 0), at_least_one(fresh)};
  const Weights old_terms = in_smallest_terms(at_least_one(legacy));
  const Weights new_terms = in_smallest_terms(at_least_one(fresh));
  const Pair pair = multipliers(percent / 100, old_terms, new_terms);
  return {times(old_terms, pair.a), times(new_terms, pair.b)};
}

double share_of(const Weights& legacy, const Weights& fresh) {
  const std::uint64_t all = sum_of(legacy) + sum_of(fresh);
  return all == 0 ? 0 : 100.0 * static_cast<double>(sum_of(fresh)) / static_cast<double>(all);
}

}  // namespace sluice::admin
