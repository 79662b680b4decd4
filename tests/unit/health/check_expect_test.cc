#include "health/check_expect.h"

#include "health/check_request.h"
#include "unit/health/check_fixture.h"

using namespace sluice;
using namespace sluice::health;
using model::CheckStatus;
using model::ExpectKind;

namespace {

model::ProxyCheck check() { return test::http_check(); }

model::ProxyCheck check(ExpectKind kind, std::string pattern, bool negated = false) {
  model::ProxyCheck out = check();
  model::CheckStep expect;
  expect.kind = model::CheckStep::Kind::Expect;
  expect.expect.kind = kind;
  expect.expect.pattern = std::move(pattern);
  expect.expect.negated = negated;
  out.http_steps.push_back(std::move(expect));
  return out;
}

/// The memory that an evaluation needs.
struct Room {
  base::Arena arena;
  rules::Evaluation evaluation;
  Room() { evaluation.arena = &arena; }
};

std::string request_of(const model::ProxyCheck& of) {
  const auto script = test::script_of(of);
  REQUIRE(script);
  Room room;
  std::string out;
  REQUIRE(compose(std::get<HttpSendStep>(script->steps().at(1).what), "", room.evaluation, out));
  return out;
}

std::optional<model::CheckReport> judge(const model::ProxyCheck& of, std::string_view text,
                                        bool closed = true) {
  const auto script = test::script_of(of);
  REQUIRE(script);
  Room room;
  ReplyReader reader(16'384, http::Method::Options);
  reader.feed(text);
  if (closed) reader.finish();
  const Step& last = script->steps().back();
  const Judgement judgement = health::judge(*script, last, {&reader, {}, closed}, room.evaluation);
  if (judgement.is == Expectation::Wait) return std::nullopt;
  if (judgement.is == Expectation::Failed) return judgement.report;
  return success(*script, last, judgement, reader.status(), room.evaluation);
}

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kMoved = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kMissing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("the request defaults to OPTIONS / HTTP/1.0") {
  CHECK(request_of(check()) == "OPTIONS / HTTP/1.0\r\n\r\n");
}

TEST_CASE("an HTTP/1.1 request closes its connection and frames its body itself") {
  model::ProxyCheck of = check();
  model::CheckSend& send = of.http_steps[0].send;
  send.method = "POST";
  send.uri = "/p";
  send.version = "HTTP/1.1";
  send.headers = {{"Host", "h.example"}, {"Content-Length", "99"}, {"Transfer-Encoding", "x"}};
  send.body = "hello";
  CHECK(
      request_of(of) ==
      "POST /p HTTP/1.1\r\nHost: h.example\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
  send.headers = {{"Connection", "keep-alive"}};
  send.body.clear();
  CHECK(request_of(of) == "POST /p HTTP/1.1\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("responses 2xx and 3xx are valid by default, all other ones are not") {
  auto good = judge(check(), kOk);
  REQUIRE(good);
  CHECK(good->passed);
  CHECK(good->status == CheckStatus::L7Ok);
  CHECK(good->code == 200);
  CHECK(good->detail.empty());
  CHECK(judge(check(), kMoved)->passed);
  auto bad = judge(check(), kMissing);
  REQUIRE(bad);
  CHECK_FALSE(bad->passed);
  CHECK(bad->status == CheckStatus::L7Status);
  CHECK(bad->code == 404);
  CHECK(bad->detail == "Not Found");
}

TEST_CASE("a status is judged as soon as the head is read") {
  CHECK(judge(check(), "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", false)->passed);
  CHECK_FALSE(judge(check(), "HTTP/1.1 200 OK\r\n", false));
}

TEST_CASE("expect status takes a list of codes and ranges, and its negation") {
  CHECK(judge(check(ExpectKind::Status, "201,300-310"), kMoved)->passed);
  CHECK_FALSE(judge(check(ExpectKind::Status, "201,300-310"), kOk)->passed);
  CHECK_FALSE(judge(check(ExpectKind::Status, "200", true), kOk)->passed);
  CHECK(judge(check(ExpectKind::Status, "200", true), kMoved)->passed);
}

TEST_CASE("expect rstatus matches the code by a regular expression") {
  CHECK(judge(check(ExpectKind::RegexStatus, "^3"), kMoved)->passed);
  CHECK(judge(check(ExpectKind::RegexStatus, "^3"), kOk)->status == CheckStatus::L7Status);
  CHECK_FALSE(judge(check(ExpectKind::RegexStatus, "^2", true), kOk)->passed);
  CHECK_FALSE(test::script_of(check(ExpectKind::RegexStatus, "(")));
}

TEST_CASE("expect string looks in the body whatever the status") {
  auto found = judge(check(ExpectKind::String, "ell"), "HTTP/1.1 500 Oops\r\n\r\nhello");
  REQUIRE(found);
  CHECK(found->passed);
  CHECK(found->status == CheckStatus::L7Ok);
  CHECK(found->code == 500);
  auto missing = judge(check(ExpectKind::String, "world"), kOk);
  REQUIRE(missing);
  CHECK(missing->status == CheckStatus::L7Response);
  CHECK(missing->detail == "HTTP content check did not match");
  CHECK(judge(check(ExpectKind::String, "x"), kMoved)->detail ==
        "HTTP content check could not find a response body");
}

TEST_CASE("an unwanted string fails the check, at once") {
  auto unwanted =
      judge(check(ExpectKind::String, "ell", true), "HTTP/1.1 200 OK\r\n\r\nhello", false);
  REQUIRE(unwanted);
  CHECK_FALSE(unwanted->passed);
  CHECK(unwanted->detail == "HTTP check matched unwanted content");
  CHECK_FALSE(judge(check(ExpectKind::String, "x", true), "HTTP/1.1 200 OK\r\n\r\nhello", false));
  CHECK(judge(check(ExpectKind::String, "x", true), "HTTP/1.1 200 OK\r\n\r\nhello")->passed);
}

TEST_CASE("expect rstring matches the body by a regular expression") {
  CHECK(judge(check(ExpectKind::RegexString, "hel+o$"), kOk)->passed);
  CHECK_FALSE(judge(check(ExpectKind::RegexString, "^x"), kOk)->passed);
  CHECK_FALSE(judge(check(ExpectKind::RegexString, "hel+o", true), kOk)->passed);
}

TEST_CASE("what is no response is L7RSP") {
  CHECK(judge(check(), "garbage\r\n\r\n")->status == CheckStatus::L7Response);
  CHECK(judge(check(), "")->status == CheckStatus::L7Response);
}
