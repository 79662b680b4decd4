#include "control/live_changes.h"

#include <deque>

#include "control/adopt.h"
#include "control/change_log.h"
#include "model/release.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::control;
using model::AdminState;
using model::CheckStatus;
using model::OperState;

namespace {

/// Workers that acknowledge when the test says so.
struct ManualWorkers final : model::WorkerQuery {
  void each(std::function<void(std::size_t)> ask, std::function<void()> done) override {
    ask(0);
    waiting.push_back(std::move(done));
  }
  [[nodiscard]] std::size_t workers() const override { return 1; }
  void acknowledge() {
    for (auto& done : std::exchange(waiting, {})) done();
  }
  std::vector<std::function<void()>> waiting;
};

struct Waits final : model::Waiter {
  void wake() noexcept override { ++woken; }
  int woken = 0;
};

struct ChangesFixture {
  explicit ChangesFixture(std::string_view algorithm = "roundrobin") {
    config.name = "be";
    config.balance.algorithm = algorithm;
    config.servers.resize(3);
    for (std::size_t i = 0; i < 3; ++i) {
      model::Server& server = config.servers[i];
      server.name = "s" + std::to_string(i + 1);
      server.host = "127.0.0.1";
      server.address = *base::Address::from_ip("127.0.0.1", 80);
      server.check.enabled = i < 2;
      server.backup = i == 2;
      servers.push_back(registry.server(*backend, server.name));
      adopt_server(*servers.back(), server, registry);
      slots.push_back({servers.back().get(), &server});
      runtimes.push_back(std::make_unique<ServerRuntime>());
      runtimes.back()->config = &server;
      runtimes.back()->live = servers.back();
    }
    index = ServerIndex(runtimes);
    balancer = balance::make_balancer(config.balance, *backend, slots, balance::BackupUse::First);
    static_cast<void>(balancer->rebuild());
  }

  ChangeHooks hooks() {
    ChangeHooks out;
    out.views = [this](std::string_view name) {
      ++looked_up;
      return name == "be"
                 ? std::vector<BackendView>{{&config, backend.get(), balancer.get(), &index}}
                 : std::vector<BackendView>{};
    };
    out.now = [this] { return base::Moment{now_ms * 1'000'000, 77}; };
    out.log = [this](const model::Proxy&, const StateLine& line) { lines.push_back(line.text); };
    out.shutdown_sessions = [this](model::ServerLive& server) {
      shut_down.push_back(server.name());
    };
    out.applied = [this](const Change& change) { log.note(change); };
    out.moved = [this](const model::ServerLive& server) { moved.push_back(server.name()); };
    out.checks_changed = [this](model::ServerLive& server) {
      checks_changed.push_back(server.name());
    };
    return out;
  }
  base::Result<> apply(std::string server, ChangeAction action,
                       std::function<void()> acknowledged = nullptr) {
    Change change;
    change.who = "test";
    change.target = {"be", std::move(server)};
    change.action = action;
    return changes.apply(std::move(change), std::move(acknowledged));
  }
  void fail_check(int server, CheckStatus status = CheckStatus::L4Connection) {
    changes.report(*servers[static_cast<std::size_t>(server)],
                   {.status = status, .detail = "Connection refused"}, now_ms);
  }
  void pass_check(int server) {
    changes.report(*servers[static_cast<std::size_t>(server)],
                   {.status = CheckStatus::L4Ok, .passed = true}, now_ms);
  }
  std::vector<std::string> take_lines() { return std::exchange(lines, {}); }

