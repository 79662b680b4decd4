#include "balance/first.h"

#include <algorithm>

namespace sluice::balance {

First::First(model::BackendLive& backend, std::span<const ServerSlot> servers, BackupUse backups)
    : backend_(backend), servers_(servers.begin(), servers.end()), backups_(backups) {}

Pick First::pick(const PickRequest& request) noexcept {
  const std::vector<Candidate>* candidates = by_id_.read();
  if (candidates == nullptr || candidates->empty()) return {};
  if (backend_.queue.waiting_for_any() != 0) return {PickResult::AllSaturated, nullptr};
  return take_any(*candidates, 0, request.avoid);
}

std::shared_ptr<const void> First::rebuild() {
  auto next =
      std::make_shared<std::vector<Candidate>>(collect_usable(servers_, backups_, backend_));
  std::stable_sort(next->begin(), next->end(), [](const Candidate& a, const Candidate& b) {
    return a.server->numeric_id < b.server->numeric_id;
  });
  return by_id_.replace(std::move(next));
}

}  // namespace sluice::balance
