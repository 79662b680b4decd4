// Counts a loop's turns: a watchdog that sees the same number twice knows that the loop did not
// return. Written by the loop's thread once per turn; read by that thread's signal handler or any
// other thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "net/loop.h"

namespace sluice::net {

class TurnCounter {
 public:
  virtual ~TurnCounter() = default;
  [[nodiscard]] const std::atomic<std::uint64_t>& turns() const noexcept { return turns_; }

 protected:
  std::atomic<std::uint64_t> turns_{0};
};

/// Null on a loop that is not the real one.
[[nodiscard]] std::unique_ptr<TurnCounter> count_turns(Loop& loop);

}  // namespace sluice::net
