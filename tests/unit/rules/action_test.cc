#include "fixture.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::rules;
using model::RulePoint;
using sluice::rules::test::Fixture;

TEST_CASE("header actions set, add, delete and replace") {
  Fixture f;
  f.add_rule("set-header X-A %[path]");
  f.add_rule("add-header X-A again");
  f.add_rule("del-header X-E");
  f.add_rule("del-header ^x-at -m reg");
  f.add_rule("set-header Host new.example");
  f.add_rule("del-header cookie");
  f.add_rule("add-header X-Two `a  b`");
  REQUIRE(f.run() == Verdict::Continue);
  CHECK(Fixture::fields_of(f.head) ==
        "x-n: 12abc|x-a: /a/b/c.html|x-a: again|host: new.example|x-two: a  b|");
  CHECK(f.head.host() == "new.example");
  CHECK(f.head.fields.find(http::FieldId::Cookie) == nullptr);
}

TEST_CASE("replace-header takes the whole value, replace-value each element") {
  Fixture f;
  f.add_rule("replace-header X-A (.*)e (\\1)");
  f.add_rule("replace-value X-A t(.*) <\\1>");
  REQUIRE(f.run() == Verdict::Continue);
  CHECK(Fixture::fields_of(f.head).find("x-a: (on)|x-a: <hre)>|") != std::string::npos);

  Fixture g;
  REQUIRE(g.run_one("replace-value X-A t(.*) <\\1>") == Verdict::Continue);
  CHECK(Fixture::fields_of(g.head).find("x-a: one, <wo>|x-a: <hree>|") != std::string::npos);
}

TEST_CASE("no value of a request can end a header line, a reply's header or a request line") {
  Fixture f;
  f.add_rule("set-header X-Out %[req.hdr(x-attack),url_dec]");
  f.add_rule("replace-header X-N .* %[req.hdr(x-attack),url_dec]");
  f.add_rule("set-path /p%[req.hdr(x-attack),url_dec]");
  f.add_rule("set-query q=%[req.hdr(x-attack),url_dec]");
  REQUIRE(f.run() == Verdict::Continue);
  for (const http::Field& field : f.head.fields) {
    CHECK(field.value.find_first_of("\r\n") == std::string_view::npos);
  }
  CHECK(f.head.fields.find("X-Out")->value == "a%0D%0AX-Split: b");
  CHECK(f.head.path == "/pa%0D%0AX-Split:%20b?q=a%0D%0AX-Split:%20b");
  REQUIRE(f.run_one("redirect location http://%[req.hdr(x-attack),url_dec]/") == Verdict::Stop);
  CHECK(Fixture::fields_of(f.outcome.reply).find_first_of("\r\n") == std::string::npos);
  REQUIRE(f.run_one("return hdr X-Y %[req.hdr(x-attack),url_dec]") == Verdict::Stop);
  CHECK(Fixture::fields_of(f.outcome.reply).find_first_of("\r\n") == std::string::npos);
  CHECK(f.diagnostics.ok());
  (void)f.run_one("set-header X-Y a\r\nX-Z:b");
  CHECK(f.first_error().find("a control character may not stand in a header") != std::string::npos);
}

TEST_CASE("a NUL byte is escaped like any control character") {
  Fixture f;
  f.head.fields.add("X-Nul", "a%00b");
  REQUIRE(f.run_one("set-header X-Out %[req.hdr(x-nul),url_dec]") == Verdict::Continue);
  CHECK(f.head.fields.find("X-Out")->value == "a%00b");
}

TEST_CASE("the request target is rewritten part by part") {
  struct Row {
    const char* rule;
    const char* path;
  };
  const Row rows[] = {
      {"set-path /new", "/new?x=1&y=two%20w&x=3"},
      {"set-path noslash", "/noslash?x=1&y=two%20w&x=3"},
      {"set-pathq %[path]", "/a/b/c.html"},
      {"set-query a=%[path]", "/a/b/c.html?a=/a/b/c.html"},
      {"set-query %[str()]", "/a/b/c.html?"},
      {"replace-path /a(/.*) \\1", "/b/c.html?x=1&y=two%20w&x=3"},
      {"replace-path nomatch /x", "/a/b/c.html?x=1&y=two%20w&x=3"},
      {"replace-pathq ([^?]*)(.*) /zz\\1\\2", "/zz/a/b/c.html?x=1&y=two%20w&x=3"},
      {"replace-uri (.*) \\1&k=2", "/a/b/c.html?x=1&y=two%20w&x=3&k=2"},
      {"set-uri /only", "/only"},
  };
  for (const Row& row : rows) {
    Fixture f;
    INFO(row.rule);
    CHECK(f.run_one(row.rule) == Verdict::Continue);
    CHECK(f.head.path == row.path);
    CHECK(f.diagnostics.ok());
  }
}

