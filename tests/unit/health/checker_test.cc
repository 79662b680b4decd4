#include "health/checker.h"

#include <unistd.h>

#include "unit/health/check_fixture.h"

using namespace sluice;
using namespace sluice::health;
using namespace sluice::health::test;
using model::CheckStatus;

namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A port that nobody listens on: it was one of ours a moment ago.
base::Address closed_port(net::Loop& loop) {
  const Origin gone(loop, "", Ending::Close);
  return gone.address();
}

model::ProxyCheck get_x() { return http_check("GET", "/x"); }

}  // namespace

TEST_CASE("a tcp check passes when the connection is established") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  const auto report = bench.first(bench.target("a", origin.address()));
  CHECK(report.status == CheckStatus::L4Ok);
  CHECK(report.passed);
  CHECK(report.code == 0);
}

TEST_CASE("a refused connection is L4CON, with the system's words") {
  Bench bench;
  for (const bool http : {false, true}) {
    CheckTarget target = bench.target("a", closed_port(*bench.loop));
    if (http) target.script = script_of(get_x());
    const auto report = bench.first(target);
    CHECK(report.status == CheckStatus::L4Connection);
    CHECK_FALSE(report.passed);
    CHECK(report.detail == "Connection refused");
  }
}

TEST_CASE("an HTTP check sends its request and takes the status") {
  Bench bench;
  Origin origin(*bench.loop, kOk, Ending::Keep);
  const auto report = bench.first(bench.http_target("a", origin.address(), get_x()));
  CHECK(report.status == CheckStatus::L7Ok);
  CHECK(report.code == 200);
  CHECK(origin.request() == "GET /x HTTP/1.0\r\n\r\n");
}

TEST_CASE("HTTP checks fail with HAProxy's statuses") {
  struct Row {
    const char* reply;
    Ending ending;
    CheckStatus status;
    std::uint16_t code;
    const char* detail;
  };
  const Row rows[] = {
      {"HTTP/1.1 404 Not Found\r\n\r\n", Ending::Close, CheckStatus::L7Status, 404, "Not Found"},
      {"HTTP/1.1 503 My own reason\r\n\r\n", Ending::Keep, CheckStatus::L7Status, 503,
       "My own reason"},
      {"garbage\r\n\r\n", Ending::Close, CheckStatus::L7Response, 0, ""},
      {"", Ending::Close, CheckStatus::L7Response, 0, ""},
      {"HTTP/1.1 200 OK\r\n", Ending::Close, CheckStatus::L7Response, 0, ""},
      {"", Ending::Reset, CheckStatus::SocketError, 0, "Connection reset by peer"},
  };
  for (const Row& row : rows) {
    INFO(row.reply);
    Bench bench;
    Origin origin(*bench.loop, row.reply, row.ending);
    const auto report = bench.first(bench.http_target("a", origin.address(), get_x()));
    CHECK(report.status == row.status);
    CHECK_FALSE(report.passed);
    CHECK(report.code == row.code);
    CHECK(report.detail == row.detail);
  }
}

TEST_CASE("a server that accepts and stays silent is L7TOUT after timeout check") {
  for (const char* reply : {"", "HTTP/1.1 20"}) {
    Bench bench;
    Origin origin(*bench.loop, reply, Ending::Keep);
    CheckTarget target = bench.http_target("a", origin.address(), get_x());
    target.timeout_check_ms = 60;
    const auto report = bench.first(target);
    CHECK(report.status == CheckStatus::L7Timeout);
    CHECK(report.duration_ms >= 60);
    CHECK(report.duration_ms < 1'000);
  }
}

TEST_CASE("without timeout check, inter bounds the complete check") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.http_target("a", origin.address(), get_x());
  target.options.inter_ms = 80;
  target.timeout_connect_ms = 20;  // does not count alone
  const auto report = bench.first(target);
  CHECK(report.status == CheckStatus::L7Timeout);
  CHECK(report.duration_ms >= 80);
}

TEST_CASE("a connection that is not answered is L4TOUT after min(connect, inter)") {
  Bench bench;
  // A backlog of one that is full drops what comes next.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  base::Address address = *base::Address::from_ip("127.0.0.1", 0);
  REQUIRE(::bind(listener, address.data(), address.length()) == 0);
  REQUIRE(::listen(listener, 0) == 0);
  socklen_t length = base::Address::kCapacity;
  ::getsockname(listener, address.data(), &length);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(fillers.back(), address.data(), address.length());
  }
  CheckTarget target = bench.target("a", address);
  target.options.inter_ms = 2'000;
  target.timeout_check_ms = 1'000;
  target.timeout_connect_ms = 60;
  const auto report = bench.first(target);
  CHECK(report.status == CheckStatus::L4Timeout);
  CHECK(report.duration_ms >= 60);
  CHECK(report.duration_ms < 1'000);
  for (const int filler : fillers) ::close(filler);
  ::close(listener);
}