  Registry registry;
  model::Proxy config;
  std::shared_ptr<model::BackendLive> backend = registry.backend("be");
  std::vector<std::shared_ptr<model::ServerLive>> servers;
  std::vector<balance::ServerSlot> slots;
  std::vector<std::unique_ptr<ServerRuntime>> runtimes;
  ServerIndex index;
  std::unique_ptr<balance::Balancer> balancer;
  std::uint64_t now_ms = 1'000;
  std::vector<std::string> lines, shut_down, checks_changed, moved;
  ChangeLog log;
  int looked_up = 0;
  ManualWorkers workers;
  LiveChanges changes{workers, hooks()};
};

using Lines = std::vector<std::string>;

std::string error_of(const base::Result<>& result) { return result ? "" : result.error().detail; }

}  // namespace

TEST_CASE_METHOD(ChangesFixture,
                 "what is applied is noted with both values, and what moves is told, by whomever") {
  REQUIRE(apply("s1", SetWeight{5, SetWeight::Unit::Absolute}));
  REQUIRE(apply("s2", SetAdmin{AdminState::Drain}));
  CHECK_FALSE(apply("s1", SetWeight{300, SetWeight::Unit::Absolute}));
  REQUIRE(log.entries().size() == 2);
  const LoggedItem& item = log.entries()[0].items[0];
  CHECK(item.target == "s:be/s1");
  CHECK(item.set == "weight");
  CHECK(item.old_value == "1");
  CHECK(item.new_value == "5");
  CHECK(log.entries()[0].origin.who == "test");
  CHECK(moved == Lines{"s1", "s2"});
  for (int i = 0; i < 3; ++i) fail_check(0);
  CHECK(moved.back() == "s1");
  CHECK(log.entries().size() == 2);
}

TEST_CASE_METHOD(ChangesFixture,
                 "MAINT takes a server out and READY brings it back, as HAProxy logs it") {
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  CHECK(take_lines() ==
        Lines{"Server be/s1 is going DOWN for maintenance. 1 active and 1 backup servers left. "
              "0 sessions active, 0 requeued, 0 remaining in queue."});
  CHECK(balancer->pick({}).server == servers[1].get());
  CHECK(balancer->pick({}).server == servers[1].get());
  CHECK(backend->active_servers.load() == 1);
  REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
  CHECK(take_lines() == Lines{"Server be/s1 is UP/READY (leaving forced maintenance)."});
  CHECK(backend->active_servers.load() == 2);
  CHECK(checks_changed == Lines{"s1", "s1"});
}

TEST_CASE_METHOD(ChangesFixture, "DRAIN and its ways in and out are logged as HAProxy does") {
  REQUIRE(apply("s3", SetAdmin{AdminState::Drain}));
  CHECK(take_lines() ==
        Lines{"Backup Server be/s3 enters drain state. 2 active and 0 backup servers online. "
              "0 sessions requeued, 0 total in queue."});
  REQUIRE(apply("s3", SetAdmin{AdminState::Maint}));
  take_lines();
  REQUIRE(apply("s3", SetAdmin{AdminState::Drain}));
  CHECK(take_lines() == Lines{"Backup Server be/s3 is UP/DRAIN (leaving forced maintenance).",
                              "Backup Server be/s3 remains in forced drain mode."});
  REQUIRE(apply("s3", SetAdmin{AdminState::Ready}));
  CHECK(take_lines() == Lines{"Backup Server be/s3 is UP (leaving forced drain)."});
  CHECK(checks_changed == Lines{"s3", "s3"});
}

TEST_CASE_METHOD(ChangesFixture, "a state that is asked for twice changes nothing") {
  REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
  CHECK(take_lines().empty());
  CHECK(workers.waiting.empty());
}

