// The order in which weighted servers take turns, as one period of a repeating schedule.
// Pure: weights in, indexes out. One period holds each server exactly (its weight / the weights'
// greatest common divisor) times, or a multiple of that. Weights whose sum exceeds
// limits::kMaxScheduleEntries are scaled down first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::balance {

using Order = std::vector<std::uint32_t>;  // indexes of servers

/// `balance roundrobin`, HAProxy's dynamic order: weights 5, 1, 1 give 0 0 0 1 0 0 2. Each server
/// has a next position, advanced by (sum / weight); a position that nobody is due for goes to the
/// heaviest server that has not started in this round. A round has as many turns as the weights'
/// sum, so that HAProxy's very order needs weights as it counts them, in sixteenths. At the end of
/// a round ours gives each server what is left of its weight, where HAProxy's may be one turn off.
[[nodiscard]] Order round_robin_order(std::span<const std::uint32_t> weights);

/// `balance static-rr`, HAProxy's map: at each position every server earns its weight, and the
/// first one that has earned most whole periods pays one; weights 5, 1, 1 give 0 0 0 1 0 0 2 too.
[[nodiscard]] Order static_round_robin_order(std::span<const std::uint32_t> weights);

/// `hash-type map-based`: the same order, with room for more entries.
[[nodiscard]] Order hash_map_order(std::span<const std::uint32_t> weights);

/// Divides by the greatest common divisor, then scales so that the sum is at most `max_entries` (or
/// the number of servers, if that is more). No weight becomes 0 that was not.
[[nodiscard]] std::vector<std::uint32_t> reduce_weights(std::span<const std::uint32_t> weights,
                                                        std::size_t max_entries);

}  // namespace sluice::balance
