#include "control/drains.h"

#include <map>

#include "control/registry.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::control;
using model::AdminState;

namespace {

/// One backend of two servers, and in the place of Changes one that sets the admin state.
struct DrainsFixture final : Changes {
  DrainsFixture() {
    config->proxies.emplace_back().name = "be";
    model::Proxy& proxy = config->proxies.back();
    auto backend = std::make_unique<BackendRuntime>();
    backend->config = &proxy;
    backend->live = registry.backend("be");
    proxy.servers.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
      proxy.servers[i].name = i == 0 ? "a" : "b";
      auto server = std::make_unique<ServerRuntime>();
      server->config = &proxy.servers[i];
      server->live = registry.server(*backend->live, proxy.servers[i].name);
      backend->servers.push_back(std::move(server));
    }
    snapshot->config = config;
    snapshot->backends.push_back(std::move(backend));
  }

  base::Result<> apply(Change change, std::function<void()>) override {
    model::ServerLive& server = live(change.target.server);
    if (const auto* admin = std::get_if<SetAdmin>(&change.action)) {
      model::ServerStateWord state = server.state();
      change.old_value = model::to_text(state.admin);
      state.admin = admin->state;
      server.set_state(state);
      done.push_back(change.target.server + " " + std::string(model::to_text(admin->state)));
    } else {
      done.push_back(change.target.server + " shutdown");
    }
    drains.note(change);
    return {};
  }
  void report(model::ServerLive&, const model::CheckReport&, std::uint64_t) override {}
  void errors_observed(model::ServerLive&) override {}
  void agent_said(model::ServerLive&, const model::AgentReport&) override {}
  [[nodiscard]] const std::vector<Change>& recent() const override { return none; }

  DrainHooks hooks() {
    DrainHooks out;
    out.snapshot = [this] { return snapshot; };
    out.now = [this] { return base::Moment{now_ms * 1'000'000, 77}; };
    out.changes = this;
    out.count = [this](const DrainServers& servers, auto answer) {
      asked += servers.size();
      std::vector<model::Holdings> all;
      for (const auto& server : servers) all.push_back(holdings[server->name()]);
      answer(all);
    };
    out.close_idle = [this](const auto& server) { done.push_back(server->name() + " idle"); };
    out.end_tunnels = [this](const auto& server, std::uint32_t permille) {
      done.push_back(server->name() + " tunnels " + std::to_string(permille));
    };
    out.told = [this](const Drain& drain, DrainHooks::News news) {
      told.push_back(drain.server + (news == DrainHooks::News::Over ? " over" : " goes"));
    };
    return out;
  }
  model::ServerLive& live(std::string_view name) {
    return *snapshot->backends[0]->live->find(name);
  }
  void set(const char* server, AdminState state, std::uint32_t deadline_s = 0) {
    Change change;
    change.who = "alice";
    change.target = {"be", server};
    change.action = SetAdmin{state, deadline_s};
    (void)apply(std::move(change), nullptr);
    done.clear();
  }
  const Drain& a() { return *drains.find("be", "a"); }
  std::vector<std::string> take_done() { return std::exchange(done, {}); }

