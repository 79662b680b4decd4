// All health checks of the process, on the control thread's loop: one ServerCheck per server,
// whatever the number of workers. A reload replaces the set; servers that stay keep their schedule
// and their state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/agent_check.h"
#include "health/check_context.h"
#include "health/server_check.h"

namespace sluice::health {

struct CheckerOptions {
  Spread spread;
  std::size_t reply_limit = 16'384;  // tune.bufsize
  std::string node;                  // names the proxy to servers (send-state)
  std::uint64_t seed = 1;            // of the random part of intervals
};

class Checker {
 public:
  Checker(net::Loop& loop, Sink& sink) : context_{loop, sink, base::Random(1), {}, 16'384, {}} {}

  /// The servers to check from now on. First checks of new ones are spread as HAProxy does at its
  /// start; those of servers that are gone end without a report. Not to be called from a Sink.
  void configure(const CheckerOptions& options, CheckTargets targets);
  /// The next check of that server is not to be later.
  void check_within(const model::ServerLive& server, std::uint32_t within_ms);
  [[nodiscard]] std::size_t count() const { return checks_.size(); }

 private:
  void configure_agents(std::vector<AgentTarget> targets);

  CheckContext context_;
  std::unordered_map<std::uint64_t, std::unique_ptr<AgentCheck>> agents_;   // likewise
  std::unordered_map<std::uint64_t, std::unique_ptr<ServerCheck>> checks_;  // by ServerLive::id()
};

}  // namespace sluice::health