TEST_CASE("port and addr of the check win over the server's") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget by_port = bench.target("a", closed_port(*bench.loop));
  by_port.options.port = origin.address().port();
  CHECK(bench.first(by_port).status == CheckStatus::L4Ok);
  CheckTarget by_address =
      bench.target("b", *base::Address::from_ip("192.0.2.1", origin.address().port()));
  by_address.address = *base::Address::from_ip("127.0.0.1", 0);
  CHECK(bench.first(by_address).status == CheckStatus::L4Ok);
}

TEST_CASE("the present address is the one that is checked") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.target("a", closed_port(*bench.loop));
  bench.checker.configure({}, {{target}, {}});
  REQUIRE(bench.reports.await(1));
  CHECK_FALSE(bench.reports.last().passed);
  target.server->set_address(origin.address());
  REQUIRE(bench.reports.await(1));
  CHECK(bench.reports.last().passed);
}

TEST_CASE("checks follow fastinter while a server goes down and downinter once it is") {
  Bench bench;
  CheckTarget target = bench.target("a", closed_port(*bench.loop));
  target.options.inter_ms = 5'000;
  target.options.fastinter_ms = 20;
  target.options.downinter_ms = 150;
  bench.checker.configure({}, {{target}, {}});
  // Health starts at rise: the first failure makes it 0, so a server that was never UP is out at
  // once.
  model::ServerStateWord best = target.server->state();
  best.checked = true;
  best.health = 4;
  target.server->set_state(best);
  REQUIRE(bench.reports.await(4));
  const auto& all = bench.reports.all;
  // From the beginning of one check to that of the next: a report may come late, the next in time.
  CHECK(all[2].at_ms - all[0].at_ms >= 20);
  CHECK(all[2].at_ms - all[0].at_ms < 150);
  CHECK(all[3].at_ms - all[2].at_ms >= 75);
  CHECK(target.server->state().oper == model::OperState::Down);
}

TEST_CASE("MAINT stops checks, READY starts them again, DRAIN does not matter") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.target("a", origin.address());
  target.options.inter_ms = 20;
  model::ServerStateWord state;
  state.admin = model::AdminState::Maint;
  target.server->set_state(state);
  bench.checker.configure({}, {{target}, {}});
  CHECK_FALSE(Guard(*bench.loop).run(120));
  CHECK(origin.accepted() == 0);
  state.admin = model::AdminState::Drain;
  target.server->set_state(state);
  CHECK(bench.reports.await(1));
  state.admin = model::AdminState::Ready;
  target.server->set_state(state);
  CHECK(bench.reports.await(1));
  target.server->check_enabled = false;
  CHECK_FALSE(Guard(*bench.loop).run(100));
  CHECK(bench.reports.all.size() == 2);
}

TEST_CASE("a result that comes when the server is in MAINT is dropped") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.http_target("a", origin.address(), get_x());
  target.timeout_check_ms = 80;
  bench.checker.configure({}, {{target}, {}});
  CHECK_FALSE(Guard(*bench.loop).run(40));
  CHECK(origin.accepted() == 1);
  CHECK(target.server->history.check_running);
  model::ServerStateWord state;
  state.admin = model::AdminState::Maint;
  target.server->set_state(state);
  CHECK_FALSE(Guard(*bench.loop).run(120));
  CHECK(bench.reports.all.empty());
  CHECK_FALSE(target.server->history.check_running);
}

TEST_CASE("first checks are spread over the interval") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  std::vector<CheckTarget> targets;
  for (const char* name : {"a", "b", "c", "d"}) {
    targets.push_back(bench.target(name, origin.address()));
    targets.back().options.inter_ms = 400;
  }
  const std::uint64_t start = bench.loop->now_ms();
  bench.checker.configure({}, {std::move(targets), {}});
  REQUIRE(bench.reports.await(4));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(bench.reports.all[i].server == std::string(1, static_cast<char>('a' + i)));
    CHECK(bench.reports.all[i].at_ms - start + 4 >= 100 * i);  // bunched by a hundredth
  }
}

TEST_CASE("a reload keeps the checks of servers that stay and ends those of servers that go") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget stays = bench.http_target("stays", origin.address(), get_x());
  CheckTarget goes = bench.http_target("goes", origin.address(), get_x());
  bench.checker.configure({.spread = {.max_ms = 1}}, {{stays, goes}, {}});
  CHECK_FALSE(Guard(*bench.loop).run(60));
  CHECK(origin.accepted() == 2);
  bench.checker.configure({}, {{stays}, {}});
  CHECK(bench.checker.count() == 1);
  CHECK_FALSE(goes.server->history.check_running);
  CHECK(stays.server->history.check_running);
  CHECK_FALSE(Guard(*bench.loop).run(60));
  CHECK(origin.accepted() == 2);  // the running check went on, none was begun anew
}

TEST_CASE("a reload that shortens the interval shortens the pause") {
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.target("a", origin.address());
  target.options.inter_ms = 60'000;
  bench.checker.configure({}, {{target}, {}});
  REQUIRE(bench.reports.await(1));
  target.options.inter_ms = 30;
  bench.checker.configure({}, {{target}, {}});
  CHECK(bench.reports.await(2));
}

TEST_CASE("without checks nothing wakes the loop") {
  Bench bench;
  bench.checker.configure({}, {});
  CHECK(bench.loop->timers().count() == 0);
}