  Registry registry;
  std::shared_ptr<model::Config> config = std::make_shared<model::Config>();
  std::shared_ptr<Snapshot> snapshot = std::make_shared<Snapshot>();
  std::map<std::string, model::Holdings> holdings;
  std::uint64_t now_ms = 5'000;
  std::size_t asked = 0;
  std::vector<std::string> done, told;
  std::vector<Change> none;
  Drains drains{hooks()};
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a drain lasts from the change to DRAIN or MAINT until READY, and keeps its beginning") {
  DrainsFixture f;
  CHECK(f.drains.turn() == 0);
  f.set("a", AdminState::Drain);
  CHECK(f.a().since_ms == 5'000);
  CHECK(f.a().who == "alice");
  CHECK(f.a().safe());
  f.now_ms = 9'000;
  f.set("a", AdminState::Maint);
  CHECK(f.a().since_ms == 5'000);
  CHECK(f.drains.turn() == 10'000);
  f.set("a", AdminState::Ready);
  CHECK(f.drains.find("be", "a") == nullptr);
  CHECK(f.told.back() == "a over");
  CHECK(f.drains.turn() == 0);
}

TEST_CASE("states that nobody's change set are followed: configured, inherited, gone") {
  DrainsFixture f;
  model::ServerStateWord state;
  state.inherited_drain = true;
  f.live("b").set_state(state);
  CHECK(f.drains.turn() != 0);
  CHECK(f.drains.find("be", "b")->who.empty());
  state.inherited_drain = false;
  state.unresolved = true;  // its name has no address: nobody took it out
  f.live("b").set_state(state);
  CHECK(f.drains.turn() == 0);
  f.set("b", AdminState::Maint);
  f.live("b").retired = true;
  const auto gone = std::move(f.snapshot->backends[0]->servers.back());
  f.snapshot->backends[0]->servers.pop_back();
  CHECK(f.drains.turn() == 0);
  CHECK(f.told.back() == "b over");
}

TEST_CASE("what holds a server is counted, and workers are asked only of those that serve") {
  DrainsFixture f;
  f.set("a", AdminState::Drain);
  f.set("b", AdminState::Drain);
  for (int i = 0; i < 3; ++i) REQUIRE(f.live("a").limiter.try_acquire());
  f.holdings["a"] = {2, 3'000'000'000};
  f.live("a").idle_connections = 4;
  f.live("a").queued.increase();
  f.live("a").led_clients()->note("10.0", f.now_ms);
  f.told.clear();
  f.drains.look(nullptr);
  CHECK(f.asked == 1);
  CHECK(f.a().holds == Drain::Holds{1, 2, 4, 1, 1, 3'000});
  CHECK_FALSE(f.a().safe());
  CHECK(f.told == Texts{"a goes"});
  f.drains.look(nullptr);
  CHECK(f.told == Texts{"a goes"});
}

TEST_CASE("clients of a cookie hold a server in DRAIN for five minutes, and not in MAINT") {
  DrainsFixture f;
  f.set("a", AdminState::Drain);
  f.live("a").led_clients()->note("10.0", f.now_ms);
  f.drains.look(nullptr);
  CHECK_FALSE(f.a().safe());
  f.now_ms += 300'000;
  f.drains.look(nullptr);
  CHECK(f.a().safe());
  f.live("a").led_clients()->note("10.0", f.now_ms);
  f.set("a", AdminState::Maint);
  f.drains.look(nullptr);
  CHECK(f.a().safe());
  f.set("a", AdminState::Ready);
  CHECK(f.live("a").led_clients() == nullptr);
  f.set("a", AdminState::Drain);
  f.drains.look(nullptr);
  CHECK(f.a().safe());
}

TEST_CASE("until its deadline idle connections are closed and tunnels by their share") {
  DrainsFixture f;
  REQUIRE(f.live("a").limiter.try_acquire());
  f.holdings["a"] = {1, 1};
  Change change;
  change.target = {"be", "a"};
  change.action = SetAdmin{AdminState::Drain, 10};
  (void)f.apply(std::move(change), nullptr);
  CHECK(f.take_done() == Texts{"a drain", "a idle"});
  CHECK(f.a().deadline_ms == 15'000);
  CHECK(f.drains.turn() == 6'000);
  CHECK(f.take_done() == Texts{"a tunnels 100"});
  f.now_ms = 13'000;
  f.live("a").idle_connections = 1;
  CHECK(f.drains.turn() == 14'000);
  CHECK(f.take_done() == Texts{"a idle", "a tunnels 500"});
  f.live("a").idle_connections = 0;
  f.now_ms = 14'200;
  CHECK(f.drains.turn() == 15'000);  // the deadline is met when it comes
  CHECK(f.take_done() == Texts{"a tunnels 1000"});
  f.now_ms = 15'000;
  static_cast<void>(f.drains.turn());
  CHECK(f.take_done() == Texts{"a maint", "a shutdown"});
  CHECK(f.a().ended);
  f.now_ms = 16'000;
  static_cast<void>(f.drains.turn());
  CHECK(f.take_done().empty());
}

TEST_CASE("a deadline is moved by another one, kept without one, and forgotten with READY") {
  DrainsFixture f;
  f.set("a", AdminState::Drain, 10);
  f.set("a", AdminState::Maint);
  CHECK(f.a().deadline_ms == 15'000);
  f.set("a", AdminState::Drain, 60);
  CHECK(f.a().deadline_ms == 65'000);
  f.set("a", AdminState::Ready);
  f.set("a", AdminState::Drain);
  CHECK(f.a().deadline_ms == 0);
}

TEST_CASE("at the deadline of a server that is free and in MAINT nothing is left to do") {
  DrainsFixture f;
  f.set("a", AdminState::Maint, 1);
  f.now_ms = 6'000;
  static_cast<void>(f.drains.turn());
  CHECK(f.take_done().empty());
  CHECK(f.a().ended);
}