TEST_CASE_METHOD(ChangesFixture,
                 "checks take servers DOWN, to the backups, and to no server at all") {
  fail_check(0);
  CHECK(
      take_lines() ==
      Lines{
          "Server be/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", "
          "check duration: 0ms. 1 active and 1 backup servers left. 0 sessions active, "
          "0 requeued, 0 remaining in queue."});
  fail_check(1);
  CHECK(take_lines()[0].find("0 active and 1 backup servers left. Running on backup. 0 sessions") !=
        std::string::npos);
  CHECK(balancer->pick({}).server == servers[2].get());
  now_ms = 3'000;
  REQUIRE(apply("s3", SetAdmin{AdminState::Maint}));
  CHECK(take_lines()[1] == "backend be has no server available!");
  CHECK(balancer->pick({}).result == balance::PickResult::NoneUsable);
  CHECK(backend->history.downs == 1);
  now_ms = 8'000;
  pass_check(0);
  CHECK(take_lines().empty());
  pass_check(0);
  CHECK(take_lines() ==
        Lines{"Server be/s1 is UP, reason: Layer4 check passed, check duration: 0ms. 1 active and "
              "0 backup servers online. 0 sessions requeued, 0 total in queue."});
  CHECK(backend->history.down_ms == 5'000);
  CHECK(servers[0]->history.down_ms == 7'000);
  CHECK(servers[0]->history.downs == 1);
  CHECK(servers[0]->history.checks_failed == 1);
  CHECK(servers[0]->history.last_change_ms == 8'000);
}

TEST_CASE_METHOD(ChangesFixture, "a listen without servers is called a proxy") {
  config.kind = model::ProxyKind::Listen;
  for (const char* name : {"s1", "s2", "s3"}) REQUIRE(apply(name, SetAdmin{AdminState::Drain}));
  CHECK(lines.back() == "proxy be has no server available!");
}

TEST_CASE_METHOD(ChangesFixture, "log-health-checks says every check that moved something") {
  config.log_health_checks = true;
  pass_check(0);
  CHECK(take_lines() ==
        Lines{"Health check for server be/s1 succeeded, reason: Layer4 check passed, "
              "check duration: 0ms, status: 3/3 UP."});
  pass_check(0);
  CHECK(take_lines().empty());
  fail_check(0);
  CHECK(take_lines() ==
        Lines{"Health check for server be/s1 failed, reason: Layer4 connection problem, info: "
              "\"Connection refused\", check duration: 0ms, status: 2/3 UP."});
  fail_check(1);
  CHECK(take_lines() ==
        Lines{"Health check for server be/s2 failed, reason: Layer4 connection problem, info: "
              "\"Connection refused\", check duration: 0ms, status: 0/2 DOWN.",
              "Server be/s2 is DOWN. 1 active and 1 backup servers left. 0 sessions active, "
              "0 requeued, 0 remaining in queue."});
}

TEST_CASE_METHOD(ChangesFixture, "reports on a server in MAINT or without checks change nothing") {
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  take_lines();
  pass_check(0);
  pass_check(0);
  fail_check(2);
  CHECK(take_lines().empty());
  CHECK(servers[0]->state().oper == OperState::Down);
  CHECK(servers[2]->state().oper == OperState::Up);
}

TEST_CASE_METHOD(ChangesFixture, "an operator's word on the health is logged as such") {
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Down}));
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Stopping}));
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Up}));
  const std::string left =
      "1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.";
  const std::string online =
      " active and 1 backup servers online. 0 sessions requeued, 0 total in queue.";
  CHECK(take_lines() == Lines{"Server be/s1 is DOWN, changed from CLI. " + left,
                              "Server be/s1 is stopping, changed from CLI. 1" + online,
                              "Server be/s1 is UP, changed from CLI. 2" + online});
}

TEST_CASE_METHOD(ChangesFixture,
                 "weights are absolute or percent of the initial one, with HAProxy's errors") {
  const auto set = [&](std::uint32_t value, SetWeight::Unit unit) {
    return error_of(apply("s1", SetWeight{value, unit}));
  };
  servers[0]->initial_weight = 10;
  CHECK(set(50, SetWeight::Unit::Percent).empty());
  CHECK(servers[0]->state().weight == 5);
  CHECK(set(1'000'000, SetWeight::Unit::Percent).empty());
  CHECK(servers[0]->state().weight == 256);
  CHECK(set(256, SetWeight::Unit::Absolute).empty());
  CHECK(set(257, SetWeight::Unit::Absolute) ==
        "Absolute weight can only be between 0 and 256 inclusive.");
  CHECK(set(0, SetWeight::Unit::Absolute).empty());
  CHECK(backend->active_servers.load() == 1);
  CHECK(changes.recent().back().old_value == "256");
  CHECK(changes.recent().back().new_value == "0");
}

