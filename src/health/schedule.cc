#include "health/schedule.h"

#include <algorithm>

namespace sluice::health {

namespace {
constexpr std::uint32_t kSpreadingThresholdMs = 1'000;
}

std::uint32_t interval_ms(const model::CheckOptions& options,
                          const model::ServerStateWord& state) noexcept {
  const std::uint32_t best = options.rise + options.fall - 1;
  if (state.checked && state.health >= best) return options.inter_ms;
  if (state.checked && state.oper == model::OperState::Down && state.health == 0) {
    return options.downinter_ms != 0 ? options.downinter_ms : options.inter_ms;
  }
  return options.fastinter_ms != 0 ? options.fastinter_ms : options.inter_ms;
}

std::uint32_t spread_ms(std::uint32_t interval, Spread spread, base::Random& random) noexcept {
  const std::uint64_t reach = std::uint64_t{interval} * spread.percent / 100;
  if (reach == 0) return interval;
  return static_cast<std::uint32_t>(interval - reach + random.below(2 * reach + 1));
}

std::uint32_t shortest_spreading_ms(const std::vector<std::uint32_t>& intervals) noexcept {
  std::uint32_t shortest = 0;
  for (const std::uint32_t interval : intervals) {
    if (interval < kSpreadingThresholdMs) continue;
    shortest = shortest == 0 ? interval : std::min(shortest, interval);
  }
  return shortest;
}

std::uint32_t first_offset_ms(std::uint32_t interval, std::uint32_t shortest_spreading,
                              std::size_t position, std::size_t count, Spread spread) noexcept {
  std::uint64_t span = std::max(interval, shortest_spreading);
  if (spread.max_ms != 0) span = std::min<std::uint64_t>(span, spread.max_ms);
  return static_cast<std::uint32_t>(span * position / std::max<std::size_t>(count, 1));
}

std::uint64_t bunched_ms(std::uint64_t at_ms, std::uint32_t interval_ms) noexcept {
  // Below a second a fortieth would be felt in the rhythm, and such checks are few.
  const std::uint32_t grain =
      interval_ms >= 1'000 ? std::min(interval_ms / 40, 50U) : std::max(interval_ms / 100, 1U);
  return at_ms - at_ms % grain;
}

std::uint64_t bunched_limit_ms(std::uint64_t at_ms, std::uint32_t limit_ms) noexcept {
  constexpr std::uint32_t kMost = 20;
  const std::uint32_t grain = std::clamp(limit_ms / 100, 1U, kMost);
  return at_ms + (grain - at_ms % grain) % grain;
}

std::uint32_t connect_limit_ms(std::uint32_t inter, std::uint32_t timeout_check,
                               std::uint32_t timeout_connect) noexcept {
  if (timeout_check == 0 || timeout_connect == 0) return inter;
  return std::min(inter, timeout_connect);
}

}  // namespace sluice::health
