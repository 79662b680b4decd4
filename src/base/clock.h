// Time as arguments: rooms that see no loop are handed a Moment. Monotonic for waiting, wall for
// logs.
#pragma once

#include <cstdint>

namespace sluice::base {

using MonotonicNs = std::uint64_t;
using MonotonicMs = std::uint64_t;

/// Both clocks read together. `wall_us` is microseconds since the epoch.
struct Moment {
  MonotonicNs monotonic_ns = 0;
  std::int64_t wall_us = 0;
  [[nodiscard]] MonotonicMs ms() const { return monotonic_ns / 1'000'000; }
};

/// The machine's clocks (clock_gettime); the simulated loop has its own.
[[nodiscard]] MonotonicNs monotonic_now_ns() noexcept;
[[nodiscard]] std::int64_t wall_now_us() noexcept;
[[nodiscard]] inline Moment now() noexcept { return {monotonic_now_ns(), wall_now_us()}; }

}  // namespace sluice::base
