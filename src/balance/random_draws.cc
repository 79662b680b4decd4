#include "balance/random_draws.h"

#include <algorithm>

namespace sluice::balance {
namespace {

/// Is `a` less loaded than `b`, each for its weight?
bool is_less_loaded(const Candidate& a, const Candidate& b) noexcept {
  return std::uint64_t{a.server->limiter.used()} * b.weight <
         std::uint64_t{b.server->limiter.used()} * a.weight;
}

}  // namespace

RandomDraws::RandomDraws(std::uint32_t draws, std::uint32_t balance_factor,
                         model::BackendLive& backend, std::span<const ServerSlot> servers,
                         BackupUse backups)
    : draws_(draws),
      balance_factor_(balance_factor),
      backend_(backend),
      servers_(servers.begin(), servers.end()),
      backups_(backups) {}

std::size_t RandomDraws::Urn::draw(base::Random& random, std::uint64_t demand) const noexcept {
  const std::uint64_t ticket = random.below(up_to.back());
  auto drawn = static_cast<std::size_t>(std::upper_bound(up_to.begin(), up_to.end(), ticket) -
                                        up_to.begin());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (bound.admits(candidates, drawn, demand)) break;
    drawn = (drawn + 1) % candidates.size();
  }
  return drawn;
}

Pick RandomDraws::pick(const PickRequest& request) noexcept {
  const Urn* urn = urn_.read();
  if (urn == nullptr || urn->candidates.empty()) return {};
  if (backend_.queue.waiting_for_any() != 0) return {PickResult::AllSaturated, nullptr};
  if (request.random == nullptr) return take_any(urn->candidates, 0, request.avoid);
  const std::uint64_t demand = urn->bound.is_set() ? urn->bound.demand(urn->candidates) : 0;
  std::size_t best = urn->draw(*request.random, demand);
  for (std::uint32_t i = 1; i < draws_; ++i) {
    const std::size_t other = urn->draw(*request.random, demand);
    if (is_less_loaded(urn->candidates[other], urn->candidates[best])) best = other;
  }
  return take_any(urn->candidates, best, request.avoid);
}

std::shared_ptr<const void> RandomDraws::rebuild() {
  auto next = std::make_shared<Urn>();
  next->candidates = collect_usable(servers_, backups_, backend_);
  std::uint64_t sum = 0;
  for (const Candidate& candidate : next->candidates)
    next->up_to.push_back(sum += candidate.weight);
  next->bound = LoadBound(balance_factor_, next->candidates);
  return urn_.replace(std::move(next));
}

}  // namespace sluice::balance