TEST_CASE("an absolute URI that is set brings its host along") {
  Fixture f;
  REQUIRE(f.run_one("set-uri http://foo/bar") == Verdict::Continue);
  CHECK(f.head.target_form == http::TargetForm::Absolute);
  CHECK(f.head.target(f.arena) == "http://foo/bar");
  CHECK(f.head.host() == "foo");
  Fixture connect;
  connect.head.target_form = http::TargetForm::Authority;
  connect.head.authority = "a:443";
  connect.head.path = {};
  REQUIRE(connect.run_one("set-path /x") == Verdict::Continue);
  CHECK(connect.head.target(connect.arena) == "a:443");
}

TEST_CASE("a method that is no token, or CONNECT, ends the request as a failed rewrite") {
  Fixture f;
  REQUIRE(f.run_one("set-method PUT") == Verdict::Continue);
  CHECK(f.head.method == http::Method::Put);
  CHECK(f.head.method_token == "PUT");
  REQUIRE(f.run_one("set-method `A B`") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Deny);
  CHECK(f.outcome.status == 500);
  CHECK(f.run_one("set-method CONNECT") == Verdict::Stop);
}

TEST_CASE("deny, tarpit, reject and allow end the rules") {
  Fixture f;
  REQUIRE(f.run_one("deny") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Deny);
  CHECK(f.outcome.status == 403);
  REQUIRE(f.run_one("deny deny_status 429 if { src 10.0.0.0/8 }") == Verdict::Stop);
  CHECK(f.outcome.status == 429);
  CHECK(f.run_one("deny unless { src 10.0.0.0/8 }") == Verdict::Continue);
  REQUIRE(f.run_one("deny status 429 content-type text/plain lf-string %[path]") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Deny);
  CHECK(f.outcome.has_reply);
  CHECK(f.outcome.reply.body == "/a/b/c.html");
  CHECK(Fixture::fields_of(f.outcome.reply) == "content-type: text/plain|");
  REQUIRE(f.run_one("deny hdr X-Y 1") == Verdict::Stop);
  CHECK(f.outcome.has_reply);
  CHECK(f.outcome.reply.status == 403);
  REQUIRE(f.run_one("return status 403 default-errorfiles") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Reply);
  CHECK_FALSE(f.outcome.has_reply);
  REQUIRE(f.run_one("tarpit") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Tarpit);
  CHECK(f.outcome.status == 500);
  REQUIRE(f.run_one("reject") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Reject);
  REQUIRE(f.run_one("silent-drop") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::SilentDrop);
  REQUIRE(f.run_one("allow") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Allow);
  REQUIRE(f.run_one("use-service prometheus-exporter if { path_beg /a }") == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::UseService);
  CHECK(f.outcome.service == "prometheus-exporter");
  REQUIRE(f.run_one("accept", RulePoint::Connection) == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Allow);
  f.evaluation.response = &f.answer;
  REQUIRE(f.run_one("deny", RulePoint::HttpResponse) == Verdict::Stop);
  CHECK(f.outcome.status == 502);
}

TEST_CASE("return answers with a status, headers and a body") {
  Fixture f;
  REQUIRE(f.run_one("return") == Verdict::Stop);
  CHECK(f.outcome.reply.status == 200);
  CHECK(f.outcome.reply.body.empty());
  REQUIRE(f.run_one("return status 404 content-type text/html string %[path] hdr X-Y %[path]") ==
          Verdict::Stop);
  CHECK(f.outcome.reply.status == 404);
  CHECK(f.outcome.reply.body == "%[path]");
  CHECK(Fixture::fields_of(f.outcome.reply) == "x-y: /a/b/c.html|content-type: text/html|");
}

TEST_CASE("redirects are composed as HAProxy composes them") {
  struct Row {
    const char* rule;
    int code;
    const char* fields;
  };
  const Row rows[] = {
      {"redirect location /x%[path]", 302, "location: /x/a/b/c.html|cache-control: no-cache|"},
      {"redirect prefix https://z code 301 drop-query append-slash set-cookie A=1", 301,
       "location: https://z/a/b/c.html/|set-cookie: A=1; path=/;|"},
      {"redirect scheme https code 308 clear-cookie B=", 308,
       "location: https://Www.Example.com:8080/a/b/c.html?x=1&y=two%20w&x=3|set-cookie: B=; "
       "path=/; Max-Age=0;|"},
      {"redirect prefix / code 307 drop-query", 307,
       "location: /a/b/c.html|cache-control: no-cache|"},
      {"redirect code 303 location /", 303, "location: /|cache-control: no-cache|"},
  };
  for (const Row& row : rows) {
    Fixture f;
    INFO(row.rule);
    REQUIRE(f.run_one(row.rule) == Verdict::Stop);
    CHECK(f.outcome.kind == OutcomeKind::Reply);
    CHECK(f.outcome.reply.is_redirect);
    CHECK(f.outcome.reply.status == row.code);
    CHECK(Fixture::fields_of(f.outcome.reply) == row.fields);
  }
  Fixture f;
  CHECK(f.run_one("redirect location %[req.hdr(nope)] ignore-empty") == Verdict::Continue);
}

