#include "admin/stats_form.h"

#include "admin/access.h"
#include "admin/stats_listener.h"
#include "admin/url.h"
#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using admin_test::field_of;
using admin_test::Fixture;
using model::AdminState;

namespace {

http::ServiceReply post(Fixture& fixture, std::string body,
                        std::vector<std::pair<std::string, std::string>> fields = {},
                        std::string path = "/") {
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto request = Fixture::request("POST", std::move(path));
  request.body = std::move(body);
  request.role = http::Role::Admin;
  for (auto& field : fields) request.fields.push_back(field);
  return service.serve(request);
}

}  // namespace

TEST_CASE("a posted form changes servers and answers 303 with the result") {
  struct Row {
    const char* body;
    const char* location;
  };
  const Row rows[] = {
      {"s=s1&action=drain&b=be_a", "/;st=DONE"},
      {"s=s1&action=ready&b=%234", "/;st=DONE"},
      {"s=s1&s=s2&action=maint&b=be_a", "/;st=DONE"},
      {"s=s1&s=zz&action=ready&b=be_a", "/;st=PART"},
      {"s=zz&action=ready&b=be_a", "/;st=ERRP"},
      {"s=s1&action=bogus&b=be_a", "/;st=ERRP"},
      {"s=s1&action=ready&b=nosuch", "/;st=ERRP"},
      {"s=s1&action=ready", "/;st=ERRP"},
      {"s=s1&action=ready&b=%23be_a", "/;st=ERRP"},
      {"action=ready&b=be_a", "/;st=NONE"},
      {"x=y", "/;st=NONE"},
      {"", "/;st=NONE"},
      {"s=s1&s=s2&action=hdown&b=be_a", "/;st=DONE"},
      {"s=s1&s=nosuch&action=hdown&b=be_a", "/;st=PART"},
      {"s=s1&action=eagent&b=be_a", "/;st=ERRP"},
      {"s=s1&action=shutdown&b=be_a", "/;st=DONE"},
      {"s=s1&action=dhlth&b=be_a", "/;st=DONE"},
  };
  Fixture fixture;
  for (const Row& row : rows) {
    INFO(row.body);
    const auto reply = post(fixture, row.body);
    CHECK(reply.status == 303);
    CHECK(field_of(reply, "location") == row.location);
  }
}

TEST_CASE("the names of old still work") {
  Fixture fixture;
  post(fixture, "s=s1&action=disable&b=be_a");
  CHECK(fixture.server("s1").state().admin == AdminState::Maint);
  post(fixture, "s=s1&action=start&b=be_a");  // ends DRAIN only
  CHECK(fixture.server("s1").state().admin == AdminState::Maint);
  post(fixture, "s=s1&action=enable&b=be_a");
  CHECK(fixture.server("s1").state().admin == AdminState::Ready);
  post(fixture, "s=s1&action=stop&b=be_a");
  CHECK(fixture.server("s1").state().admin == AdminState::Drain);
  post(fixture, "s=s1&action=enable&b=be_a");  // ends MAINT only
  CHECK(fixture.server("s1").state().admin == AdminState::Drain);
  post(fixture, "s=s1&action=start&b=be_a");
  CHECK(fixture.server("s1").state().admin == AdminState::Ready);
}

TEST_CASE("a server that is named twice is changed once") {
  Fixture fixture;
  post(fixture, "s=s1&s=s1&action=drain&b=be_a");
  CHECK(fixture.changes.changes.size() == 1);
}

TEST_CASE("changes tell who made them and from where") {
  Fixture fixture;
  fixture.stats_proxy().stats.auth = {{"bob", "x"}};
  post(fixture, "s=s1&action=drain&b=be_a", {{"authorization", "Basic Ym9iOng="}});
  REQUIRE(fixture.changes.changes.size() == 1);
  CHECK(fixture.changes.changes[0].who == "bob");
  CHECK(fixture.changes.changes[0].from == control::ChangeSource::Form);
}

