#include "admin/api_latency.h"

#include <utility>

namespace sluice::admin {

bool LatencyWatch::take(const model::CounterSet& counters, model::Durations& since) {
  const bool first = !std::exchange(looked_, true);
  const std::uint64_t ns = counters.timed_ns();
  if (std::exchange(seen_ns_, ns) == ns) return false;
  const model::Durations now = counters.durations();
  if (seen_ == nullptr) seen_ = std::make_unique<model::Durations>();
  model::Durations fresh = now;
  fresh.subtract(*seen_);
  *seen_ = now;
  if (first || fresh.count() == 0) return false;
  since.add(fresh);
  return true;
}

}  // namespace sluice::admin
