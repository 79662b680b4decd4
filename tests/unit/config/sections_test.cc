#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using Catch::Contains;

TEST_CASE("a section starts as the last defaults section, or as the one it names") {
  const Outcome outcome = parse(
      "defaults a\n mode http\n retries 1\ndefaults b from a\n retries 2\ndefaults\n mode tcp\n"
      "backend x from b\nbackend y\nbackend z from a\n");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
  CHECK((outcome.proxy(0).retries == 2 && outcome.proxy(0).is_http()));
  CHECK(outcome.proxy(0).defaults_name == "b");
  CHECK((outcome.proxy(1).retries == 3 && !outcome.proxy(1).is_http()));
  CHECK(outcome.proxy(2).retries == 1);
}

TEST_CASE("a defaults section resets what an earlier one set") {
  const Outcome outcome =
      parse("defaults\n mode http\n option abortonclose\ndefaults\nbackend b\n");
  CHECK_FALSE(outcome.proxy().abortonclose);
}

TEST_CASE("rules of a named defaults section come before the section's own") {
  const Outcome outcome = parse(
      "defaults d\n mode http\n http-request set-path /a\nfrontend f from d\n bind :80\n"
      " timeout client 1s\n http-request set-path /b\n");
  INFO(outcome.text());
  REQUIRE(outcome.proxy().rules.size() == 2);
  CHECK(outcome.proxy().rules[0].words[1].text == "/a");
}

TEST_CASE("a defaults section with rules cannot serve frontends and backends alike") {
  const std::string defaults = "defaults d\n mode http\n http-request deny\n";
  CHECK_THAT(parse(defaults + "listen l\n bind :80\n").text(), Contains("has rules"));
  CHECK_THAT(parse(defaults + "frontend f\n bind :80\nbackend b\n").text(), Contains("has rules"));
  CHECK(parse(defaults + "backend a\nbackend b\n").diagnostics.ok());
}

TEST_CASE("a missing or ambiguous defaults section is an error") {
  CHECK_THAT(parse("defaults base\nbackend b from bsae2\n").text(),
             Contains("no defaults section"));
  CHECK_THAT(parse("defaults a\ndefaults a\nbackend b from a\n").text(), Contains("two defaults"));
  CHECK_THAT(parse("backend b from\n").text(), Contains("needs a defaults"));
  CHECK_THAT(parse("defaults a\nbackend b\nbackend c from a\n").text(),
             Contains("by name and as the last one"));
}

TEST_CASE("two frontends or two backends of one name are an error, one of each is not") {
  CHECK(parse("frontend a\n bind :1\nbackend a\n").diagnostics.ok());
  CHECK_THAT(parse("backend a\nbackend a\n").text(),
             Contains("is taken by the section at t.cfg:1"));
  CHECK_FALSE(parse("listen a\n bind :1\nbackend a\n").diagnostics.ok());
  CHECK_FALSE(parse("listen a\n bind :1\nfrontend a\n bind :2\n").diagnostics.ok());
}

TEST_CASE("a section needs a name of permitted characters") {
  CHECK_THAT(parse("backend\n server a 1.1.1.1:80\n").text(), Contains("needs a name"));
  CHECK_THAT(parse("backend a?b\n").text(), Contains("cannot contain '?'"));
  CHECK_THAT(parse("global x\n").text(), Contains("takes no name"));
}

TEST_CASE("an address on the section's line is refused with the bind line to write") {
  CHECK_THAT(parse("frontend f 1.2.3.4:80\n").text(), Contains("bind 1.2.3.4:80"));
  CHECK_THAT(parse("listen f :80\n").text(), Contains("bind :80"));
}

TEST_CASE("a section that is not supported is reported once and its body skipped") {
  const Outcome outcome = parse("cache c\n total-max-size 4\n max-age 10\nbackend b\n");
  CHECK(outcome.diagnostics.errors() == 1);
  CHECK_THAT(outcome.text(), Contains("sections 'cache' are not supported by Sluice yet"));
  CHECK(outcome.config.proxies.size() == 1);
  CHECK_THAT(parse("[backnd b]\nserver = a 1.1.1.1:80\n", "t.ini").text(), Contains("'backend'?"));
}

TEST_CASE("a directive outside of any section is an error") {
  CHECK_THAT(parse("foo bar\nmode http\n").text(), Contains("outside of any section"));
  CHECK_THAT(parse("fronted f\n").text(), Contains("did you mean 'frontend'?"));
}

TEST_CASE("every error of a file is reported, each with its place and a caret") {
  const Outcome outcome = parse(listen(" retries x\n mode tpc\n nosuch 1\n server a 1.1.1.1:b"));
  CHECK(outcome.diagnostics.errors() == 4);
  CHECK_THAT(outcome.text(), Contains("t.cfg:7:10: "));
  CHECK_THAT(outcome.text(), Contains("     retries x\n             ^\n"));
}

TEST_CASE("a section's own stats lines replace those of its defaults") {
  const std::string defaults = "defaults\n mode http\n stats uri /d\n stats auth a:b\n";
  const Outcome outcome =
      parse(defaults + "listen l\n bind :1\n stats enable\nlisten m\n bind :2\n");
  CHECK(outcome.proxy(0).stats.uri == "/haproxy?stats");
  CHECK(outcome.proxy(0).stats.auth.empty());
  CHECK(outcome.proxy(0).is_stats_listener());
  CHECK(outcome.proxy(1).stats.uri == "/d");
  CHECK_FALSE(outcome.proxy(1).is_stats_listener());
}

