#include "app/worker_set.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <random>
#include <utility>

#include "app/crash.h"
#include "app/watchdog.h"
#include "base/crash_context.h"
#include "net/turn_counter.h"

namespace sluice::app {

namespace {
constexpr std::uint32_t kLookMs = 200;  // how often those that leave are looked at
}

WorkerSet::WorkerSet(std::size_t count, proxy::Shared& shared, const proxy::WorkerLimits& limits,
                     net::Loop& control, net::Mailbox& answers)
    : shared_(shared), limits_(limits), control_(control), answers_(answers) {
  grow(count);
  settle(count, 0);
}

WorkerSet::~WorkerSet() {
  stop();
  for (const auto& member : members_) {
    if (member) member->worker.reset();
  }
}

void WorkerSet::make(std::size_t slot) {
  std::random_device entropy;
  auto member = std::make_unique<Member>();
  member->loop = net::make_uv_loop();
  const std::uint64_t seed = (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
  member->worker = std::make_unique<proxy::Worker>(slot, *member->loop, shared_, limits_, seed);
  members_[slot] = std::move(member);
  if (running_) run(*members_[slot], slot);
}

void WorkerSet::grow(std::size_t count) {
  for (std::size_t slot = 0; slot < count; ++slot) {
    if (members_[slot] == nullptr) make(slot);
  }
}

void WorkerSet::settle(std::size_t count, std::uint64_t bound_ms) {
  bool leaving = false;
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    Member* member = members_[slot].get();
    if (member == nullptr) continue;
    const bool left_before = member->leaving;
    member->leaving = slot >= count;
    leaving = leaving || member->leaving;
    member->worker->set_leaving(member->leaving);
    if (!member->leaving) shared_.workers.set(slot, member->worker.get());
    if (member->leaving && !left_before) leave(*member, bound_ms);
  }
  if (leaving) Timer::arm(control_.timers(), control_.now_ms() + kLookMs);
}

void WorkerSet::leave(Member& member, std::uint64_t bound_ms) {
  member.leave_by_ms = bound_ms != 0 ? control_.now_ms() + bound_ms : 0;
  member.worker->mailbox().run([worker = member.worker.get()] { worker->close_idle_clients(); });
}

/// One that is handed nothing and has no connection is taken out; when every other worker has been
/// between two events since, nobody writes to it any more, and it ends.
void WorkerSet::on_timer() noexcept {
  bool leaving = false;
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    Member* member = members_[slot].get();
    if (member == nullptr || !member->leaving || member->ending) continue;
    leaving = true;
    if (member->leave_by_ms != 0 && control_.now_ms() >= member->leave_by_ms) {
      member->leave_by_ms = 0;
      member->worker->mailbox().run([worker = member->worker.get()] {
        if (worker->leaving()) worker->end_generations(UINT64_MAX);
      });
    }
    if (member->worker->load() != 0) continue;
    member->ending = true;
    shared_.workers.set(slot, nullptr);
    each([](std::size_t) {}, [this, slot] { end(slot); });
  }
  if (leaving) Timer::arm(control_.timers(), control_.now_ms() + kLookMs);
}

void WorkerSet::end(std::size_t slot) {
  Member& member = *members_[slot];
  member.ending = false;
  if (!member.leaving) {  // called back meanwhile
    shared_.workers.set(slot, member.worker.get());
    return;
  }
  if (member.worker->load() != 0) return;  // handed over before it was taken out
  member.worker->mailbox().run([&member] {
    member.worker->stop_now();
    member.loop->stop();
  });
  member.thread.join();
  member.worker->stop_now();
  while (member.worker->mailbox().deliver_pending()) {
  }
  members_[slot].reset();
}

void WorkerSet::run(Member& member, std::size_t slot) {
  member.thread = std::thread([&member, slot] {
    const std::string name = "sluice/" + std::to_string(slot + 1);
    pthread_setname_np(pthread_self(), name.c_str());
    base::crash_context.thread = name.c_str();
    const CrashStack stack;
    const auto turns = net::count_turns(*member.loop);
    std::optional<Watchdog> dog;
    if (turns) (void)dog.emplace(turns->turns()).start();
    member.loop->run();
  });
}

void WorkerSet::start() {
  running_ = true;
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    if (members_[slot]) run(*members_[slot], slot);
  }
}

void WorkerSet::stop() {
  if (!running_) return;
  Timer::disarm();
  for (const auto& member : members_) {
    if (!member) continue;
    Member* each = member.get();
    each->worker->mailbox().run([each] {
      each->worker->stop_now();
      each->loop->stop();
    });
  }
  for (const auto& member : members_) {
    if (member) member->thread.join();
  }
  running_ = false;
  shared_.passwords.stop();
  // Mail that was on its way (a handed-over connection, a grant, a service's reply) is delivered
  // while everybody whom it may touch still exists.
  for (bool more = true; more;) {
    more = answers_.deliver_pending();
    for (std::size_t slot = 0; slot < members_.size(); ++slot) {
      if (!members_[slot]) continue;
      members_[slot]->worker->stop_now();
      if (members_[slot]->worker->mailbox().deliver_pending()) more = true;
    }
  }
}

void WorkerSet::finish_logs(std::uint64_t end_ms) noexcept {
  for (const auto& member : members_) {
    if (member) member->worker->logs().finish(end_ms);
  }
}

void WorkerSet::each(std::function<void(std::size_t)> ask, std::function<void()> done) {
  if (!running_) {
    for (std::size_t slot = 0; slot < members_.size(); ++slot) {
      if (members_[slot]) ask(slot);
    }
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
  question->open = threads();
  for (std::size_t slot = 0; slot < members_.size(); ++slot) {
    if (!members_[slot]) continue;
    members_[slot]->worker->mailbox().run([this, question, slot] {
      question->ask(slot);
      if (question->open.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      answers_.run([question] {
        if (question->done) question->done();
      });
    });
  }
}

std::size_t WorkerSet::threads() const {
  return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(),
                                                [](const auto& each) { return each != nullptr; }));
}

std::uint32_t WorkerSet::load() const {
  std::uint32_t total = 0;
  for (const auto& member : members_) {
    if (member) total += member->worker->load();
  }
  return total;
}

}  // namespace sluice::app
