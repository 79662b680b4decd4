// What a worker does with idle connections when a configuration names their servers no more: some
// in each turn of its loop, however many there are.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "net/sim_loop.h"
#include "proxy/worker.h"
#include "support/catch.h"

using namespace sluice;
using proxy::IdlePool;

namespace {

/// Nothing ever comes on it.
struct Silent final : net::Stream {
  net::IoResult try_read(iovec* /*into*/, int /*count*/) noexcept override { return {}; }
  net::IoResult try_write(const iovec* /*from*/, int /*count*/) noexcept override { return {}; }
  void want(net::Interest /*interest*/) noexcept override {}
  net::Establish establish() noexcept override { return net::Establish::Done; }
  int failure() const noexcept override { return 0; }
  void shutdown_write() noexcept override {}
  void reset_on_close() noexcept override {}
  void set_events(Events& /*events*/) noexcept override {}
  base::Address local_address() const noexcept override { return {}; }
};

struct Fixture {
  Fixture() {
    shared.give_back = [this](std::shared_ptr<const control::Snapshot> snapshot) {
      given_back.push_back(snapshot->generation);
      left_then = pool().size();
    };
    use(1);
  }
  ~Fixture() { worker.stop_now(); }
  IdlePool& pool() { return worker.idle_pool(); }
  void use(std::uint64_t generation) {
    auto snapshot = std::make_shared<control::Snapshot>();
    snapshot->generation = generation;
    snapshot->config = std::make_shared<const model::Config>();
    worker.use(std::move(snapshot), {});
  }
  model::ServerLive& server(const std::string& name) {
    return *backend.shared_server(name, ++last_id);
  }
  void give(model::ServerLive& server, std::uint64_t pool_key) {
    proxy::Worker::EventScope scope(worker);
    auto connection = std::make_unique<proxy::ServerConnection>(
        worker, backend.shared_server(server.name(), 0), nullptr, pool_key);
    connection->set_stream(std::make_unique<Silent>());
    pool().give(std::move(connection), 3'600'000);
  }
  /// Runs until the sweep is over; the most connections that one turn closed.
  std::size_t most_in_a_turn() {
    std::size_t most = 0;
    std::size_t before = pool().size();
    (void)world.run_until(
        [&] {
          most = std::max(most, before - std::min(before, pool().size()));
          before = pool().size();
          return !pool().is_sweeping();
        },
        60'000);
    return most;
  }

  net::SimWorld world{1};
  std::unique_ptr<net::SimLoop> loop = world.make_loop();
  proxy::Shared shared;
  model::BackendLive backend{"back"};
  std::uint64_t last_id = 0;
  std::vector<std::uint64_t> given_back;
  std::size_t left_then = 0;
  proxy::Worker worker{0, *loop, shared, {}, 1};
};

constexpr std::size_t kMany = 2'000;

}  // namespace

TEST_CASE_METHOD(Fixture, "idle connections to servers that are gone close some in each turn") {
  std::vector<model::ServerLive*> servers;
  for (std::size_t i = 0; i < kMany; ++i) {
    servers.push_back(&server("s" + std::to_string(i)));
    give(*servers.back(), servers.back()->id());
  }
  for (std::size_t i = 0; i < kMany; i += 2) servers[i]->retired = true;
  use(2);
  CHECK(pool().size() > kMany * 3 / 4);
  CHECK(given_back.empty());
  CHECK(most_in_a_turn() <= IdlePool::kClosesPerTurn);
  CHECK(pool().size() == kMany / 2);
  for (std::size_t i = 0; i < kMany; ++i)
    CHECK(servers[i]->idle_connections.load() == (i % 2 == 0 ? 0U : 1U));
}

TEST_CASE_METHOD(Fixture, "so do those to one server, and its configuration goes after them") {
  model::ServerLive& gone = server("gone");
  model::ServerLive& kept = server("kept");
  for (std::size_t i = 0; i < kMany; ++i) give(gone, gone.id());
  give(kept, kept.id());
  gone.retired = true;
  use(2);
  CHECK(pool().size() > kMany * 3 / 4);
  CHECK(most_in_a_turn() <= IdlePool::kClosesPerTurn);
  CHECK(pool().size() == 1);
  CHECK(given_back == std::vector<std::uint64_t>{1});
  CHECK(left_then == 1);
}

TEST_CASE_METHOD(Fixture, "a sweep finds what lies under other keys, beside servers that stay") {
  model::ServerLive& gone = server("gone");
  model::ServerLive& kept = server("kept");
  constexpr std::uint64_t kKey = 0x1234'5678'9abc'def0;
  for (std::size_t i = 0; i < 100; ++i) give(i % 3 == 0 ? gone : kept, kKey);
  gone.retired = true;
  use(2);
  CHECK(most_in_a_turn() <= IdlePool::kClosesPerTurn);
  CHECK(pool().size() == 66);
  CHECK(gone.idle_connections.load() == 0);
  CHECK(kept.idle_connections.load() == 66);
}

TEST_CASE_METHOD(Fixture, "a sweep goes on while the pool grows, and when another one begins") {
  model::ServerLive& gone = server("gone");
  for (std::size_t i = 0; i < 200; ++i) give(gone, gone.id() + (i << 32U));
  gone.retired = true;
  use(2);
  std::vector<model::ServerLive*> later;
  for (std::size_t i = 0; i < kMany; ++i) {  // the table of keys is made anew several times
    later.push_back(&server("s" + std::to_string(i)));
    give(*later.back(), later.back()->id());
  }
  give(gone, gone.id());
  for (std::size_t i = 0; i < 100; ++i) later[i]->retired = true;
  use(3);
  CHECK(given_back.empty());
  CHECK(most_in_a_turn() <= IdlePool::kClosesPerTurn);
  CHECK(pool().size() == kMany - 100);
  CHECK(gone.idle_connections.load() == 0);
  CHECK(given_back == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE_METHOD(Fixture, "a sweep looks at some of a large pool in each turn and closes nothing") {
  for (std::size_t i = 0; i < kMany; ++i) {
    model::ServerLive& one = server("s" + std::to_string(i));
    give(one, one.id());
  }
  use(2);
  CHECK(pool().is_sweeping());
  CHECK(most_in_a_turn() == 0);
  CHECK(pool().size() == kMany);
  CHECK(given_back == std::vector<std::uint64_t>{1});
}

TEST_CASE_METHOD(Fixture, "a worker that stops in the middle of a sweep gives all up at once") {
  model::ServerLive& gone = server("gone");
  for (std::size_t i = 0; i < kMany; ++i) give(gone, gone.id());
  gone.retired = true;
  use(2);
  worker.stop_now();
  CHECK(pool().size() == 0);
  CHECK(gone.idle_connections.load() == 0);
  CHECK(given_back == std::vector<std::uint64_t>{1});
}

TEST_CASE_METHOD(Fixture, "clients that are to leave are spread over time when there are many") {
  proxy::Worker::EventScope scope(worker);
  const std::uint64_t earliest = worker.now().ms() + proxy::Worker::kLeaveIdleMs;
  for (std::uint64_t i = 0; i < 1'000; ++i)
    CHECK(worker.next_leave_ms() == earliest + i / proxy::Worker::kLeavesPerMs);
}
