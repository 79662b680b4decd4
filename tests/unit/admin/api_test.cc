// The control API against a small configuration: changes, undo, expiry, keys, streams.
#include "admin/api.h"

#include "admin/api_share.h"
#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using namespace sluice::admin;

namespace {

struct ApiFixture : admin_test::Fixture {
  control::ChangeLog log;
  std::uint64_t now_ms = 100'000;
  ApiFixture() {
    changes.log = &log;
    view.log = &log;
    view.now_ms = [this] { return now_ms; };
    view.now = [this] {
      return base::Moment{now_ms * 1'000'000,
                          static_cast<std::int64_t>(now_ms) * 1'000 + 1'700'000'000'000'000};
    };
    api.emplace(view, logins);
    log.told = [this](const control::LoggedChange& change) { api->model().told(change); };
    api->second();
  }
  http::ServiceReply ask(std::string method, std::string path, std::string body = "",
                         http::ServiceRequest from = {}) {
    http::ServiceRequest call = request(std::move(method), std::move(path));
    call.fields.insert(call.fields.end(), from.fields.begin(), from.fields.end());
    call.role = http::Role::Admin;
    if (!body.empty()) call.fields.emplace_back("content-type", "application/json");
    call.body = std::move(body);
    http::ServiceReply reply = api->serve(call, stats_proxy(), Caller{Caller::How::Open});
    if (!reply.later) return reply;
    http::ServiceReply known;
    reply.later([&known](http::ServiceReply answer) { known = std::move(answer); });
    return known;
  }
  Json change(std::string body) {
    return Json::parse(ask("POST", "/api/changes", std::move(body)).body);
  }
  void pass(std::uint64_t ms) {
    now_ms += ms;
    api->second();
  }
  Logins logins{sessions};
  std::optional<Api> api;
};

http::ServiceRequest with(std::string name, std::string value) {
  http::ServiceRequest request;
  request.fields = {{std::move(name), std::move(value)}};
  return request;
}

constexpr const char* kDrain =
    R"({"actions":[{"target":"s:be_a/s1","set":"state","value":"drain"}],"note":"why"})";

}  // namespace

TEST_CASE("a share becomes the weights that are nearest to it", "[admin]") {
  CHECK(share_weights(25, {1}, {1}).legacy == std::vector<std::uint32_t>{3});
  CHECK(share_weights(25, {1}, {1}).fresh == std::vector<std::uint32_t>{1});
  CHECK(share_weights(50, {10}, {30}).legacy == std::vector<std::uint32_t>{1});
  CHECK(share_weights(0, {0, 4}, {7}).legacy == std::vector<std::uint32_t>{1, 4});
  CHECK(share_weights(0, {0, 4}, {7}).fresh == std::vector<std::uint32_t>{0});
  CHECK(share_weights(100, {5}, {0}).fresh == std::vector<std::uint32_t>{1});
  for (int percent = 1; percent < 100; ++percent) {
    const Shares shares = share_weights(percent, {1}, {1});
    CHECK(std::abs(share_of(shares.legacy, shares.fresh) - percent) < 0.5);
    CHECK(shares.legacy[0] <= 256);
    CHECK(shares.fresh[0] <= 256);
  }
}

TEST_CASE("latencies are kept to a tenth of a millisecond, and coarser above three seconds",
          "[admin]") {
  CHECK(unpack_ms(pack_ms(12.34)) == 12.3);
  CHECK(unpack_ms(pack_ms(60'000)) == 60'000);
  CHECK(unpack_ms(Figures::kNone).is_null());
}

TEST_CASE("a series keeps the last 900 seconds, and none of those before", "[admin]") {
  Series series;
  Figures figures;
  figures.req_rate = 7;
  series.put(10, figures);
  CHECK(series.at(10).req_rate == 7);
  CHECK(series.at(910).empty());
  CHECK(series.mean_rate(11, 2) == 3.5);
}

TEST_CASE("a change is applied, remembered with its origin, and set back by undo", "[admin]") {
  ApiFixture f;
  const Json done = f.change(kDrain);
  CHECK(done["id"] == 1);
  CHECK(done["note"] == "why");
  CHECK(done["from"] == "rest");
  CHECK(done["commands"][0] == "set server be_a/s1 state drain");
  CHECK(f.server("s1").state().admin == model::AdminState::Drain);
  const Json undone = Json::parse(f.ask("POST", "/api/changes/1/undo").body);
  CHECK(undone["undo_of"] == 1);
  CHECK(f.server("s1").state().admin == model::AdminState::Ready);
  CHECK(f.ask("POST", "/api/changes/1/undo").status == 409);
}

TEST_CASE("undo is refused where somebody changed the same since, unless it is forced", "[admin]") {
  ApiFixture f;
  (void)f.change(R"({"actions":[{"target":"s:be_a/s1","set":"weight","value":5}]})");
  (void)f.change(R"({"actions":[{"target":"s:be_a/s1","set":"weight","value":9}]})");
  const auto refused = f.ask("POST", "/api/changes/1/undo");
  CHECK(refused.status == 409);
  CHECK(Json::parse(refused.body)["code"] == "changed-since");
  CHECK(f.server("s1").state().weight == 9);
  CHECK(f.ask("POST", "/api/changes/1/undo", R"({"force":true})").status == 200);
  CHECK(f.server("s1").state().weight == 1);
}

TEST_CASE("of actions that are refused together none is applied", "[admin]") {
  ApiFixture f;
  const auto reply = f.ask("POST", "/api/changes",
                           R"({"actions":[{"target":"s:be_a/s1","set":"state","value":"maint"},
                               {"target":"s:be_a/s2","set":"weight","value":257}]})");
  CHECK(reply.status == 422);
  CHECK(Json::parse(reply.body)["errors"][0]["pointer"] == "/actions/1/value");
  CHECK(f.server("s1").state().admin == model::AdminState::Ready);
  CHECK(f.log.entries().empty());
}

