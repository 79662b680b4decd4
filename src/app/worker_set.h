// The workers of the process: a loop and a thread each. Implements the questions that the control
// thread asks of all of them. Made, started and joined by the control thread. A worker that is too
// many leaves: it goes on until its last connection has ended, and may be called back before.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <thread>

#include "model/worker_query.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "net/timer_wheel.h"
#include "proxy/worker.h"

namespace sluice::app {

class WorkerSet final : public model::WorkerQuery, private net::Timer {
 public:
  /// `control` is the loop of the control thread, `answers` its mailbox.
  WorkerSet(std::size_t count, proxy::Shared& shared, const proxy::WorkerLimits& limits,
            net::Loop& control, net::Mailbox& answers);
  ~WorkerSet() override;
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;

  /// The threads begin; before that, what is asked runs at once in the caller's thread.
  void start();
  /// Every worker stops and its thread ends.
  void stop();
  /// When they are stopped: gives receivers of log lines until then (the monotonic clock's).
  void finish_logs(std::uint64_t end_ms) noexcept;

  /// Makes the workers up to `count` that are not there. They are handed nothing yet.
  void grow(std::size_t count);
  /// From now on the first `count` share the connections; the others leave. To be called when each
  /// of them has a configuration. `bound_ms`: one that leaves closes what it still has after so
  /// long (hard-stop-after); 0: it waits for them.
  void settle(std::size_t count, std::uint64_t bound_ms);

  void each(std::function<void(std::size_t slot)> ask, std::function<void()> done) override;
  [[nodiscard]] std::size_t workers() const override { return threads(); }
  [[nodiscard]] proxy::Worker& worker(std::size_t slot) { return *members_[slot]->worker; }
  /// Threads that there are, leaving ones included.
  [[nodiscard]] std::size_t threads() const;
  /// Client connections of all workers.
  [[nodiscard]] std::uint32_t load() const;

 private:
  struct Member {
    std::unique_ptr<net::Loop> loop;
    std::unique_ptr<proxy::Worker> worker;
    std::thread thread;
    bool leaving = false;
    std::uint64_t leave_by_ms = 0;  // 0: no matter when
    bool ending = false;            // taken out; its thread ends when the others were quiescent
  };
  static void run(Member& member, std::size_t slot);
  void leave(Member& member, std::uint64_t bound_ms);
  void make(std::size_t slot);
  void on_timer() noexcept override;  // did the last connection of one that leaves end?
  void end(std::size_t slot);

  // By slot; null: nobody. Workers look at their own place while others are filled.
  std::array<std::unique_ptr<Member>, proxy::WorkerTable::kSlots> members_;
  proxy::Shared& shared_;
  const proxy::WorkerLimits limits_;
  net::Loop& control_;
  net::Mailbox& answers_;
  bool running_ = false;
};

}  // namespace sluice::app
