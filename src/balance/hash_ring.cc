#include "balance/hash_ring.h"

#include <algorithm>

#include "base/hash.h"
#include "base/limits.h"

namespace sluice::balance {
namespace {

/// A point for each sixteenth of weight.
constexpr std::uint32_t kPointsPerServer = base::limits::kMaxWeight * model::ServerLive::kFullShare;

}  // namespace

HashRing::HashRing(std::string_view name, KeyKind kind, const model::HashUse& use,
                   model::BackendLive& backend, std::span<const ServerSlot> servers,
                   BackupUse backups)
    : name_(name),
      kind_(kind),
      use_(use),
      backend_(backend),
      servers_(servers.begin(), servers.end()),
      backups_(backups) {}

/// The point before or behind the hash, whichever is nearer; at the same distance the one before.
std::size_t HashRing::Ring::nearest(std::uint32_t hash) const noexcept {
  const auto found =
      std::lower_bound(points.begin(), points.end(), hash,
                       [](const Point& point, std::uint32_t key) { return point.key < key; });
  const auto behind = static_cast<std::size_t>(found - points.begin()) % points.size();
  const std::size_t before = (behind + points.size() - 1) % points.size();
  const std::uint32_t to_before = hash - points[before].key;
  const std::uint32_t to_behind = points[behind].key - hash;
  return to_before <= to_behind ? before : behind;
}

Pick HashRing::pick(const PickRequest& request) noexcept {
  const Ring* ring = ring_.read();
  if (ring == nullptr || ring->points.empty()) return {};
  if (!request.key) return pick_turn(*ring, request.avoid);
  const std::size_t nearest = ring->nearest(hash_key(*request.key, kind_, use_));
  const std::size_t size = ring->points.size();
  const std::uint64_t demand = ring->bound.is_set() ? ring->bound.demand(ring->candidates) : 0;
  const auto suits = [&](std::size_t candidate) {
    return ring->candidates[candidate].server != request.avoid &&
           ring->bound.admits(ring->candidates, candidate, demand);
  };
  std::size_t at = nearest;
  for (std::size_t i = 0; i < size && !suits(ring->points[at].candidate); ++i) at = (at + 1) % size;
  return take_bound(*ring->candidates[ring->points[at].candidate].server, ring->candidates);
}

Pick HashRing::pick_turn(const Ring& ring, const model::ServerLive* avoid) noexcept {
  if (backend_.queue.waiting_for_any() != 0) return {PickResult::AllSaturated, nullptr};
  std::uint64_t turn = 0;
  const std::size_t tries = std::min(ring.points.size(), 4 * ring.candidates.size());
  for (std::size_t i = 0; i < tries; ++i) {
    turn = backend_.round_robin.fetch_add(1, std::memory_order_relaxed);
    model::ServerLive* server =
        ring.candidates[ring.points[turn % ring.points.size()].candidate].server;
    if (server != avoid && take(*server)) return {PickResult::Picked, server};
  }
  return take_any(ring.candidates, turn % ring.candidates.size(), avoid);
}

std::shared_ptr<const void> HashRing::rebuild() {
  auto next = std::make_shared<Ring>();
  next->candidates = collect_usable(servers_, backups_, backend_);
  const Ring* old = ring_.read();
  if (old != nullptr && old->candidates == next->candidates) return nullptr;
  next->bound = LoadBound(use_.balance_factor, next->candidates);
  for (std::uint32_t i = 0; i < next->candidates.size(); ++i) {
    const Candidate& candidate = next->candidates[i];
    const std::uint32_t first = candidate.server->numeric_id * kPointsPerServer;
    for (std::uint32_t n = 0; n < candidate.weight; ++n)
      next->points.push_back({base::avalanche(first + n), i});
  }
  std::stable_sort(next->points.begin(), next->points.end(),
                   [](const Point& a, const Point& b) { return a.key < b.key; });
  return ring_.replace(std::move(next));
}

}  // namespace sluice::balance
