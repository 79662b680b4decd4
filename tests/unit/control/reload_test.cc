// What a second configuration makes of the live objects of the first.
#include "build_fixture.h"
#include "control/publish.h"
#include "model/server_transition.h"
#include "support/catch.h"

using namespace sluice;
using model::ProxyKind;

namespace {

struct ReloadFixture : BuildFixture {
  ReloadFixture() {
    auto& app = add(ProxyKind::Backend, "app");
    for (const char* name : {"a", "b", "c"}) add_server(app, name);
    auto& web = add(ProxyKind::Frontend, "web");
    web.maxconn = 7;
    web.default_backend = "app";
  }
  void publish() {
    auto snapshot = build();
    REQUIRE(snapshot != nullptr);
    publisher.publish(std::move(snapshot), nullptr);
  }
  std::string next() {
    const auto pick = publisher.views("app").back().balancer->pick({});
    REQUIRE(pick.server != nullptr);
    (void)pick.server->limiter.release();
    return pick.server->name();
  }
  model::ServerLive& server(const char* name) {
    model::ServerLive* found = registry.find_server("app", name);
    REQUIRE(found != nullptr);
    return *found;
  }
  model::Proxy& app() { return config.proxies[0]; }
};

struct Waits final : model::Waiter {
  void wake() noexcept override { woken = true; }
  bool woken = false;
};

}  // namespace

TEST_CASE_METHOD(ReloadFixture, "round-robin goes on after the server that was picked last") {
  publish();
  CHECK(next() == "a");
  server("c").set_state(model::apply_admin(server("c").state(), model::AdminState::Maint, {}));
  (void)publisher.views("app").back().balancer->rebuild();
  CHECK(next() == "b");
  publish();
  CHECK(next() == "a");
  add_server(app(), "d");
  publish();
  CHECK(next() == "b");
  CHECK(next() == "d");
}

TEST_CASE_METHOD(ReloadFixture,
                 "who waits under an older configuration is not given a new server") {
  app().servers.resize(1);
  app().servers[0].maxconn = 1;
  publish();
  const auto older = publisher.current();
  REQUIRE(server("a").limiter.try_acquire());
  Waits old_one, new_one;
  old_one.choose_among(&older->find_backend("app")->server_set);
  model::BackendQueue& queue = server("a").backend().queue;
  queue.enter(old_one, nullptr);
  add_server(app(), "d");
  publish();
  CHECK_FALSE(old_one.woken);
  new_one.choose_among(&publisher.current()->find_backend("app")->server_set);
  queue.enter(new_one, nullptr);
  queue.hand_over(server("d"));
  CHECK(new_one.granted() == &server("d"));
  CHECK(old_one.state() == model::Waiter::State::Queued);
  CHECK(queue.pass_slot(server("a")));
  CHECK(old_one.granted() == &server("a"));
}

TEST_CASE_METHOD(ReloadFixture,
                 "a server that is not named is retired, and back when it is again") {
  publish();
  const auto older = publisher.current();
  CHECK_FALSE(server("c").retired);
  app().servers.pop_back();
  publish();
  CHECK(server("c").retired);
  CHECK_FALSE(server("a").retired);
  add_server(app(), "c");
  publish();
  CHECK_FALSE(server("c").retired);
}

TEST_CASE_METHOD(ReloadFixture,
                 "a limit that was set at run time holds while the file says the same") {
  publish();
  model::FrontendLive& web = *registry.find_frontend("web");
  web.limiter.set_max(3);
  publish();
  CHECK(web.limiter.max() == 3);
  config.proxies[1].maxconn = 9;
  publish();
  CHECK(web.limiter.max() == 9);
}

TEST_CASE_METHOD(ReloadFixture,
                 "new TLS settings make idle connections useless, a new weight does not") {
  publish();
  const std::uint32_t before = server("a").address_generation();
  app().servers[0].weight = 5;
  publish();
  CHECK(server("a").address_generation() == before);
  app().servers[0].tls.verify_host = "example.org";
  publish();
  CHECK(server("a").address_generation() != before);
}

TEST_CASE_METHOD(ReloadFixture, "a bind line's limiter is the same one after a reload") {
  auto& bind = config.proxies[1].binds.emplace_back();
  bind.address = *base::Address::from_ip("127.0.0.1", 80);
  bind.maxconn = 2;
  publish();
  const auto older = publisher.current();
  REQUIRE(older->frontends[0]->binds[0]->limiter->try_acquire());
  config.proxies[1].binds[0].maxconn = 5;
  publish();
  const auto& limiter = publisher.current()->frontends[0]->binds[0]->limiter;
  CHECK(limiter->used() == 1);
  CHECK(limiter->max() == 5);
}

TEST_CASE_METHOD(ReloadFixture, "a name that only an older configuration has is unknown to rules") {
  publish();
  const auto older = publisher.current();
  config.proxies.erase(config.proxies.begin());
  config.proxies[0].default_backend.clear();
  auto& other = add(ProxyKind::Backend, "other");
  add_server(other, "x");
  auto& rule = config.proxies[0].use_backends.emplace_back();
  rule.backend.text = "other";
  for (const char* word : {"{", "nbsrv(app)", "gt", "0", "}"}) rule.condition.push_back({word, {}});
  CHECK(build() == nullptr);
  CHECK_FALSE(errors().empty());
}
