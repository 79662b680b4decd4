#include "control/publish.h"

#include "build_fixture.h"
#include "model/release.h"
#include "model/server_transition.h"
#include "support/catch.h"

using namespace sluice;
using model::AdminState;
using model::ProxyKind;

namespace {

struct PublishFixture : BuildFixture {
  PublishFixture() {
    auto& app = add(ProxyKind::Backend, "app");
    add_server(app, "a");
    add_server(app, "b");
    add(ProxyKind::Frontend, "web").maxconn = 7;
  }
  void publish(std::function<void()> done = nullptr) {
    auto snapshot = build();
    REQUIRE(snapshot != nullptr);
    publisher.publish(std::move(snapshot), std::move(done));
  }
};

}  // namespace

TEST_CASE_METHOD(PublishFixture,
                 "a snapshot reaches every worker, and counts as published when all have it") {
  bool done = false;
  publish([&] { done = true; });
  CHECK(publisher.current()->generation == 1);
  CHECK(workers.installed[0] == publisher.current());
  CHECK(workers.installed[1] == publisher.current());
  CHECK_FALSE(done);
  workers.acknowledge();
  CHECK(done);
  CHECK(registry.find_frontend("web")->limiter.max() == 7);
  CHECK(registry.find_backend("app")->active_servers.load() == 2);
}

TEST_CASE_METHOD(PublishFixture, "live state survives a reload, and both generations see it") {
  publish();
  model::ServerLive& server = *registry.find_server("app", "a");
  server.set_state(model::apply_admin(server.state(), AdminState::Drain, {}));
  const auto old = publisher.current();
  publish();
  CHECK(registry.find_server("app", "a") == &server);
  CHECK(server.state().admin == AdminState::Drain);
  CHECK(publisher.views("app").size() == 2);
  CHECK(publisher.views("app").back().balancer->pick({}).server->name() == "b");
  CHECK(publisher.views("nowhere").empty());
}

TEST_CASE_METHOD(PublishFixture, "an old generation dies when no worker holds it any more") {
  publish();
  auto exchange = publisher.current();
  const std::weak_ptr<const control::Snapshot> old = exchange;
  publish();
  workers.acknowledge();
  CHECK(publisher.generations() == 2);
  exchange.reset();
  CHECK_FALSE(old.expired());
  publisher.collect();
  CHECK(old.expired());
  CHECK(publisher.generations() == 1);
}

TEST_CASE_METHOD(PublishFixture,
                 "a server that is taken out of the file goes with the generation that had it") {
  publish();
  auto exchange = publisher.current();
  config.proxies[0].servers.pop_back();
  publish();
  workers.acknowledge();
  CHECK(registry.find_server("app", "b") != nullptr);
  CHECK(registry.find_backend("app")->active_servers.load() == 1);
  exchange.reset();
  publisher.collect();
  CHECK(registry.find_server("app", "b") == nullptr);
}

TEST_CASE_METHOD(PublishFixture, "a backend that is taken out cannot be changed any more") {
  publish();
  auto exchange = publisher.current();
  config.proxies.erase(config.proxies.begin());
  publish();
  CHECK(publisher.views("app").empty());
}

TEST_CASE_METHOD(PublishFixture, "a reload that brings room serves who waits") {
  config.proxies[0].servers[0].maxconn = 1;
  config.proxies[0].servers.pop_back();
  publish();
  struct Waits final : model::Waiter {
    void wake() noexcept override {}
  } waiter;
  model::ServerLive& server = *registry.find_server("app", "a");
  REQUIRE(server.limiter.try_acquire());
  server.backend().queue.enter(waiter, nullptr);
  config.proxies[0].servers[0].maxconn = 2;
  publish();
  CHECK(waiter.granted() == &server);
}
