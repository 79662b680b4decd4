// What an object's durations were since one last looked. Control thread. Costs a look at one sum
// per worker where nothing was timed meanwhile.
#pragma once

#include <memory>

#include "model/counters.h"

namespace sluice::admin {

class LatencyWatch {
 public:
  /// Adds what came since the last call to `since`; true: there was something. The first call of an
  /// object that has a past takes that for seen.
  bool take(const model::CounterSet& counters, model::Durations& since);

 private:
  std::unique_ptr<model::Durations> seen_;  // null: nothing was timed yet
  std::uint64_t seen_ns_ = 0;
  bool looked_ = false;
};

}  // namespace sluice::admin