TEST_CASE("a static algorithm takes only the weights 0% and 100%") {
  ChangesFixture f("static-rr");
  CHECK(error_of(f.apply("s1", SetWeight{7, SetWeight::Unit::Absolute}))
            .find("static LB algorithm") != std::string::npos);
  CHECK(f.apply("s1", SetWeight{0, SetWeight::Unit::Percent}));
  CHECK(f.apply("s1", SetWeight{100, SetWeight::Unit::Percent}));
}

TEST_CASE_METHOD(ChangesFixture,
                 "who waits is served when maxconn is raised and when a server is made ready") {
  for (const auto& server : servers) server->limiter.set_max(1);
  REQUIRE(servers[0]->limiter.try_acquire());
  Waits bound, any;
  backend->queue.enter(bound, servers[0].get());
  REQUIRE(apply("s1", SetMaxconn{2}));
  CHECK(bound.granted() == servers[0].get());
  REQUIRE(apply("s2", SetAdmin{AdminState::Maint}));
  backend->queue.enter(any, nullptr);
  CHECK(any.state() == model::Waiter::State::Queued);
  REQUIRE(apply("s2", SetAdmin{AdminState::Ready}));
  CHECK(any.granted() == servers[1].get());
}

TEST_CASE_METHOD(ChangesFixture,
                 "who waits for any server gets a backup when the last active server goes") {
  servers[1]->limiter.set_max(1);
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  REQUIRE(servers[1]->limiter.try_acquire());
  Waits any;
  backend->queue.enter(any, nullptr);
  fail_check(1);
  CHECK(any.granted() == servers[2].get());
}

TEST_CASE_METHOD(ChangesFixture,
                 "who waits for a server that closes is sent back to be balanced, and counted") {
  servers[0]->limiter.set_max(1);
  REQUIRE(servers[0]->limiter.try_acquire());
  Waits first, second;
  backend->queue.enter(first, servers[0].get());
  backend->queue.enter(second, servers[0].get());
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  CHECK(first.woken + second.woken == 2);
  CHECK(first.granted() == nullptr);
  CHECK(lines[0].find("1 sessions active, 0 requeued, 2 remaining in queue.") != std::string::npos);
}

TEST_CASE_METHOD(ChangesFixture,
                 "with option redispatch those of a server that closes are told as "
                 "requeued, and those that one takes up as it opens") {
  config.redispatch.enabled = true;
  servers[0]->limiter.set_max(1);
  Waits first, second;
  backend->queue.enter(first, servers[0].get());
  REQUIRE(apply("s1", SetAdmin{AdminState::Drain}));
  CHECK(lines[0].find("1 sessions requeued, 0 total in queue.") != std::string::npos);
  first.settle();
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Down}));
  REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
  backend->queue.enter(first, nullptr);
  backend->queue.enter(second, nullptr);
  lines.clear();
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Up}));
  CHECK(first.granted() == servers[0].get());
  CHECK(lines[0].find("1 sessions requeued, 0 total in queue.") != std::string::npos);
}

TEST_CASE_METHOD(ChangesFixture, "a stopping server keeps whom it serves and sends on who waits") {
  servers[0]->limiter.set_max(1);
  REQUIRE(servers[0]->limiter.try_acquire());
  Waits waits;
  backend->queue.enter(waits, servers[0].get());
  REQUIRE(apply("s1", SetHealth{SetHealth::To::Stopping}));
  CHECK(waits.woken == 1);
  CHECK(waits.granted() == nullptr);
  CHECK(servers[0]->limiter.used() == 1);
}

