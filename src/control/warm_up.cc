#include "control/warm_up.h"

#include <algorithm>

#include "model/proxy_live.h"

namespace sluice::control {
namespace {

constexpr std::uint32_t kSteps = 20;
constexpr std::uint32_t kLeastStepMs = 50;

void set_share(model::ServerLive& server, std::uint64_t elapsed_ms, std::uint32_t slowstart_ms) {
  constexpr std::uint32_t kFull = model::ServerLive::kFullShare;
  const std::uint64_t elapsed = std::min<std::uint64_t>(elapsed_ms, slowstart_ms);
  const std::uint64_t share = std::min<std::uint64_t>(kFull, kFull * elapsed / slowstart_ms + 1);
  server.warm_share.store(static_cast<std::uint32_t>(share), std::memory_order_relaxed);
  server.limiter.set_share(static_cast<std::uint32_t>(100 * elapsed / slowstart_ms));
}

}  // namespace

void WarmUp::note(model::ServerLive& server, const model::Server& config,
                  const model::ServerStateWord& before, const model::ServerStateWord& after,
                  std::uint64_t now_ms) {
  const auto runs = [](const model::ServerStateWord& state) {
    return state.accepts_known() && state.oper == model::OperState::Up;
  };
  if (runs(before) == runs(after)) return;
  forget(&server);
  server.warm_share.store(model::ServerLive::kFullShare, std::memory_order_relaxed);
  server.limiter.set_share(100);
  if (!runs(after) || config.slowstart_ms == 0) return;
  set_share(server, 0, config.slowstart_ms);
  const std::uint32_t step = std::max(config.slowstart_ms / kSteps, kLeastStepMs);
  warming_.push_back(
      {&server, server.backend().name(), now_ms, now_ms + step, config.slowstart_ms});
}

std::vector<WarmUp::Grown> WarmUp::grow(std::uint64_t now_ms) {
  std::vector<Grown> grown;
  for (Warming& one : warming_) {
    if (one.next_ms > now_ms) continue;
    set_share(*one.server, now_ms - one.began_ms, one.slowstart_ms);
    one.next_ms = now_ms + std::max(one.slowstart_ms / kSteps, kLeastStepMs);
    grown.push_back({one.backend, one.server, now_ms >= one.began_ms + one.slowstart_ms});
  }
  std::erase_if(warming_, [now_ms](const Warming& one) {
    return now_ms >= one.began_ms + one.slowstart_ms && one.next_ms > now_ms;
  });
  return grown;
}

std::uint64_t WarmUp::next_ms() const noexcept {
  std::uint64_t next = kNever;
  for (const Warming& one : warming_) next = std::min(next, one.next_ms);
  return next;
}

void WarmUp::forget_retired() {
  std::erase_if(warming_, [](const Warming& one) { return one.server->retired.load(); });
}

void WarmUp::forget(const model::ServerLive* server) {
  std::erase_if(warming_, [server](const Warming& one) { return one.server == server; });
}

}  // namespace sluice::control
