#include "balance/round_robin.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sluice::balance {
namespace {

/// The first place of the new schedule to be used: after the server that took the last turn of the
/// old one or, if that is gone, at the one whose turn would have come next.
std::size_t continue_from(const Schedule& old, const Schedule& next, std::uint64_t cursor) {
  std::unordered_map<const model::ServerLive*, std::size_t> first_place;
  for (std::size_t i = 0; i < next.entries.size(); ++i) first_place.try_emplace(next.entries[i], i);
  const std::size_t last = old.place(cursor - 1);
  if (const auto found = first_place.find(old.entries[last]); found != first_place.end())
    return found->second + 1;
  for (std::size_t i = 1; i < old.entries.size(); ++i) {
    const auto found = first_place.find(old.entries[(last + i) % old.entries.size()]);
    if (found != first_place.end()) return found->second;
  }
  return 0;
}

}  // namespace

RoundRobin::RoundRobin(std::string_view name, MakeOrder make_order, model::BackendLive& backend,
                       std::span<const ServerSlot> servers, BackupUse backups)
    : name_(name),
      make_order_(make_order),
      backend_(backend),
      servers_(servers.begin(), servers.end()),
      backups_(backups) {}

Pick RoundRobin::pick(const PickRequest& request) noexcept {
  const Schedule* schedule = schedule_.read();
  if (schedule == nullptr || schedule->entries.empty()) return {};
  if (backend_.queue.waiting_for_any() != 0) return {PickResult::AllSaturated, nullptr};
  const std::uint64_t turn = backend_.round_robin.fetch_add(1, std::memory_order_relaxed);
  model::ServerLive* server = schedule->entries[schedule->place(turn)];
  if (server != request.avoid && take(*server)) return {PickResult::Picked, server};
  return pick_past_skipped(*schedule, request);
}

/// The turn was lost. Goes on in the schedule's order while that is likely to meet a free server
/// soon; when only few of many have room, looks at each server once instead.
Pick RoundRobin::pick_past_skipped(const Schedule& schedule, const PickRequest& request) noexcept {
  const bool any_free =
      std::any_of(schedule.candidates.begin(), schedule.candidates.end(), [&](const Candidate& c) {
        return c.server != request.avoid && is_open(*c.server) && c.server->limiter.has_room();
      });
  std::uint64_t turn = backend_.round_robin.load(std::memory_order_relaxed);
  const std::size_t tries = std::min(schedule.entries.size(), 4 * schedule.candidates.size());
  for (std::size_t i = 0; any_free && i < tries; ++i) {
    turn = backend_.round_robin.fetch_add(1, std::memory_order_relaxed);
    model::ServerLive* server = schedule.entries[schedule.place(turn)];
    if (server != request.avoid && take(*server)) return {PickResult::Picked, server};
  }
  return take_any(schedule.candidates, turn % schedule.candidates.size(), request.avoid);
}

void RoundRobin::follow(const Balancer& previous) {
  if (const auto* same = dynamic_cast<const RoundRobin*>(&previous)) followed_ = same->schedule();
}

std::shared_ptr<const void> RoundRobin::rebuild() {
  auto next = std::make_shared<Schedule>();
  const SlowStart slow_start = is_static() ? SlowStart::Ignored : SlowStart::Heeded;
  next->candidates = collect_usable(servers_, backups_, backend_, slow_start);
  const Schedule* old = schedule_.read();
  if (old != nullptr && old->candidates == next->candidates) return nullptr;
  if (old == nullptr) old = std::exchange(followed_, nullptr);

  std::vector<std::uint32_t> weights;
  weights.reserve(next->candidates.size());
  for (const Candidate& candidate : next->candidates) weights.push_back(candidate.weight);
  const Order order = make_order_(weights);
  next->entries.reserve(order.size());
  for (const std::uint32_t index : order) next->entries.push_back(next->candidates[index].server);

  const std::uint64_t cursor = backend_.round_robin.load(std::memory_order_relaxed);
  if (old != nullptr && cursor > 0 && !old->entries.empty() && !next->entries.empty()) {
    const std::uint64_t length = next->entries.size();
    next->offset = length - cursor % length + continue_from(*old, *next, cursor);
  }
  return schedule_.replace(std::move(next));
}

}  // namespace sluice::balance