TEST_CASE_METHOD(ChangesFixture, "checks are switched off and on, unless none are configured") {
  REQUIRE(apply("s1", SetChecks{SetChecks::To::Disabled}));
  CHECK_FALSE(servers[0]->check_enabled);
  REQUIRE(apply("s1", SetChecks{SetChecks::To::Enabled}));
  CHECK(servers[0]->check_enabled);
  CHECK(checks_changed == Lines{"s1", "s1"});
  CHECK(error_of(apply("s3", SetChecks{SetChecks::To::Enabled})) ==
        "Health check was not configured on this server, cannot enable.");
}

TEST_CASE_METHOD(ChangesFixture, "sessions are shut down through the workers") {
  REQUIRE(apply("s2", ShutdownSessions{}));
  CHECK(shut_down == Lines{"s2"});
}

TEST_CASE_METHOD(ChangesFixture,
                 "unknown targets are refused in the socket's words and not remembered") {
  CHECK(error_of(apply("nosuch", SetAdmin{AdminState::Maint})) == "No such server.");
  Change change;
  change.target = {"nosuch", "s1"};
  change.action = SetAdmin{AdminState::Maint};
  CHECK(error_of(changes.apply(change, nullptr)) == "No such backend.");
  CHECK(changes.recent().empty());
}

TEST_CASE_METHOD(ChangesFixture,
                 "a change is acknowledged when every worker passed, and remembered") {
  bool acknowledged = false;
  REQUIRE(apply("s1", SetAdmin{AdminState::Drain}, [&] { acknowledged = true; }));
  CHECK_FALSE(acknowledged);
  workers.acknowledge();
  CHECK(acknowledged);
  const Change& change = changes.recent().back();
  CHECK(change.when_us == 77);
  CHECK(change.old_value == "ready");
  CHECK(change.new_value == "drain");
  for (int i = 0; i < 300; ++i) REQUIRE(apply("s1", SetMaxconn{static_cast<std::uint32_t>(i)}));
  CHECK(changes.recent().size() == LiveChanges::kMaxRecent);
  CHECK(changes.recent().back().new_value == "299");
}

TEST_CASE_METHOD(ChangesFixture,
                 "a lost address is maintenance by resolution, a found one ends it") {
  servers[0]->name_in_dns = "app.local";
  REQUIRE(apply("s1", LoseAddress{"DNS NX status"}));
  CHECK(take_lines() ==
        Lines{"Server be/s1 is going DOWN for maintenance (DNS NX status). 1 active and 1 backup "
              "servers left. 0 sessions active, 0 requeued, 0 remaining in queue."});
  CHECK_FALSE(servers[0]->shown_address().is_set());
  CHECK(servers[0]->kept_port == 80);
  CHECK(balancer->pick({}).server == servers[1].get());
  CHECK(balancer->pick({}).server == servers[1].get());
  REQUIRE(apply("s1", LoseAddress{"DNS timeout status"}));
  CHECK(take_lines().empty());
  const std::uint32_t generation = servers[0]->address_generation();
  REQUIRE(apply("s1", SetAddress{*base::Address::from_ip("10.0.0.7", 81), "dns/n1"}));
  CHECK(take_lines() == Lines{"be/s1 changed its IP from (none) to 10.0.0.7 by dns/n1.",
                              "Server be/s1 ('app.local') is UP/READY (resolves again).",
                              "Server be/s1 administratively READY thanks to valid DNS answer."});
  CHECK(servers[0]->address().to_string() == "10.0.0.7:81");
  CHECK(servers[0]->address_generation() != generation);
  CHECK(backend->active_servers.load() == 2);
}

