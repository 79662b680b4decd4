#include "admin/login.h"

#include "admin/access.h"
#include "admin/login_lists.h"
#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using namespace sluice::admin;
using admin_test::Fixture;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint64_t kHourMs = 3'600'000;

struct LoginFixture : Fixture {
  LoginFixture() { stats_proxy().stats.auth = {{"alice", "secret"}, {"bob", "b:c"}}; }
  const model::StatsAuth& alice() { return stats_proxy().stats.auth[0]; }
  static http::ServiceRequest with(std::string name, std::string value) {
    http::ServiceRequest out = request("GET", "/api/state");
    out.fields.emplace_back(std::move(name), std::move(value));
    out.source = *base::Address::from_ip("192.0.2.1", 1234);
    return out;
  }
  static http::ServiceRequest with_cookie(const LoginSession& session) {
    return with("cookie", "a=b; sluice_session_8001=" + session.id + "; c=d");
  }
  const LoginSession* begin(std::uint64_t now_ms) {
    return sessions.begin({"", "", stats_proxy().name, "", alice(), now_ms});
  }
  Caller ask(const http::ServiceRequest& request, std::uint64_t now_ms = 1'000) {
    return caller_of(logins, request, *config, stats_proxy(), now_ms);
  }
  Logins logins{sessions};
};

}  // namespace

