#include "model/queue.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/release.h"
#include "support/catch.h"

using namespace sluice::model;

namespace {

struct RecordingWaiter final : Waiter {
  RecordingWaiter(std::vector<int>& order, int id) : order(order), id(id) {}
  void wake() noexcept override { order.push_back(id); }
  std::vector<int>& order;
  int id;
};

struct QueueFixture {
  QueueFixture() {
    first.limiter.set_max(1);
    second.limiter.set_max(1);
    REQUIRE(first.limiter.try_acquire());
    REQUIRE(second.limiter.try_acquire());
  }
  BackendLive backend{"be"};
  ServerLive& first = backend.server("s1", 1);
  ServerLive& second = backend.server("s2", 2);
  std::vector<int> order;
  RecordingWaiter a{order, 1}, b{order, 2}, c{order, 3};
};

void set_admin(ServerLive& server, AdminState admin) {
  ServerStateWord state = server.state();
  state.admin = admin;
  server.set_state(state);
}

}  // namespace

TEST_CASE_METHOD(QueueFixture,
                 "waiters are served by arrival across the bound and the common queue") {
  backend.queue.enter(a, nullptr);
  backend.queue.enter(b, &first);
  backend.queue.enter(c, nullptr);
  release_slot(first);
  release_slot(first);
  release_slot(first);
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(a.granted() == &first);
  CHECK(b.granted() == &first);
  CHECK(first.limiter.used() == 1);
}

TEST_CASE_METHOD(QueueFixture, "a slot is passed on without being freed in between") {
  backend.queue.enter(a, nullptr);
  release_slot(second);
  CHECK(a.state() == Waiter::State::Granted);
  CHECK(a.granted() == &second);
  CHECK(second.limiter.used() == 1);
  CHECK_FALSE(second.limiter.has_room());
}

TEST_CASE_METHOD(QueueFixture, "a waiter bound to one server is not served by another") {
  backend.queue.enter(a, &first);
  release_slot(second);
  CHECK(a.state() == Waiter::State::Queued);
  CHECK(second.limiter.used() == 0);
  release_slot(first);
  CHECK(a.granted() == &first);
}

TEST_CASE_METHOD(QueueFixture, "the gauges and the announcements follow the queue") {
  backend.queue.enter(a, nullptr);
  backend.queue.enter(b, &first);
  CHECK(backend.queue.length() == 2);
  CHECK(backend.queue.waiting_for_any() == 1);
  CHECK(backend.queued.value() == 1);
  CHECK(first.queued.value() == 1);
  CHECK(first.limiter.waiting() == 1);
  CHECK(backend.queue.cancel(a));
  release_slot(first);
  CHECK(backend.queue.length() == 0);
  CHECK(backend.queue.waiting_for_any() == 0);
  CHECK(backend.queued.value() == 0);
  CHECK(backend.queued.max() == 1);
  CHECK(first.queued.value() == 0);
  CHECK(first.limiter.waiting() == 0);
}

TEST_CASE_METHOD(QueueFixture,
                 "a cancelled waiter is forgotten and a granted one cannot be cancelled") {
  backend.queue.enter(a, nullptr);
  backend.queue.enter(b, nullptr);
  CHECK(backend.queue.cancel(a));
  CHECK(a.state() == Waiter::State::Idle);
  CHECK_FALSE(backend.queue.cancel(a));
  release_slot(first);
  CHECK(order == std::vector<int>{2});
  CHECK_FALSE(backend.queue.cancel(b));
  b.settle();
  release_slot(first);
  CHECK(first.limiter.used() == 0);
}

TEST_CASE_METHOD(QueueFixture,
                 "a slot that was freed before the waiter was seen is found by its second test") {
  release_slot(first);
  backend.queue.enter(a, nullptr);
  offer_after_enter(second);
  CHECK(a.state() == Waiter::State::Queued);
  offer_after_enter(first);
  CHECK(a.granted() == &first);
}

TEST_CASE_METHOD(QueueFixture, "a raised maxconn serves as many as it has room for") {
  backend.queue.enter(a, &first);
  backend.queue.enter(b, nullptr);
  backend.queue.enter(c, nullptr);
  first.limiter.set_max(3);
  backend.queue.hand_over(first);
  CHECK(order == std::vector<int>{1, 2});
  CHECK(first.limiter.used() == 3);
}

TEST_CASE_METHOD(QueueFixture, "a lowered maxconn is reached by releases that pass nothing on") {
  first.limiter.set_max(3);
  REQUIRE(first.limiter.try_acquire());
  REQUIRE(first.limiter.try_acquire());
  first.limiter.set_max(1);
  backend.queue.enter(a, &first);
  release_slot(first);
  release_slot(first);
  CHECK(a.state() == Waiter::State::Queued);
  CHECK(first.limiter.used() == 1);
  release_slot(first);
  CHECK(a.granted() == &first);
  CHECK(first.limiter.used() == 1);
}

