#include "base/limits.h"
#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using Catch::Contains;

TEST_CASE("a backend that is named but not defined is an error with the nearest name") {
  const Outcome outcome = parse(
      "frontend f\n bind :80\n mode http\n default_backend node\n use_backend other if TRUE\n"
      " use_backend %[path] if TRUE\nbackend nodes\n mode http\n");
  CHECK(outcome.diagnostics.errors() == 2);
  CHECK_THAT(outcome.text(), Contains("did you mean 'nodes'?"));
  CHECK_THAT(outcome.text(), Contains("there is no backend 'other'"));
}

TEST_CASE("a backend without a mode takes that of the frontends that name it") {
  const Outcome outcome = parse(
      "frontend f\n mode http\n bind :80\n default_backend a\n use_backend b if TRUE\n"
      "backend a\nbackend b\nbackend c\n");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
  CHECK((outcome.proxy(1).is_http() && outcome.proxy(2).is_http() && !outcome.proxy(3).is_http()));
}

TEST_CASE("frontends of different modes must not share a backend") {
  CHECK_THAT(parse("frontend f\n mode http\n bind :80\n default_backend a\n"
                   "frontend g\n bind :81\n default_backend a\nbackend a\n")
                 .text(),
             Contains("write its mode"));
  CHECK_FALSE(parse("frontend f\n mode http\n bind :80\n default_backend a\nbackend a\n mode tcp\n")
                  .diagnostics.ok());
}

TEST_CASE("a listen with only the statistics page is in mode http") {
  CHECK(parse("listen stats\n bind *:8001\n stats enable\n").proxy().is_http());
  CHECK_FALSE(
      parse("listen s\n bind *:8001\n stats enable\n server a 1.1.1.1:80\n").proxy().is_http());
}

TEST_CASE("http directives in tcp mode are warned of and ignored") {
  const Outcome outcome = parse(
      "listen l\n mode tcp\n tcp-request content accept\n bind :1\n timeout client 1s\n log stdout "
      "local0\n option httplog\n"
      " option forwardfor\n http-request deny\n redirect location /\n http-response deny\n"
      " stats enable\n monitor-uri /m\n");
  CHECK(outcome.diagnostics.ok());
  CHECK(outcome.diagnostics.warnings() == 7);
  CHECK(outcome.proxy().log_format_choice == model::Proxy::LogFormatChoice::Tcp);
  CHECK(outcome.proxy().rules.size() == 1);
  CHECK_FALSE(outcome.proxy().stats.enabled);
}

TEST_CASE("missing timeouts are warned of and end in our limits") {
  const Outcome outcome = parse("listen l\n mode http\n bind :1\n server a 1.1.1.1:80\n");
  CHECK_THAT(outcome.text(),
             Contains("has no 'timeout client', 'timeout connect', 'timeout server'"));
  const model::Timeouts& timeouts = outcome.proxy().timeouts;
  CHECK(timeouts.connect == base::limits::kConnectTimeoutMs);
  CHECK(timeouts.queue == base::limits::kConnectTimeoutMs);
  CHECK(timeouts.client == base::limits::kClientTimeoutMs);
  CHECK(timeouts.http_request == base::limits::kHttpRequestTimeoutMs);
}

TEST_CASE("HAProxy's fall-backs between timeouts come before our limits") {
  const Outcome outcome = parse(listen(" timeout client 7s\n timeout connect 3s"));
  const model::Timeouts& timeouts = outcome.proxy().timeouts;
  CHECK(timeouts.queue == 3'000U);
  CHECK(timeouts.http_request == 7'000U);
  CHECK(timeouts.http_keep_alive == 7'000U);
  CHECK(parse(listen(" timeout http-request 2s")).proxy().timeouts.http_keep_alive == 2'000U);
  CHECK(parse(listen(" timeout client 0")).proxy().timeouts.client == 0U);
  CHECK_FALSE(timeouts.tunnel);
}

TEST_CASE("ids are those written, then the first free ones, from 2 with a runtime socket") {
  const Outcome outcome = parse(
      "backend a\nbackend b\n id 2\nbackend c\n server x 1.1.1.1:1\n server y 1.1.1.1:1 id 1\n");
  CHECK(outcome.proxy(0).numeric_id == 1);
  CHECK(outcome.proxy(2).numeric_id == 3);
  CHECK(outcome.proxy(2).servers[0].numeric_id == 2);
  CHECK(parse("global\n stats socket /s\nbackend a\n").proxy().numeric_id == 2);
  CHECK_FALSE(parse("backend a\n id 5\nbackend b\n id 5\n").diagnostics.ok());
}

TEST_CASE("two servers of one name are an error") {
  CHECK_THAT(parse("backend b\n server a 1.1.1.1:1\n server a 1.1.1.1:2\n").text(),
             Contains("already defined in line 2"));
}

TEST_CASE("fullconn is 10 % of what the frontends that lead here let in") {
  const Outcome outcome = parse(
      "frontend f\n bind :1\n maxconn 2000\n default_backend b\nfrontend g\n bind :2\n maxconn 15\n"
      " use_backend b if TRUE\nbackend b\n");
  CHECK(outcome.proxy(2).fullconn == 202);
  CHECK(parse("frontend f\n bind :1\n default_backend b\nbackend b\n").proxy(1).fullconn == 0);
}

TEST_CASE("a check needs a port, and a head needs room in a buffer") {
  CHECK_FALSE(parse("backend b\n server a 1.1.1.1 check\n").diagnostics.ok());
  CHECK(parse("backend b\n server a 1.1.1.1 check port 80\n").diagnostics.ok());
  CHECK_FALSE(parse("global\n tune.bufsize 1024\n tune.maxrewrite 1024\n").diagnostics.ok());
}

TEST_CASE("a frontend without a bind line is only a warning") {
  const Outcome outcome = parse("frontend f\n mode http\n timeout client 1s\n");
  CHECK(outcome.diagnostics.ok());
  CHECK_THAT(outcome.text(), Contains("has no bind line"));
}

TEST_CASE("zero-warning turns warnings into an error") {
  CHECK_FALSE(parse("global\n zero-warning\nfrontend f\n").diagnostics.ok());
  CHECK(parse("global\n zero-warning\n").diagnostics.ok());
}

TEST_CASE("global TLS defaults are merged into bind and server lines") {
  const Outcome outcome = parse(
      "global\n ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n"
      " ssl-default-bind-ciphers A\nlisten l\n bind :1 ssl crt /a\n bind :2 ssl crt /a ciphers B "
      "ssl-min-ver TLSv1.3\n");
  CHECK(outcome.bind(0).tls_options.ciphers == "A");
  CHECK(outcome.bind(0).tls_options.no_tickets);
  CHECK(outcome.bind(1).tls_options.ciphers == "B");
  CHECK(outcome.bind(1).tls_options.min_version == model::TlsVersion::Tls13);
}