TEST_CASE("default-server applies to the servers below it and is inherited") {
  const Outcome outcome = parse(
      "defaults\n mode http\n default-server check inter 3s\nbackend b\n server a 1.1.1.1:80\n"
      " default-server inter 4s\n server b 1.1.1.1:80 no-check\n");
  CHECK(outcome.server(0).check.inter_ms == 3'000);
  CHECK(outcome.server(1).check.inter_ms == 4'000);
  CHECK_FALSE(outcome.server(1).check.enabled);
}

TEST_CASE("a rule below a later kind of rule is warned of") {
  CHECK_THAT(
      parse(listen(" use_backend b if TRUE\n http-request deny\nbackend b\n mode http")).text(),
      Contains("still evaluated before it"));
  CHECK_THAT(parse(listen("tcp-request content accept\n tcp-request connection accept")).text(),
             Contains("a 'tcp-request connection' rule placed after a 'tcp-request content' rule"));
}

TEST_CASE("headers in the version of option httpchk work, with a warning") {
  const Outcome outcome = parse(listen(R"( option httpchk HEAD / HTTP/1.1\r\nHost:\ example.com)"));
  CHECK(outcome.diagnostics.ok());
  CHECK(outcome.diagnostics.warnings() == 1);
  CHECK(outcome.proxy().check.http_steps.at(0).send.version == "HTTP/1.1");
  REQUIRE(outcome.proxy().check.http_steps.at(0).send.headers.size() == 1);
  CHECK(outcome.proxy().check.http_steps.at(0).send.headers[0].second == "example.com");
}

TEST_CASE("log targets: descriptors, unix sockets, names, default port") {
  const Outcome outcome = parse(
      "global\n log stdout format raw local0\n log /dev/log local1 notice\n log 127.0.0.1 daemon\n"
      " log syslog.example local0\n log fd@5 local0\n");
  INFO(outcome.text());
  const auto& logs = outcome.config.global.logs;
  REQUIRE(logs.size() == 5);
  CHECK((logs[0].fd == 1 && logs[0].format == model::LogFormatKind::Raw));
  CHECK(logs[1].transport == model::LogTransport::UnixDatagram);
  CHECK(logs[2].address.port() == 514);
  CHECK((logs[3].host == "syslog.example" && logs[3].port == 514));
  CHECK(logs[4].fd == 5);
}

TEST_CASE("a userlist has users and groups, which name one another in any order") {
  const Outcome outcome = parse(
      "userlist l\n group g users a,b\n user a password $1$s$x groups h\n user b insecure-password"
      " 'x y'\n group h\nuserlist empty\n");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
  const model::Userlist* list = outcome.config.find_userlist("l");
  REQUIRE((list != nullptr && list->users.size() == 2 && list->groups.size() == 2));
  const model::User* a = list->find("a");
  REQUIRE(a != nullptr);
  CHECK((a->hashed && a->secret == "$1$s$x" && a->is_in("g") && a->is_in("h")));
  CHECK((!list->users[1].hashed && list->users[1].secret == "x y" && !list->users[1].is_in("h")));
  CHECK(*list->any_hash() == "$1$s$x");
  REQUIRE(outcome.config.find_userlist("empty") != nullptr);
  CHECK(outcome.config.find_userlist("empty")->any_hash() == nullptr);
}

TEST_CASE("an admin section is a frontend that serves nothing else, named or not") {
  const Outcome outcome = parse(
      "defaults\n mode tcp\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n"
      " default_backend b\n stats scope b\n"
      "admin\n bind 127.0.0.1:1\nadmin two\n bind 127.0.0.1:2\n stats auth a:b\nbackend b\n");
  INFO(outcome.text());
  REQUIRE(outcome.diagnostics.ok());
  for (const std::size_t i : {0U, 1U}) {
    const model::Proxy& proxy = outcome.proxy(i);
    CHECK(proxy.name == (i == 0 ? "admin" : "two"));
    CHECK((proxy.is_admin && proxy.is_frontend() && !proxy.is_backend() && proxy.is_http()));
    CHECK(proxy.is_stats_listener());
    CHECK((proxy.default_backend.empty() && proxy.stats.scopes.empty()));
  }
  CHECK(outcome.proxy(1).stats.auth.size() == 1);
  CHECK_FALSE(outcome.proxy(2).is_admin);
}

TEST_CASE("an admin section may start as a defaults section that it names, without one itself") {
  const Outcome outcome = parse("defaults d\n maxconn 7\nadmin from d\n bind 127.0.0.1:1\n");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
  CHECK((outcome.proxy().name == "admin" && outcome.proxy().maxconn == 7));
}

TEST_CASE("defaults with rules serve admin sections and frontends alike, and no backend besides") {
  const std::string defaults = "defaults d\n mode http\n timeout client 1s\n http-request deny\n";
  const std::string admin = "admin from d\n bind 127.0.0.1:1\n";
  CHECK(parse(defaults + admin + "frontend f from d\n bind 127.0.0.1:2\n").diagnostics.ok());
  CHECK_THAT(parse(defaults + admin + "backend b from d\n").text(), Contains("has rules"));
}