TEST_CASE("a bare redirect is literal and runs after all http-request rules") {
  Fixture f;
  f.add_rule("redirect location /%[path]");
  model::Rule& bare = f.config.proxies[0].rules.back();
  bare.span = bare.words.front().span;
  f.add_rule("set-header X-Seen 1");
  REQUIRE(f.run() == Verdict::Stop);
  CHECK(f.head.fields.find("X-Seen") != nullptr);
  CHECK(Fixture::fields_of(f.outcome.reply) == "location: /%[path]|cache-control: no-cache|");
}

TEST_CASE("variables keep their value and type within their scope") {
  Fixture f;
  f.add_rule("set-var(txn.host) hdr(host),lower");
  f.add_rule("set-var(req.n) int(5)");
  f.add_rule("set-var-fmt(sess.f) %[src]:%[var(req.n)]");
  f.add_rule("set-var(txn.gone) str(x)");
  f.add_rule("unset-var(txn.gone)");
  REQUIRE(f.run() == Verdict::Continue);
  CHECK(f.value("var(txn.host)") == "www.example.com:8080");
  CHECK(f.value("var(req.n),add(1)") == "6");
  CHECK(f.value("var(sess.f)") == "10.1.2.3:5");
  CHECK(f.value("var(txn.gone)") == "(none)");
  CHECK(f.condition("{ var(txn.host) -m beg www. }") == "true");
  CHECK(f.diagnostics.ok());
}

TEST_CASE("the scope sess takes memory when its first variable is set, not when one is asked for") {
  Fixture f;
  CHECK(f.value("var(sess.none)") == "(none)");
  CHECK(f.evaluation.sess->find() == nullptr);
  f.add_rule("unset-var(sess.none)");
  f.add_rule("set-var(sess.one) str(1)");
  CHECK(f.run() == Verdict::Continue);
  REQUIRE(f.evaluation.sess->find() != nullptr);
  CHECK(f.value("var(sess.one)") == "1");
  f.evaluation.sess = nullptr;  // nobody's session, as in the line of a failed handshake
  CHECK(f.value("var(sess.one)") == "(none)");
}

TEST_CASE("captures, log level and status are set") {
  Fixture f;
  f.add_rule("capture req.hdr(x-n) len 3");
  f.add_rule("capture path id 1");
  f.add_rule("set-log-level silent");
  REQUIRE(f.run() == Verdict::Continue);
  CHECK(f.request_captures[2] == "12a");
  CHECK(f.request_captures[1] == "/a/b/");
  CHECK(f.value("capture.req.hdr(2)") == "12a");
  CHECK(f.evaluation.log_level == 8);
  CHECK(request_capture_slots(f.config.proxies[0]) == 3);
  f.evaluation.response = &f.answer;
  REQUIRE(f.run_one("set-status 503 reason `Slow Down`", RulePoint::HttpResponse) ==
          Verdict::Continue);
  CHECK(f.answer.status == 503);
  CHECK(f.answer.reason == "Slow Down");
  REQUIRE(f.run_one("set-header X-H %[hdr(x-r)]-%[status]", RulePoint::HttpResponse) ==
          Verdict::Continue);
  CHECK(f.answer.fields.find("X-H")->value == "r2-503");
}

