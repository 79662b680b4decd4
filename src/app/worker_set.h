// The workers of the process: a loop and a thread each. Implements the questions that the control
// thread asks of all of them. Made, started and joined by the control thread.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "model/worker_query.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "proxy/worker.h"

namespace sluice::app {

class WorkerSet final : public model::WorkerQuery {
 public:
  /// `control` is the mailbox of the control thread, where answers go.
  WorkerSet(std::size_t count, proxy::Shared& shared, const proxy::WorkerLimits& limits,
            net::Mailbox& control);
  ~WorkerSet() override;
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;

  /// The threads begin; before that, what is asked runs at once in the caller's thread.
  void start();
  /// Every worker stops and its thread ends.
  void stop();
  void each(std::function<void(std::size_t slot)> ask, std::function<void()> done) override;
  [[nodiscard]] std::size_t workers() const override { return members_.size(); }
  [[nodiscard]] proxy::Worker& worker(std::size_t slot) { return *members_[slot]->worker; }
  /// Client connections of all workers.
  [[nodiscard]] std::uint32_t load() const;
  /// The native handle of a worker's thread, for the watchdog.
  [[nodiscard]] std::thread& thread(std::size_t slot) { return members_[slot]->thread; }

 private:
  struct Member {
    std::unique_ptr<net::Loop> loop;
    std::unique_ptr<proxy::Worker> worker;
    std::thread thread;
  };
  std::vector<std::unique_ptr<Member>> members_;
  net::Mailbox& control_;
  bool running_ = false;
};

}  // namespace sluice::app
