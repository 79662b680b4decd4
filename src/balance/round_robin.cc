#include "balance/round_robin.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace sluice::balance {
namespace {

using Places = std::unordered_map<const model::ServerLive*, std::size_t>;

/// Goes through a schedule and knows how many turns each server is behind its share.
class Lags {
 public:
  Lags(const Schedule& schedule, const Places& servers)
      : schedule_(schedule), servers_(servers), share_(servers.size()), lag_(servers.size()) {
    for (const model::ServerLive* server : schedule.entries) {
      if (const auto found = servers.find(server); found != servers.end())
        share_[found->second] += 1.0 / static_cast<double>(schedule.entries.size());
    }
  }
  void take(std::size_t place) {
    for (std::size_t i = 0; i < lag_.size(); ++i) lag_[i] += share_[i];
    const auto found = servers_.find(schedule_.entries[place]);
    if (found != servers_.end()) lag_[found->second] -= 1;
  }
  [[nodiscard]] double distance(const Lags& other) const {
    double most = 0;
    for (std::size_t i = 0; i < lag_.size(); ++i)
      most = std::max(most, std::abs(lag_[i] - other.lag_[i]));
    return most;
  }

 private:
  const Schedule& schedule_;
  const Places& servers_;
  std::vector<double> share_, lag_;
};

/// The first place of the new schedule to be used: where every server is as far behind its share,
/// or before it, as it is now. So nobody who has just had its turns has them again.
std::size_t continue_from(const Schedule& old, const Schedule& next, std::uint64_t cursor) {
  Places servers;
  for (const Candidate& candidate : next.candidates)
    servers.try_emplace(candidate.server, servers.size());
  constexpr std::size_t kMostWork = 4'000'000;
  const std::size_t longest = std::max(old.entries.size(), next.entries.size());
  if (servers.size() * longest > kMostWork) return 0;
  Lags now(old, servers);
  for (std::size_t i = 0; i <= old.place(cursor - 1); ++i) now.take(i);
  Lags then(next, servers);
  std::size_t best = 0;
  double least = now.distance(then);
  for (std::size_t place = 1; place < next.entries.size(); ++place) {
    then.take(place - 1);
    const double distance = now.distance(then);
    if (distance + 1e-9 < least) {
      least = distance;
      best = place;
    }
  }
  return best;
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