TEST_CASE("wait-for-body suspends the rules and goes on at the same rule") {
  Fixture f;
  f.evaluation.body = {"ab", false, 5};
  f.add_rule("wait-for-body time 300ms if { hdr(x-n) -m found }");
  f.add_rule("deny if { req.body -m sub abcde }");
  REQUIRE(f.run() == Verdict::Wait);
  CHECK(f.cursor.waiting == WaitFor::RequestBody);
  CHECK(f.cursor.wait_deadline_ms == 5'300);
  CHECK(f.program.needs_body());
  f.evaluation.now.monotonic_ns += 100'000'000;
  REQUIRE(f.program.step(f.cursor, f.evaluation, f.outcome) == Verdict::Wait);
  CHECK(f.cursor.wait_deadline_ms == 5'300);
  f.evaluation.body = {"abcde", true, 5};
  REQUIRE(f.program.step(f.cursor, f.evaluation, f.outcome) == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Deny);
  CHECK(f.outcome.status == 403);
}

TEST_CASE("a body that does not come in time is answered 408") {
  Fixture f;
  f.evaluation.body = {"ab", false, 5};
  f.add_rule("wait-for-body time 300ms");
  REQUIRE(f.run() == Verdict::Wait);
  f.evaluation.now.monotonic_ns += 300'000'000;
  REQUIRE(f.program.step(f.cursor, f.evaluation, f.outcome) == Verdict::Stop);
  CHECK(f.outcome.status == 408);
}

TEST_CASE("at-least bytes are enough") {
  Fixture f;
  f.evaluation.body = {"abcd", false, 50};
  CHECK(f.run_one("wait-for-body time 1s at-least 4") == Verdict::Continue);
  f.evaluation.body = {"abc", false, 50};
  CHECK(f.run_one("wait-for-body time 1s at-least 4") == Verdict::Wait);
  CHECK(f.cursor.wait_bytes == 4);
}

TEST_CASE("content rules wait for the payload until the inspect delay is over") {
  Fixture f;
  f.evaluation.request = nullptr;
  f.evaluation.payload_final = false;
  f.add_rule("inspect-delay 5s", RulePoint::Content);
  f.add_rule("accept if HTTP", RulePoint::Content);
  f.add_rule("reject", RulePoint::Content);
  REQUIRE(f.run(RulePoint::Content) == Verdict::Wait);
  CHECK(f.program.inspect_delay_ms() == 5'000);
  CHECK(f.program.size() == 2);
  CHECK(f.cursor.waiting == WaitFor::Payload);
  CHECK(f.cursor.wait_deadline_ms == 10'000);
  Cursor copy = f.cursor;
  f.evaluation.request = &f.head;
  REQUIRE(f.program.step(copy, f.evaluation, f.outcome) == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Allow);
  f.evaluation.request = nullptr;
  f.evaluation.now.monotonic_ns += 5'000'000'000U;
  REQUIRE(f.program.step(f.cursor, f.evaluation, f.outcome) == Verdict::Stop);
  CHECK(f.outcome.kind == OutcomeKind::Reject);
}

TEST_CASE("without an inspect delay nothing waits") {
  Fixture f;
  f.evaluation.request = nullptr;
  f.evaluation.payload_final = false;
  f.add_rule("accept if HTTP", RulePoint::Content);
  CHECK(f.run(RulePoint::Content) == Verdict::Continue);
}

TEST_CASE("an error in a rule names its place, and all rules are checked") {
  struct Case {
    const char* rule;
    RulePoint point;
    const char* message;
    std::uint32_t column;
  };
  const auto request = RulePoint::HttpRequest;
  const Case cases[] = {
      {"set-headr X 1", request, "there is no action 'set-headr' of http-request", 1},
      {"set-status 200", request, "'set-status' is not an action of http-request", 1},
      {"track-sc0 src", request, "the action 'track-sc0' is not supported by Sluice yet", 1},
      {"lua.x", request, "the action 'lua.x' is not supported by Sluice yet", 1},
      {"set-header", request, "'set-header' needs the name of a header", 1},
      {"set-header X:Y 1", request, "'X:Y' is not the name of a header", 12},
      {"set-header X", request, "needs the value of the header", 12},
      {"set-header X %[pth]", request, "there is no sample fetch 'pth'", 16},
      {"set-header X %zz", request, "there is no log-format variable '%zz'", 14},
      {"deny deny_status 99", request, "'99' is not a status from 200 to 599", 18},
      {"return string abc", request, "an answer with a body needs 'content-type'", 8},
      {"return status 204 content-type a/b string x", request,
       "an answer of status 204 has no body", 15},
      {"redirect code 302", request, "'redirect' needs 'location', 'prefix' or 'scheme'", 1},
      {"redirect location / code 200", request, "'200' is not a code of a redirect", 26},
      {"set-var txn.x str(a)", request, "needs its argument in parentheses", 1},
      {"set-var(foo.x) str(a)", request, "'foo.x' is not a variable", 9},
      {"wait-for-body", request, "needs 'time'", 1},
      {"use-service lua.x", request, "the service 'lua.x' is not supported by Sluice yet", 13},
      {"reject extra", RulePoint::Connection, "'reject' does not take 'extra' here", 8},
      {"deny if { path_bge /a }", request, "there is no ACL criterion 'path_bge'", 11},
  };
  for (const Case& row : cases) {
    Fixture f;
    INFO(row.rule);
    f.add_rule(row.rule, row.point);
    (void)f.compile(row.point);
    REQUIRE(f.diagnostics.errors() == 1);
    CHECK(f.diagnostics.all().front().message.find(row.message) != std::string::npos);
    CHECK(f.diagnostics.all().front().span.column == row.column);
  }
}