TEST_CASE_METHOD(ChangesFixture, "maintenance by an operator outlives an address that is found") {
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  REQUIRE(apply("s1", LoseAddress{"DNS NX status"}));
  take_lines();
  REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
  CHECK(take_lines() ==
        Lines{"Server be/s1 is leaving forced maintenance but remains in maintenance."});
  CHECK(servers[0]->state().oper == OperState::Down);
  REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
  CHECK(take_lines().empty());
  REQUIRE(apply("s1", SetAddress{*base::Address::from_ip("10.0.0.7", 81), "dns/n1"}));
  CHECK_FALSE(servers[0]->state().accepts_known());
  REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
  CHECK(servers[0]->state().accepts_new());
}

TEST_CASE_METHOD(ChangesFixture, "a server that was down enters maintenance without a count") {
  fail_check(0);
  take_lines();
  REQUIRE(apply("s1", LoseAddress{"DNS refused status"}));
  CHECK(take_lines() == Lines{"Server be/s1 was DOWN and now enters maintenance (DNS refused "
                              "status)."});
}

TEST_CASE_METHOD(ChangesFixture, "an address that moves is one line, and a port none") {
  REQUIRE(apply("s1", SetAddress{*base::Address::from_ip("127.0.0.9", 80), "dns/n1"}));
  CHECK(take_lines() == Lines{"be/s1 changed its IP from 127.0.0.1 to 127.0.0.9 by dns/n1."});
  REQUIRE(apply("s1", SetAddress{*base::Address::from_ip("127.0.0.9", 81), "dns/n1"}));
  REQUIRE(apply("s1", SetAddress{*base::Address::from_ip("127.0.0.8", 81), ""}));
  CHECK(take_lines().empty());
  CHECK(changes.recent().back().old_value == "127.0.0.9:81");
  CHECK(error_of(apply("s1", SetAddress{})) != "");
}

TEST_CASE_METHOD(ChangesFixture, "a check that finds what the last one found looks nothing up") {
  pass_check(0);
  pass_check(0);
  const int before = looked_up;
  for (int i = 0; i < 10; ++i) pass_check(0);
  CHECK(looked_up == before);
  fail_check(0);
  CHECK(looked_up > before);
}

TEST_CASE_METHOD(ChangesFixture,
                 "errors of live traffic follow on-error and are told as HAProxy's") {
  config.servers[0].observe = model::Observe::Layer7;
  config.servers[0].error_limit = 2;
  config.servers[0].on_error = model::OnError::MarkDown;
  pass_check(0);
  take_lines();
  model::ServerLive& server = *servers[0];
  for (int i = 0; i < 2; ++i)
    (void)server.errors.note(model::Observed::WrongResponse, model::Observe::Layer7, 2);
  changes.errors_observed(server);
  CHECK(server.state().oper == OperState::Down);
  CHECK(server.history.errors_observed == 1);
  CHECK(
      take_lines() ==
      Lines{"Server be/s1 is DOWN, reason: Health analyze, info: \"Detected 2 consecutive errors, "
            "last one was: Wrong http response\". 1 active and 1 backup servers left. 0 sessions "
            "active, 0 requeued, 0 remaining in queue."});
  changes.errors_observed(server);
  CHECK(server.history.errors_observed == 1);
}

TEST_CASE_METHOD(ChangesFixture, "the end of a slow start is told of a server that is up by then") {
  config.servers[0].slowstart_ms = 1'000;
  for (const bool stopping : {false, true}) {
    REQUIRE(apply("s1", SetAdmin{AdminState::Maint}));
    REQUIRE(apply("s1", SetAdmin{AdminState::Ready}));
    if (stopping)
      changes.report(*servers[0],
                     {.status = CheckStatus::L7OkConditional, .passed = true, .conditional = true},
                     now_ms);
    take_lines();
    now_ms += 2'000;
    changes.warm_up();
    const Lines wanted = {
        "Server be/s1 is UP. 2 active and 1 backup servers online. 0 sessions "
        "requeued, 0 total in queue."};
    CHECK(take_lines() == (stopping ? Lines{} : wanted));
  }
}
