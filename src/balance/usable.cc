#include "balance/usable.h"

namespace sluice::balance {

std::vector<Candidate> collect_usable(std::span<const ServerSlot> servers, BackupUse backups,
                                      model::BackendLive& backend, SlowStart slow_start) {
  std::vector<Candidate> active;
  std::vector<Candidate> backup;
  for (const ServerSlot& slot : servers) {
    const model::ServerStateWord state = slot.live->state();
    if (!state.accepts_new()) continue;
    const std::uint32_t share = slow_start == SlowStart::Heeded
                                    ? slot.live->warm_share.load(std::memory_order_relaxed)
                                    : model::ServerLive::kFullShare;
    (slot.config->backup ? backup : active).push_back({slot.live, state.weight * share});
  }
  backend.active_servers.store(static_cast<std::uint32_t>(active.size()),
                               std::memory_order_relaxed);
  backend.backup_servers.store(static_cast<std::uint32_t>(backup.size()),
                               std::memory_order_relaxed);
  if (active.empty()) {
    active = std::move(backup);
    if (backups == BackupUse::First && active.size() > 1) active.resize(1);
  }
  for (const ServerSlot& slot : servers)
    slot.live->in_rotation.store(false, std::memory_order_relaxed);
  for (const Candidate& c : active) c.server->in_rotation.store(true, std::memory_order_release);
  std::uint32_t total = 0;
  for (const Candidate& candidate : active) total += candidate.weight;
  constexpr std::uint32_t kFull = model::ServerLive::kFullShare;
  backend.total_weight.store((total + kFull - 1) / kFull, std::memory_order_relaxed);
  return active;
}

bool is_open(const model::ServerLive& server) noexcept {
  return server.state().accepts_new() && server.limiter.waiting() == 0;
}

bool take(model::ServerLive& server) noexcept {
  return is_open(server) && server.limiter.try_acquire();
}

Pick take_bound(model::ServerLive& server, std::span<const Candidate> candidates) noexcept {
  if (take(server)) return {PickResult::Picked, &server};
  if (server.state().accepts_new()) return {PickResult::BoundSaturated, &server};
  return take_any(candidates, 0, nullptr);
}

Pick take_any(std::span<const Candidate> candidates, std::size_t start,
              const model::ServerLive* avoid) noexcept {
  model::ServerLive* avoided = nullptr;
  bool usable = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    model::ServerLive& server = *candidates[(start + i) % candidates.size()].server;
    usable = usable || server.state().accepts_new();
    if (&server == avoid) {
      avoided = &server;
    } else if (take(server)) {
      return {PickResult::Picked, &server};
    }
  }
  if (avoided != nullptr && take(*avoided)) return {PickResult::Picked, avoided};
  return {usable ? PickResult::AllSaturated : PickResult::NoneUsable, nullptr};
}

}  // namespace sluice::balance
