// What a worker does with its clients when their configuration is replaced, or its time is over:
// some in each turn of its loop, however many there are.
#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "net/sim_loop.h"
#include "net/sim_peer.h"
#include "proxy/worker.h"
#include "support/catch.h"

using namespace sluice;
using proxy::Worker;

namespace {

const base::Address kFront = *base::Address::from_ip("127.0.0.1", 80);
constexpr std::size_t kMany = 500;

net::SimFaults calm() {
  net::SimFaults faults;
  faults.split_reads = faults.short_writes = faults.refused_writes = 0;
  return faults;
}

struct Fixture {
  Fixture() {
    auto written = std::make_shared<model::Config>();
    auto& proxy = written->proxies.emplace_back();
    proxy.kind = model::ProxyKind::Frontend;
    proxy.name = "web";
    proxy.mode = model::Mode::Http;
    proxy.binds.emplace_back().address = kFront;
    config = std::move(written);
    shared.give_back = [this](std::shared_ptr<const control::Snapshot> snapshot) {
      given_back.push_back(snapshot->generation);
    };
  }
  ~Fixture() {
    peers.clear();
    worker.stop_now();
  }

  /// The same frontend, or none any more.
  void use(std::uint64_t generation, bool with_frontend = true) {
    auto snapshot = std::make_shared<control::Snapshot>();
    snapshot->generation = generation;
    snapshot->config = config;
    proxy::BindDescriptor listener{nullptr, nullptr, descriptor};
    if (with_frontend) {
      auto& frontend =
          *snapshot->frontends.emplace_back(std::make_unique<control::FrontendRuntime>());
      frontend.config = config->proxies.data();
      frontend.live = live;
      auto& bind = *frontend.binds.emplace_back(std::make_unique<control::BindRuntime>());
      bind.config = frontend.config->binds.data();
      listener.frontend = &frontend;
      listener.bind = &bind;
    }
    worker.use(std::move(snapshot), {listener});
  }
  void begin(std::size_t count, std::string_view text) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& peer = *peers.emplace_back(std::make_unique<net::SimPeer>(*outside));
      peer.connect(kFront);
      peer.send(text);
    }
  }
  void connect(std::size_t count, std::string_view text) {
    const std::size_t all = worker.load() + count;
    begin(count, text);
    const auto arrived = [&] {
      const bool sent =
          std::ranges::all_of(peers, [](const auto& peer) { return peer->all_sent(); });
      return sent && worker.load() == all;
    };
    REQUIRE(world.run_until(arrived, 60'000) == net::SimOutcome::Idle);
    (void)world.run_until_idle(100);
  }
  std::size_t clients_of(std::uint64_t generation) {
    std::size_t count = 0;
    auto& clients = worker.clients();
    for (auto* client = clients.front(); client != nullptr; client = clients.next(*client))
      count += client->generation() == generation ? 1U : 0U;
    return count;
  }
  /// Until no client of that generation is left; the most that were taken out of it in one turn.
  std::size_t most_in_a_turn(std::uint64_t generation) {
    std::size_t most = 0;
    std::size_t before = clients_of(generation);
    const auto over = [&] {
      const std::size_t now = clients_of(generation);
      most = std::max(most, before - std::min(before, now));
      before = now;
      return now == 0;
    };
    REQUIRE(world.run_until(over, 60'000) == net::SimOutcome::Idle);
    CHECK(clients_of(generation) == 0);
    return most;
  }

  net::SimWorld world{1, calm()};
  std::unique_ptr<net::SimLoop> loop = world.make_loop(), outside = world.make_loop();
  int descriptor = world.listen(kFront).front();
  std::shared_ptr<const model::Config> config;
  std::shared_ptr<model::FrontendLive> live = std::make_shared<model::FrontendLive>("web");
  proxy::Shared shared;
  std::vector<std::uint64_t> given_back;
  std::vector<std::unique_ptr<net::SimPeer>> peers;
  Worker worker{0, *loop, shared, {}, 1};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "idle clients move to the next configuration some in each turn") {
  use(1);
  connect(kMany, "");
  REQUIRE(clients_of(1) == kMany);
  use(2);
  CHECK(clients_of(2) == Worker::kMovesPerTurn);
  CHECK(most_in_a_turn(1) == Worker::kMovesPerTurn);
  CHECK(clients_of(2) == kMany);
  (void)world.run_until_idle(10);
  CHECK(given_back == std::vector<std::uint64_t>{1});
}

TEST_CASE_METHOD(Fixture, "clients that outlive their configuration are cut some in each turn") {
  use(1);
  connect(kMany, "GET / HTTP/1.1\r\nHost: a\r\n");
  use(2);
  connect(20, "GET / HTTP/1.1\r\nHost: a\r\n");
  REQUIRE(clients_of(1) == kMany);
  worker.end_generations(1);
  CHECK(clients_of(1) == kMany - Worker::kCutsPerTurn);
  CHECK(most_in_a_turn(1) <= Worker::kCutsPerTurn);
  (void)world.run_until_idle(1'000);
  CHECK(clients_of(2) == 20);
  CHECK(worker.load() == 20);
  CHECK(given_back == std::vector<std::uint64_t>{1});
}

TEST_CASE_METHOD(Fixture, "what is cut goes on where another configuration comes meanwhile") {
  use(1);
  connect(kMany, "GET / HTTP/1.1\r\nHost: a\r\n");
  use(2);
  worker.end_generations(UINT64_MAX);
  use(3);
  begin(20, "GET / HTTP/1.1\r\nHost: a\r\n");
  CHECK(most_in_a_turn(1) <= Worker::kCutsPerTurn);
  (void)world.run_until_idle(1'000);
  CHECK(clients_of(3) == 20);
  CHECK(given_back.size() == 2);
}

TEST_CASE_METHOD(Fixture, "clients whose frontend is gone are closed one after the other") {
  use(1);
  connect(kMany, "");
  use(2, false);
  const std::uint64_t begun = world.now_ms();
  CHECK(most_in_a_turn(1) <= 2 * Worker::kLeavesPerMs);
  CHECK(world.now_ms() - begun >= Worker::kLeaveIdleMs + kMany / Worker::kLeavesPerMs - 1);
  CHECK(worker.load() == 0);
}
