// Which servers of a backend an algorithm chooses from, and the totals that everybody else reads.
// Control thread, at each rebuild.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "balance/balancer.h"

namespace sluice::balance {

struct Candidate {
  model::ServerLive* server = nullptr;
  std::uint32_t weight = 0;  // in sixteenths, so that a server that warms up has less than one
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// The usable active servers, or else the backups, in the configuration's order. Also sets the
/// numbers of usable servers and the weight in use of `backend`, and in_rotation of each server.
enum class SlowStart : std::uint8_t { Heeded, Ignored };
[[nodiscard]] std::vector<Candidate> collect_usable(std::span<const ServerSlot> servers,
                                                    BackupUse backups, model::BackendLive& backend,
                                                    SlowStart slow_start = SlowStart::Heeded);

/// Any worker: may `server` be given a request now, as far as its state and its own queue say?
[[nodiscard]] bool is_open(const model::ServerLive& server) noexcept;

/// Any worker: takes a slot of `server` if it is open and has room.
[[nodiscard]] bool take(model::ServerLive& server) noexcept;

/// Any worker: for an algorithm whose key leads to `server`: its slot, or BoundSaturated; another
/// of `candidates` only when it has gone meanwhile.
[[nodiscard]] Pick take_bound(model::ServerLive& server,
                              std::span<const Candidate> candidates) noexcept;

/// Any worker: the first of `candidates`, from index `start` round, that can be taken; `avoid`
/// last. Says AllSaturated or NoneUsable when there is none. The slow way out of every algorithm.
[[nodiscard]] Pick take_any(std::span<const Candidate> candidates, std::size_t start,
                            const model::ServerLive* avoid) noexcept;

}  // namespace sluice::balance