TEST_CASE("a session is found by its cookie among others, and names are never alike") {
  LoginFixture f;
  const LoginSession* session = f.begin(1'000);
  REQUIRE(session != nullptr);
  CHECK(session->id.size() == 64);
  CHECK(session->id != session->token);
  CHECK(session->id != f.begin(1'000)->id);
  const Caller caller = f.ask(f.with_cookie(*session));
  CHECK(caller.how == Caller::How::Cookie);
  CHECK(caller.user == "alice");
  CHECK(caller.session == session);
  CHECK_FALSE(f.ask(f.with("cookie", "sluice_session_9=" + session->id)).known());
  CHECK_FALSE(f.ask(f.with("cookie", "sluice_session_8001=" + session->token)).known());
}

TEST_CASE("a session ends when it is unused for half a day, and with its account") {
  LoginFixture f;
  const auto cookie = f.with_cookie(*f.begin(1'000));
  CHECK(f.ask(cookie, 11 * kHourMs).known());
  CHECK(f.ask(cookie, 22 * kHourMs).known());
  CHECK_FALSE(f.ask(cookie, 35 * kHourMs).known());
  CHECK(f.logins.sessions.size() == 0);
  const auto again = f.with_cookie(*f.begin(1'000));
  f.stats_proxy().stats.auth[0].password = "other";
  CHECK_FALSE(f.ask(again).known());
  f.stats_proxy().stats.auth[0].password = "secret";
  CHECK_FALSE(f.ask(again).known());
}

TEST_CASE("of too many sessions the one that was unused for longest goes") {
  LoginFixture f;
  const auto first = f.with_cookie(*f.begin(1));
  const auto second = f.with_cookie(*f.begin(2));
  for (std::size_t i = 2; i < LoginSessions::kMostSessions; ++i) static_cast<void>(f.begin(3));
  CHECK(f.ask(first, 4).known());
  static_cast<void>(f.begin(5));
  CHECK(f.logins.sessions.size() == LoginSessions::kMostSessions);
  CHECK(f.ask(first, 6).known());
  CHECK_FALSE(f.ask(second, 6).known());
}

TEST_CASE("an address that fails too often waits until its minute is over") {
  LoginGuard guard;
  const auto here = *base::Address::from_ip("192.0.2.1", 1);
  const auto there = *base::Address::from_ip("192.0.2.2", 1);
  for (unsigned i = 1; i < LoginGuard::kMostFailures; ++i) guard.failed(here, 1'000);
  CHECK_FALSE(guard.blocked(here, 1'000));
  guard.failed(here, 31'000);
  CHECK(guard.blocked(here, 31'000) == 30);
  CHECK_FALSE(guard.blocked(there, 31'000));
  CHECK(guard.blocked(here, 60'999) == 1);
  CHECK_FALSE(guard.blocked(here, 61'000));
  guard.failed(here, 61'000);
  CHECK_FALSE(guard.blocked(here, 61'000));
  for (unsigned i = 1; i < LoginGuard::kMostFailures; ++i) guard.failed(here, 61'000);
  CHECK(guard.blocked(here, 61'000));
  guard.succeeded(here);
  CHECK_FALSE(guard.blocked(here, 61'000));
}

TEST_CASE("a network of IPv6 counts as one address, and one of IPv4 does not") {
  LoginGuard guard;
  const auto at = [](const char* ip) { return *base::Address::from_ip(ip, 1); };
  for (unsigned i = 0; i < LoginGuard::kMostFailures; ++i) {
    guard.failed(at(i % 2 == 0 ? "2001:db8::1" : "2001:db8::ffff:2"), 1'000);
    guard.failed(at(i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"), 1'000);
  }
  CHECK(guard.blocked(at("2001:db8::3"), 2'000).has_value());
  CHECK_FALSE(guard.blocked(at("2001:db8:0:1::1"), 2'000).has_value());
  CHECK_FALSE(guard.blocked(at("192.0.2.1"), 2'000).has_value());
}

TEST_CASE("what an answer bears for browsers is added to what it has, also when it comes later") {
  const auto value = [](const http::ServiceReply& reply, std::string_view name) {
    for (const auto& [field, text] : reply.fields) {
      if (field == name) return text;
    }
    return std::string();
  };
  http::ServiceReply own;
  own.fields.emplace_back("content-security-policy", "default-src 'self'");
  const http::ServiceReply kept = hardened(own);
  CHECK(value(kept, "content-security-policy") == "default-src 'self'");
  CHECK(value(kept, "x-frame-options") == "DENY");
  http::ServiceReply later;
  later.later = [](const std::function<void(http::ServiceReply)>& answer) { answer({}); };
  http::ServiceReply came;
  hardened(later).later([&came](http::ServiceReply reply) { came = std::move(reply); });
  CHECK_THAT(value(came, "content-security-policy"), Contains("frame-ancestors 'none'"));
  CHECK(value(came, "x-content-type-options") == "nosniff");
}

TEST_CASE("a name that leads a browser to its own machine is told from those of the machine") {
  const auto astray = [](const char* source, const char* host, const char* field) {
    http::ServiceRequest request;
    request.source = *base::Address::from_ip(source, 1);
    request.fields.emplace_back("host", host);
    if (field[0] != '\0') request.fields.emplace_back(field, "x");
    return is_led_astray(request);
  };
  CHECK(astray("127.0.0.1", "evil.example:8001", "origin"));
  CHECK(astray("127.0.0.1", "evil.example", "sec-fetch-site"));
  CHECK(astray("::1", "evil.example:8001", "referer"));
  CHECK_FALSE(astray("127.0.0.1", "evil.example:8001", ""));
  CHECK_FALSE(astray("192.0.2.1", "admin.example", "origin"));
  for (const char* host : {"localhost", "LocalHost:8001", "a.localhost:1", "127.0.0.1:8001",
                           "[::1]:8001", "192.0.2.7"})
    CHECK_FALSE(astray("127.0.0.1", host, "origin"));
}

TEST_CASE("failures of very many addresses are bounded") {
  LoginGuard guard;
  for (unsigned i = 0; i < 3 * LoginGuard::kMostAddresses; ++i) {
    const auto address =
        base::Address::from_ip("10." + std::to_string(i >> 16) + "." +
                                   std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255),
                               1);
    guard.failed(*address, 1'000 + i);
  }
  const auto last = *base::Address::from_ip("192.0.2.1", 1);
  for (unsigned i = 0; i < LoginGuard::kMostFailures; ++i) guard.failed(last, 20'000);
  CHECK(guard.blocked(last, 20'000));
}

TEST_CASE("the account is the one whose name and password are both right") {
  LoginFixture f;
  const model::StatsPage& page = f.stats_proxy().stats;
  CHECK(find_account(page, "alice", "secret") == &page.auth[0]);
  CHECK(find_account(page, "bob", "b:c") == &page.auth[1]);
  CHECK(find_account(page, "alice", "secre") == nullptr);
  CHECK(find_account(page, "alice", "secret1") == nullptr);
  CHECK(find_account(page, "", "") == nullptr);
}

TEST_CASE("a worker finds a session by its name, and a copy of it outlives it") {
  model::LoginSessions sessions;
  const LoginSession* session = sessions.begin({"", "", "admin", "people", {"olga", "$5$x"}, 1});
  REQUIRE(session != nullptr);
  const auto copy = sessions.look(session->id);
  REQUIRE(copy);
  CHECK((copy->proxy == "admin" && copy->list == "people" && copy->account.user == "olga"));
  CHECK_FALSE(sessions.look(session->token));
  sessions.end(session->id);
  CHECK_FALSE(sessions.look(copy->id));
  CHECK(copy->account.password == "$5$x");
}

namespace {

struct ListFixture : LoginFixture {
  ListFixture() {
    stats_proxy().stats.auth.clear();
    model::Userlist& list = config->userlists.emplace_back();
    list.name = "people";
    list.users.push_back({{}, "olga", "$5$x", true, {}});
    config->userlists.emplace_back().name = "others";
    stats_proxy().stats.operators.push_back(
        {{}, words("{ http_auth_group( people ) ops }"), false});
  }
  static std::vector<model::Word> words(std::string_view text) { return {{std::string(text), {}}}; }
  std::vector<std::string> lists() {
    std::vector<std::string> out;
    for (const model::Userlist* list : login_lists(*config, stats_proxy()))
      out.push_back(list->name);
    return out;
  }
  http::ServiceRequest olga() {
    const LoginSession* session =
        sessions.begin({"", "", stats_proxy().name, "people", {"olga", "$5$x"}, 1'000});
    return with_cookie(*session);
  }
};

}  // namespace

TEST_CASE("lists that may log in are those that the listener's rules ask, each once") {
  ListFixture f;
  CHECK(f.lists() == std::vector<std::string>{"people"});
  f.stats_proxy().acls.push_back({"x", {}, ListFixture::words("http_auth(others),bool")});
  f.stats_proxy().acls.push_back({"y", {}, ListFixture::words("http_auth(people)")});
  f.stats_proxy().acls.push_back({"z", {}, ListFixture::words("http_auth_user -m str a(none)")});
  CHECK(f.lists() == std::vector<std::string>{"people", "others"});
  f.stats_proxy().stats.auth = {{"alice", "secret"}};
  CHECK(f.lists().empty());
}

TEST_CASE("a list's session holds while the list has the user as it was, and the rules ask it") {
  ListFixture f;
  auto cookie = f.olga();
  CHECK(f.ask(cookie).how == Caller::How::Cookie);
  CHECK(f.ask(cookie).user == "olga");
  CHECK_FALSE(f.ask(cookie, 14 * kHourMs).how == Caller::How::Cookie);
  cookie = f.olga();
  f.config->userlists[0].users[0].secret = "$5$y";
  CHECK(f.ask(cookie).how == Caller::How::Open);
  f.config->userlists[0].users[0].secret = "$5$x";
  CHECK(f.ask(cookie).how == Caller::How::Open);
  cookie = f.olga();
  f.stats_proxy().stats.operators.clear();
  CHECK(f.ask(cookie).how == Caller::How::Open);
}

TEST_CASE("a role that a session gave is nobody's when the session is over") {
  ListFixture f;
  http::ServiceRequest request = f.with("cookie", "sluice_session_8001=" + std::string(64, '0'));
  request.user = "olga";
  request.by_session = true;
  CHECK_FALSE(f.ask(request).known());
  request.by_session = false;
  CHECK(f.ask(request).how == Caller::How::Basic);
}

TEST_CASE("another configuration ends the sessions whose account it does not have, and no others") {
  ListFixture f;
  const auto cookie = f.olga();
  end_orphans(f.sessions, *f.config);
  CHECK(f.sessions.size() == 1);
  f.config->userlists[0].users.clear();
  end_orphans(f.sessions, *f.config);
  CHECK(f.sessions.size() == 0);
}
