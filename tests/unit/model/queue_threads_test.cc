// Threads that acquire, wait, cancel and release at random: nothing is lost, granted twice or left
// over.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "base/random.h"
#include "model/queue.h"
#include "model/release.h"
#include "support/catch.h"

using namespace sluice::model;

namespace {

struct SpinningWaiter final : Waiter {
  void wake() noexcept override { woken.fetch_add(1, std::memory_order_release); }
  std::atomic<int> woken{0};
};

constexpr int kServers = 3;
constexpr int kThreads = 4;
constexpr int kRequests = 20'000;

struct Arena {
  Arena() {
    for (int i = 0; i < kServers; ++i) {
      servers[i] = &backend.server("s" + std::to_string(i), static_cast<std::uint64_t>(i) + 1);
      servers[i]->limiter.set_max(1);
    }
  }
  BackendLive backend{"be"};
  ServerLive* servers[kServers];
  std::atomic<int> at_work[kServers] = {};
  std::atomic<int> too_many{0}, served{0}, cancelled{0}, redistributed{0};
};

int index_of(const Arena& arena, const ServerLive* server) {
  for (int i = 0; i < kServers; ++i) {
    if (arena.servers[i] == server) return i;
  }
  return -1;
}

void work(Arena& arena, ServerLive& server, sluice::base::Random& random) {
  auto& at_work = arena.at_work[index_of(arena, &server)];
  if (at_work.fetch_add(1) + 1 > 1) arena.too_many.fetch_add(1);
  if (random.below(8) == 0) std::this_thread::yield();
  at_work.fetch_sub(1);
  arena.served.fetch_add(1);
  release_slot(server);
}

ServerLive* try_some(Arena& arena, sluice::base::Random& random) {
  const std::uint64_t start = random.below(kServers);
  for (std::uint64_t i = 0; i < kServers; ++i) {
    ServerLive* server = arena.servers[(start + i) % kServers];
    if (server->limiter.try_acquire()) return server;
  }
  return nullptr;
}

/// Queues, and waits or gives up; returns the server whose slot it got.
ServerLive* wait_in_queue(Arena& arena, SpinningWaiter& waiter, sluice::base::Random& random) {
  const int woken_before = waiter.woken.load();
  ServerLive* bound = random.below(3) == 0 ? arena.servers[random.below(kServers)] : nullptr;
  arena.backend.queue.enter(waiter, bound);
  for (ServerLive* server : arena.servers) {
    if (bound == nullptr || bound == server) offer_after_enter(*server);
  }
  std::uint64_t patience = random.below(4) == 0 ? random.below(3) : ~std::uint64_t{0};
  while (waiter.woken.load(std::memory_order_acquire) == woken_before) {
    if (patience-- == 0 && arena.backend.queue.cancel(waiter)) {
      arena.cancelled.fetch_add(1);
      return nullptr;
    }
    std::this_thread::yield();
  }
  ServerLive* granted = waiter.granted();
  if (granted == nullptr) arena.redistributed.fetch_add(1);
  waiter.settle();
  return granted;
}

void client(Arena& arena, std::uint64_t seed) {
  sluice::base::Random random(seed);
  SpinningWaiter waiter;
  for (int i = 0; i < kRequests; ++i) {
    ServerLive* server = try_some(arena, random);
    if (server == nullptr) server = wait_in_queue(arena, waiter, random);
    if (server != nullptr) work(arena, *server, random);
  }
}

}  // namespace

TEST_CASE("no slot is lost or granted twice while threads wait, cancel and release", "[threads]") {
  Arena arena;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&arena, t] { client(arena, 11U + static_cast<unsigned>(t)); });
  std::atomic<bool> stop{false};
  std::thread control([&] {
    while (!stop.load()) {
      arena.backend.queue.redistribute(*arena.servers[0]);
      std::this_thread::yield();
    }
  });
  for (auto& thread : threads) thread.join();
  stop.store(true);
  control.join();

  CHECK(arena.too_many.load() == 0);
  CHECK(arena.served.load() + arena.cancelled.load() + arena.redistributed.load() ==
        kThreads * kRequests);
  CHECK(arena.backend.queue.length() == 0);
  CHECK(arena.backend.queue.waiting_for_any() == 0);
  for (ServerLive* server : arena.servers) {
    CHECK(server->limiter.used() == 0);
    CHECK(server->limiter.waiting() == 0);
    CHECK(server->limiter.peak() == 1);
  }
}
