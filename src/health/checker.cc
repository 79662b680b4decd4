#include "health/checker.h"

#include <utility>

namespace sluice::health {

void Checker::configure(const CheckerOptions& options, CheckTargets targets) {
  context_.spread = options.spread;
  context_.reply_limit = options.reply_limit;
  context_.node = options.node;
  context_.random = base::Random(options.seed);
  auto previous = std::exchange(checks_, {});
  std::vector<std::uint32_t> intervals;
  std::vector<CheckTarget> fresh;
  for (CheckTarget& target : targets.checks) {
    intervals.push_back(interval_ms(target.options, target.server->state()));
    const auto found = previous.find(target.server->id());
    if (found == previous.end()) {
      fresh.push_back(std::move(target));
      continue;
    }
    found->second->update(std::move(target));
    checks_.insert(previous.extract(found));
  }
  const std::uint32_t shortest = shortest_spreading_ms(intervals);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const std::uint32_t interval = interval_ms(fresh[i].options, fresh[i].server->state());
    const std::uint32_t offset =
        first_offset_ms(interval, shortest, i, fresh.size(), context_.spread);
    const std::uint64_t id = fresh[i].server->id();
    checks_.emplace(id, std::make_unique<ServerCheck>(context_, std::move(fresh[i]), offset));
  }
  configure_agents(std::move(targets.agents));
}

void Checker::check_within(const model::ServerLive& server, std::uint32_t within_ms) {
  const auto found = checks_.find(server.id());
  if (found != checks_.end()) found->second->hurry(within_ms);
}

void Checker::configure_agents(std::vector<AgentTarget> targets) {
  auto previous = std::exchange(agents_, {});
  std::vector<std::uint32_t> intervals;
  for (const AgentTarget& target : targets) intervals.push_back(target.inter_ms);
  const std::uint32_t shortest = shortest_spreading_ms(intervals);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::uint64_t id = targets[i].server->id();
    const auto found = previous.find(id);
    if (found != previous.end()) {
      found->second->update(std::move(targets[i]));
      agents_.insert(previous.extract(found));
      continue;
    }
    const std::uint32_t offset =
        first_offset_ms(intervals[i], shortest, i, targets.size(), context_.spread);
    agents_.emplace(id, std::make_unique<AgentCheck>(context_, std::move(targets[i]), offset));
  }
}

}  // namespace sluice::health
