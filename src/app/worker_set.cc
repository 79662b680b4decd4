#include "app/worker_set.h"

#include <atomic>
#include <optional>
#include <random>
#include <utility>

#include "app/crash.h"
#include "app/watchdog.h"
#include "net/turn_counter.h"

namespace sluice::app {

WorkerSet::WorkerSet(std::size_t count, proxy::Shared& shared, const proxy::WorkerLimits& limits,
                     net::Mailbox& control)
    : control_(control) {
  std::random_device entropy;
  for (std::size_t slot = 0; slot < count; ++slot) {
    auto member = std::make_unique<Member>();
    member->loop = net::make_uv_loop();
    const std::uint64_t seed = (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
    member->worker = std::make_unique<proxy::Worker>(slot, *member->loop, shared, limits, seed);
    members_.push_back(std::move(member));
  }
  for (const auto& member : members_) shared.workers.push_back(member->worker.get());
}

WorkerSet::~WorkerSet() {
  stop();
  for (const auto& member : members_) member->worker.reset();
}

void WorkerSet::start() {
  running_ = true;
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    Member& member = *members_[slot];
    member.thread = std::thread([&member, slot] {
      const std::string name = "sluice/" + std::to_string(slot + 1);
      pthread_setname_np(pthread_self(), name.c_str());
      const CrashStack stack;
      const auto turns = net::count_turns(*member.loop);
      std::optional<Watchdog> dog;
      if (turns) (void)dog.emplace(turns->turns()).start();
      member.loop->run();
    });
  }
}

void WorkerSet::stop() {
  if (!running_) return;
  for (const auto& member : members_) {
    Member* each = member.get();
    each->worker->mailbox().run([each] {
      each->worker->stop_now();
      each->loop->stop();
    });
  }
  for (const auto& member : members_) member->thread.join();
  running_ = false;
  // Mail that was on its way (a handed-over connection, a grant, a service's reply) is delivered
  // while everybody whom it may touch still exists.
  for (bool more = true; more;) {
    more = control_.deliver_pending();
    for (const auto& member : members_) {
      member->worker->stop_now();
      if (member->worker->mailbox().deliver_pending()) more = true;
    }
  }
}

void WorkerSet::each(std::function<void(std::size_t)> ask, std::function<void()> done) {
  if (!running_) {
    for (std::size_t slot = 0; slot < members_.size(); ++slot) ask(slot);
    if (done) done();
    return;
  }
  struct Question {
    std::function<void(std::size_t)> ask;
    std::function<void()> done;
    std::atomic<std::size_t> open{0};
  };
  auto question = std::make_shared<Question>();
  question->ask = std::move(ask);
  question->done = std::move(done);
  question->open = members_.size();
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    members_[slot]->worker->mailbox().run([this, question, slot] {
      question->ask(slot);
      if (question->open.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      control_.run([question] {
        if (question->done) question->done();
      });
    });
  }
}

std::uint32_t WorkerSet::load() const {
  std::uint32_t total = 0;
  for (const auto& member : members_) total += member->worker->load();
  return total;
}

}  // namespace sluice::app
