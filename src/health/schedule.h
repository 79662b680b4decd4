// When the checks of a server run. Pure functions of its state; times in milliseconds.
// Source: manual, "inter", "spread-checks", "max-spread-checks", "timeout check".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "model/server.h"
#include "model/server_state.h"

namespace sluice::health {

/// `spread-checks` (percent, 0 to 50) and `max-spread-checks` (0: none).
struct Spread {
  std::uint32_t percent = 0;
  std::uint32_t max_ms = 0;
};

/// inter, fastinter or downinter:
///   UP and as healthy as can be        inter
///   DOWN and as ill as can be          downinter
///   between, or not checked yet        fastinter
[[nodiscard]] std::uint32_t interval_ms(const model::CheckOptions& options,
                                        const model::ServerStateWord& state) noexcept;

/// The interval moved by up to `percent` either way.
[[nodiscard]] std::uint32_t spread_ms(std::uint32_t interval, Spread spread,
                                      base::Random& random) noexcept;

/// The shortest interval that is at least a second: it spreads the first checks of all. 0: there is
/// none.
[[nodiscard]] std::uint32_t shortest_spreading_ms(
    const std::vector<std::uint32_t>& intervals) noexcept;

/// When check `position` of `count` first runs, after the start.
[[nodiscard]] std::uint32_t first_offset_ms(std::uint32_t interval,
                                            std::uint32_t shortest_spreading, std::size_t position,
                                            std::size_t count, Spread spread) noexcept;

/// Moves a moment to one that the moments of other checks are moved to as well, so that the control
/// thread wakes up for several at a time: at most a fortieth of the interval, and 50 ms, earlier;
/// a hundredth below a second.
[[nodiscard]] std::uint64_t bunched_ms(std::uint64_t at_ms, std::uint32_t interval_ms) noexcept;
/// The same for a time-out, which never ends early: at most a hundredth of it, and 20 ms, later.
[[nodiscard]] std::uint64_t bunched_limit_ms(std::uint64_t at_ms, std::uint32_t limit_ms) noexcept;

/// How long connecting may take: min(connect, inter) when both `timeout check` and `timeout
/// connect` are set, else inter.
[[nodiscard]] std::uint32_t connect_limit_ms(std::uint32_t inter, std::uint32_t timeout_check,
                                             std::uint32_t timeout_connect) noexcept;

}  // namespace sluice::health