TEST_CASE("a form is refused without rights, and from pages of other hosts") {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  const std::pair<Fields, const char*> rows[] = {
      {{}, "/;st=DONE"},
      {{{"origin", "http://proxy.example:8001"}}, "/;st=DONE"},
      {{{"origin", "HTTP://PROXY.example:8001"}}, "/;st=DONE"},
      {{{"referer", "http://proxy.example:8001/;up"}}, "/;st=DONE"},
      {{{"origin", "http://evil.example"}}, "/;st=DENY"},
      {{{"origin", "http://proxy.example:8002"}}, "/;st=DENY"},
      {{{"origin", "http://proxy.example"}}, "/;st=DENY"},
      {{{"origin", "null"}}, "/;st=DENY"},
      {{{"referer", "http://evil.example/?proxy.example:8001"}}, "/;st=DENY"},
      {{{"referer", "http://proxy.example:8001.evil.example/"}}, "/;st=DENY"},
      {{{"referer", "http://proxy.example:8001@evil.example/"}}, "/;st=DENY"},
      {{{"origin", "http://evil.example"}, {"referer", "http://proxy.example:8001/"}}, "/;st=DENY"},
  };
  for (const auto& [fields, location] : rows) {
    Fixture fixture;
    INFO((fields.empty() ? "" : fields[0].second));
    CHECK(field_of(post(fixture, "s=s1&action=drain&b=be_a", fields), "location") == location);
    CHECK((fixture.server("s1").state().admin == AdminState::Drain) ==
          (std::string(location) == "/;st=DONE"));
  }
  Fixture fixture;
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto request = Fixture::request("POST", "/");
  request.body = "s=s1&action=drain&b=be_a";
  CHECK(field_of(service.serve(request), "location") == "/;st=DENY");
}

TEST_CASE("a body past the limit is answered EXCD") {
  Fixture fixture;
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto request = Fixture::request("POST", "/");
  request.role = http::Role::Admin;
  request.body_too_large = true;
  CHECK(field_of(service.serve(request), "location") == "/;st=EXCD");
}

TEST_CASE("the redirection keeps the options of the page and cannot be led away") {
  Fixture fixture;
  CHECK(field_of(post(fixture, "x", {}, "/;up;norefresh;st=DONE"), "location") ==
        "/;up;norefresh;st=NONE");
  const auto split = post(fixture, "x", {}, "/;scope=a%0D%0Aset-cookie:x");
  CHECK(field_of(split, "location") == "/;scope=a%0D%0Aset-cookie%3Ax;st=NONE");
}

TEST_CASE("urls and forms are decoded, malformed escapes stay") {
  CHECK(admin::url_decode("a%20b+c%2", admin::PlusSign::IsSpace) == "a b c%2");
  CHECK(admin::url_decode("a+%zz%41", admin::PlusSign::IsItself) == "a+%zzA");
  const auto form = admin::parse_form("a=1&&b&c=%26=d");
  REQUIRE(form.size() == 3);
  CHECK(form[1] == std::make_pair(std::string("b"), std::string()));
  CHECK(form[2] == std::make_pair(std::string("c"), std::string("&=d")));
  CHECK(admin::authority_of("https://A.b:443/x") == "a.b");
  CHECK(admin::authority_of("about:blank").empty());
}

TEST_CASE("base64 is read strictly") {
  CHECK(admin::decode_base64("Zm9v") == "foo");
  CHECK(admin::decode_base64("Zm8=") == "fo");
  CHECK(admin::decode_base64("Zg==") == "f");
  CHECK(admin::decode_base64("") == "");
  for (const char* bad : {"Zg", "Zg=", "Z===", "====", "Zm9v=", "Zg==Zg==", "Zm 9"}) {
    CHECK_FALSE(admin::decode_base64(bad));
  }
}