TEST_CASE_METHOD(QueueFixture, "a DRAIN server serves those bound to it and nobody new") {
  set_admin(first, AdminState::Drain);
  backend.queue.enter(a, nullptr);
  backend.queue.enter(b, &first);
  release_slot(first);
  CHECK(order == std::vector<int>{2});
  release_slot(first);
  CHECK(a.state() == Waiter::State::Queued);
  CHECK(first.limiter.used() == 0);
}

TEST_CASE_METHOD(QueueFixture, "who comes back to a server that is down is served all the same") {
  set_admin(first, AdminState::Maint);
  backend.queue.enter(a, &first);
  release_slot(first);
  CHECK(a.granted() == &first);
}

TEST_CASE_METHOD(QueueFixture,
                 "a server that takes no more sends its bound waiters back to be balanced") {
  backend.queue.enter(a, &first);
  backend.queue.enter(b, nullptr);
  backend.queue.enter(c, &first);
  set_admin(first, AdminState::Maint);
  backend.queue.redistribute(first);
  CHECK(order == std::vector<int>{1, 3});
  CHECK(a.state() == Waiter::State::Granted);
  CHECK(a.granted() == nullptr);
  CHECK(b.state() == Waiter::State::Queued);
  CHECK(first.limiter.waiting() == 0);
  CHECK(first.limiter.used() == 1);
}

TEST_CASE_METHOD(QueueFixture, "a lower class comes first, then a smaller offset, then who came") {
  backend.queue.enter(a, nullptr, {1, -500'000}, 10);
  backend.queue.enter(b, nullptr, {0, 500}, 20);
  backend.queue.enter(c, &first, {0, 0}, 30);
  for (int i = 0; i < 3; ++i) release_slot(first);
  CHECK(order == std::vector<int>{3, 2, 1});
}

TEST_CASE_METHOD(QueueFixture, "an older clock of another worker does not overtake") {
  backend.queue.enter(a, nullptr, {}, 30);
  backend.queue.enter(b, nullptr, {}, 20);
  release_slot(first);
  release_slot(first);
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE_METHOD(QueueFixture, "a position counts who was served, not who left") {
  backend.queue.enter(a, nullptr);
  backend.queue.enter(b, nullptr);
  backend.queue.enter(c, nullptr, {-1, 0});
  CHECK(backend.queue.cancel(a));
  CHECK(a.position() == 1);
  release_slot(first);
  release_slot(first);
  CHECK(order == std::vector<int>{3, 2});
  CHECK(c.position() == 1);
  CHECK(b.position() == 2);
  CHECK_FALSE(b.was_bound());
}

TEST_CASE_METHOD(QueueFixture, "all who are bound are sent away once, whatever their order") {
  backend.queue.enter(a, &first, {5, 0});
  backend.queue.enter(b, &first, {-5, 0});
  backend.queue.enter(c, &first);
  backend.queue.redistribute(first);
  CHECK(order == std::vector<int>{2, 3, 1});
  CHECK(first.limiter.waiting() == 0);
  CHECK(a.granted() == nullptr);
}

TEST_CASE("a tree of waiters gives them in order, whatever comes and goes") {
  BackendLive backend{"be"};
  ServerLive& server = backend.server("s", 1);
  server.limiter.set_max(1);
  REQUIRE(server.limiter.try_acquire());
  std::vector<int> order;
  std::vector<std::unique_ptr<RecordingWaiter>> waiters;
  std::uint32_t seed = 7;
  const auto random = [&seed] { return (seed = seed * 1'664'525 + 1'013'904'223) >> 8; };
  std::vector<std::pair<int, int>> wanted;  // class, number
  for (int i = 0; i < 2'000; ++i) {
    waiters.push_back(std::make_unique<RecordingWaiter>(order, i));
    const int level = static_cast<int>(random() % 9) - 4;
    backend.queue.enter(*waiters.back(), random() % 2 == 0 ? &server : nullptr, {level, 0});
    wanted.emplace_back(level, i);
    if (i % 3 != 0) continue;
    const std::size_t gone = random() % wanted.size();
    CHECK(backend.queue.cancel(*waiters[static_cast<std::size_t>(wanted[gone].second)]));
    wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  std::sort(wanted.begin(), wanted.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) release_slot(server);
  REQUIRE(order.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(order[i] == wanted[i].second);
  CHECK(backend.queue.length() == 0);
}