TEST_CASE("a change that is not confirmed in time is set back, a confirmed one stays", "[admin]") {
  ApiFixture f;
  std::string body = kDrain;
  body.insert(body.size() - 1, R"(,"expires":1)");
  CHECK(f.change(body)["expires_at"].is_number());
  f.pass(59'000);
  CHECK(f.server("s1").state().admin == model::AdminState::Drain);
  f.pass(1'000);
  CHECK(f.server("s1").state().admin == model::AdminState::Ready);
  CHECK(f.log.entries().back().origin.note == "not confirmed in time");

  const auto id = f.change(body)["id"].get<int>();
  CHECK(f.ask("POST", "/api/changes/" + std::to_string(id) + "/confirm").status == 200);
  f.pass(120'000);
  CHECK(f.server("s1").state().admin == model::AdminState::Drain);
  CHECK(f.ask("POST", "/api/changes/" + std::to_string(id) + "/confirm").status == 409);
}

TEST_CASE("a repeated Idempotency-Key gets the first answer, another body with it is refused",
          "[admin]") {
  ApiFixture f;
  const auto key = with("idempotency-key", "k1");
  const auto first = f.ask("POST", "/api/changes", kDrain, key);
  CHECK(f.ask("POST", "/api/changes", kDrain, key).body == first.body);
  CHECK(f.log.entries().size() == 1);
  CHECK(f.ask("POST", "/api/changes", R"({"actions":[]})", key).status == 422);
  f.now_ms += IdempotencyStore::kKeptMs + 1;
  (void)f.ask("POST", "/api/changes", kDrain, key);
  CHECK(f.log.entries().size() == 2);
}

TEST_CASE("the log of changes is bounded by entries and by items", "[admin]") {
  control::ChangeLog log;
  for (std::size_t i = 0; i < control::ChangeLog::kMaxEntries + 5; ++i)
    log.note({}, 0, {"f:x", "state", "enabled", "disabled"});
  CHECK(log.entries().size() == control::ChangeLog::kMaxEntries);
  CHECK(log.find(5) == nullptr);
  CHECK(log.find(6) != nullptr);
  log.begin({});
  for (std::size_t i = 0; i < control::ChangeLog::kMaxItems; ++i)
    log.note({}, 0, {"f:x", "state", "enabled", "disabled"});
  (void)log.commit(0);
  CHECK(log.entries().size() == 1);
}

TEST_CASE("a stream of events resumes where it stopped, or is told to read again", "[admin]") {
  EventRing ring("boot");
  ring.publish("change", "{}");
  ring.publish("change", "{\"a\":1}");
  auto resumed = ring.open("boot-1", RatesWanted::All, 0);
  CHECK(resumed->more().find("id: boot-2\nevent: change\ndata: {\"a\":1}\n\n") !=
        std::string::npos);
  CHECK(ring.open("other-1", RatesWanted::All, 0)->more().find("event: reset") !=
        std::string::npos);
  for (std::size_t i = 0; i < EventRing::kMaxEvents; ++i) ring.publish("change", "{}");
  CHECK(ring.open("boot-1", RatesWanted::All, 0)->more().find("event: reset") != std::string::npos);
}

TEST_CASE("a stream that does not read is dropped, a quiet one gets a comment", "[admin]") {
  EventRing ring("boot");
  auto stuck = ring.open("", RatesWanted::All, 0);
  auto quiet = ring.open("", RatesWanted::None, 0);
  (void)quiet->more();
  CHECK(quiet->more().empty());
  bool woken = false;
  CHECK(quiet->wait([&woken] { woken = true; }));
  ring.publish_rates("{}", "{}");
  CHECK_FALSE(woken);
  ring.beat(EventRing::kSilenceMs);
  CHECK(woken);
  CHECK(quiet->more() == ": \n\n");
  CHECK(quiet->more().empty());
  CHECK(quiet->wait([] {}));
  CHECK(ring.streams() == 2);
  ring.beat(EventRing::kUnreadMs + 1);
  CHECK(ring.streams() == 1);
  ring.close();
  (void)quiet->more();  // what was ready to be said
  CHECK(quiet->more().empty());
  CHECK_FALSE(quiet->wait([] {}));
  CHECK_FALSE(ring.open("", RatesWanted::All, 0));
}

TEST_CASE("there are so many streams and no more, and one that ends makes room", "[admin]") {
  EventRing ring("boot");
  std::vector<http::ServiceReply> streams;
  for (std::size_t i = 0; i < EventRing::kMaxStreams; ++i)
    streams.push_back(*ring.open("", RatesWanted::All, 0));
  CHECK_FALSE(ring.open("", RatesWanted::All, 0));
  streams.pop_back();
  CHECK(ring.open("", RatesWanted::All, 0));
}
