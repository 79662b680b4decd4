#include "balance/leastconn.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/limits.h"

namespace sluice::balance {

LeastConn::LeastConn(model::BackendLive& backend, std::span<const ServerSlot> servers,
                     BackupUse backups)
    : backend_(backend), servers_(servers.begin(), servers.end()), backups_(backups) {}

constexpr std::uint64_t kMaxWeight =
    std::uint64_t{base::limits::kMaxWeight} * model::ServerLive::kFullShare;

/// HAProxy's key: an idle server is at 0 whatever its weight, so that idle ones simply take turns.
std::uint64_t LeastConn::load_of(const Entry& entry) noexcept {
  const std::uint64_t requests =
      std::uint64_t{entry.server->limiter.used()} + entry.server->limiter.waiting();
  return requests == 0 ? 0 : (requests + 1) * kMaxWeight / std::max(entry.weight, 1U);
}

/// Puts an entry where its server's present load belongs. The node is reused: nothing is allocated.
LeastConn::Tree::iterator LeastConn::move(Tree::iterator entry) noexcept {
  const std::uint64_t load = load_of(*entry);
  if (load == entry->load) return entry;
  auto node = state_->tree.extract(entry);
  node.value().load = load;
  node.value().sequence = ++sequence_;
  const auto place = state_->tree.insert(std::move(node)).position;
  state_->places.find(place->server)->second = place;
  return place;
}

/// Makes sure that the first entry is where it belongs; each round moves a stale one, at most all
/// once.
void LeastConn::settle_first() noexcept {
  for (std::size_t i = 0; i < state_->tree.size(); ++i) {
    const auto first = state_->tree.begin();
    if (load_of(*first) == first->load) return;
    move(first);
  }
}

Pick LeastConn::pick(const PickRequest& request) noexcept {
  if (backend_.queue.waiting_for_any() != 0 && backend_.usable_servers() != 0) {
    return {PickResult::AllSaturated, nullptr};
  }
  const std::lock_guard guard(lock_);
  if (state_ == nullptr || state_->tree.empty()) return {};
  settle_first();
  bool usable = false;
  auto avoided = state_->tree.end();
  for (auto entry = state_->tree.begin(); entry != state_->tree.end(); ++entry) {
    usable = usable || entry->server->state().accepts_new();
    if (entry->server == request.avoid) {
      avoided = entry;
    } else if (take(*entry->server)) {
      return {PickResult::Picked, move(entry)->server};
    }
  }
  if (avoided != state_->tree.end() && take(*avoided->server))
    return {PickResult::Picked, move(avoided)->server};
  return {usable ? PickResult::AllSaturated : PickResult::NoneUsable, nullptr};
}

void LeastConn::released(model::ServerLive& server) noexcept {
  const std::lock_guard guard(lock_);
  if (state_ == nullptr) return;
  if (const auto found = state_->places.find(&server); found != state_->places.end())
    move(found->second);
}

std::shared_ptr<const void> LeastConn::rebuild() {
  auto next = std::make_shared<State>();
  std::uint64_t sequence = 0;
  for (const Candidate& candidate : collect_usable(servers_, backups_, backend_)) {
    Entry entry{0, ++sequence, candidate.weight, candidate.server};
    entry.load = load_of(entry);
    next->places.emplace(candidate.server, next->tree.insert(entry).first);
  }
  const std::lock_guard guard(lock_);
  sequence_ = std::max(sequence_, sequence);
  return std::exchange(state_, std::move(next));
}

}  // namespace sluice::balance
