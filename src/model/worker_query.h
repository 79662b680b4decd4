// A question to every worker, asked by the control thread, answered by each in its own thread (show
// sess, kills, what holds a drain, quiescence). Implemented by app/ over the workers' mailboxes.
#pragma once

#include <cstddef>
#include <functional>

namespace sluice::model {

class WorkerQuery {
 public:
  virtual ~WorkerQuery() = default;
  /// Runs `ask` once in every worker's thread (its slot is the argument), then `done` on the
  /// control thread. `ask` must not block. Both are called exactly once per worker and per call.
  virtual void each(std::function<void(std::size_t slot)> ask, std::function<void()> done) = 0;
  [[nodiscard]] virtual std::size_t workers() const = 0;
};

}  // namespace sluice::model
