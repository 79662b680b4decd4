#include "admin/stats_listener.h"
#include "admin/stats_rows.h"
#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using admin_test::body_of;
using admin_test::field_of;
using admin_test::Fixture;
using Catch::Matchers::Contains;

namespace {

std::string page(Fixture& fixture, std::string path = "/", bool admin = false) {
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto request = Fixture::request("GET", std::move(path));
  request.role = admin ? http::Role::Admin : http::Role::Viewer;
  auto reply = service.serve(request);
  REQUIRE(reply.status == 200);
  return body_of(reply);
}

}  // namespace

TEST_CASE("the page shows a table per proxy with its rows") {
  Fixture fixture;
  const std::string html = page(fixture);
  for (const char* part :
       {"<html lang=\"en\">", "name=\"viewport\"", "Statistics Report for pid 4242",
        "version 0.1.0", "id=\"stats/Frontend\"", "id=\"stats/Backend\"", "id=\"fe_main/Frontend\"",
        "id=\"be_a/s1\"", "id=\"be_a/Backend\"", "<tr class=\"active_up\">",
        "<tr class=\"active_no_check\">", "L7OK/200 in 1ms", "10s UP", "scope=\"col\"",
        "scope=\"row\"", "CSV export"}) {
    CHECK_THAT(html, Contains(part));
  }
  CHECK_THAT(html, !Contains("{{"));
  CHECK_THAT(html, !Contains("<!-- part"));
  CHECK_THAT(html, !Contains("http://"));  // nothing from elsewhere
}

TEST_CASE("the page without rights has no form, with rights one per backend") {
  Fixture fixture;
  CHECK_THAT(page(fixture), !Contains("method=\"post\""));
  const std::string html = page(fixture, "/", true);
  CHECK_THAT(html, Contains("<form method=\"post\">"));
  CHECK_THAT(html, Contains("name=\"s\" value=\"s1\""));
  CHECK_THAT(html, Contains("<select name=\"action\">"));
  CHECK_THAT(html, Contains("<option value=\"drain\">"));
  CHECK_THAT(html, Contains("name=\"b\" value=\"#4\""));
  CHECK_THAT(html, Contains("<script src=\"/;page.js\">"));
}

TEST_CASE("every text of the configuration is escaped") {
  Fixture fixture;
  const std::string evil = "<script>alert(\"1\")</script>'&";
  fixture.config->proxies[1].name = evil;
  fixture.config->proxies[1].description = evil;
  fixture.config->proxies[2].servers[0].name = evil;
  fixture.config->proxies[2].servers[0].cookie = evil;
  fixture.stats_proxy().stats.description = evil;
  fixture.stats_proxy().stats.show_node = evil;
  fixture.stats_proxy().stats.show_legends = true;
  fixture.build();
  fixture.snapshot->find_backend("be_a")->live->servers()[0]->history.last_check.detail = evil;
  const std::string html = page(fixture, "/;scope=;st=<b>", true);
  CHECK_THAT(html, !Contains("<script>"));
  CHECK_THAT(html, !Contains("alert(\"1\")"));
  CHECK_THAT(html, Contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"));
}

TEST_CASE("the scope that was asked for is shown escaped, and limits the page") {
  Fixture fixture;
  const std::string html = page(fixture, "/?scope=%22%3E%3Cb%3E");
  CHECK_THAT(html, Contains("value=\"&quot;&gt;&lt;b&gt;\""));
  CHECK_THAT(html, !Contains("\"><b>"));
  CHECK_THAT(page(fixture, "/?scope=BE_"), Contains("be_a/s1") && !Contains("fe_main"));
  fixture.stats_proxy().stats.scopes = {"."};
  CHECK_THAT(page(fixture), Contains("stats/Frontend") && !Contains("fe_main"));
}

TEST_CASE("hide-version, show-node, show-desc and show-legends do what they say") {
  Fixture fixture;
  CHECK_THAT(page(fixture), !Contains("on node1") && !Contains("cap: backend"));
  auto& stats = fixture.stats_proxy().stats;
  stats.hide_version = true;
  stats.show_node = "";
  stats.description = "the edge";
  stats.show_legends = true;
  const std::string html = page(fixture);
  CHECK_THAT(html, !Contains("0.1.0"));
  CHECK_THAT(html, Contains("on node1: the edge"));
  CHECK_THAT(html, Contains("cap: backend, mode: http, id: 4"));
  CHECK_THAT(html, Contains("127.0.0.1:8001"));
}

TEST_CASE("stats refresh is a header, and norefresh takes it away") {
  Fixture fixture;
  fixture.stats_proxy().stats.refresh_s = 10;
  admin::StatsListener service(fixture.view, fixture.sessions);
  CHECK(field_of(service.serve(Fixture::request("GET", "/")), "refresh") == "10");
  CHECK(field_of(service.serve(Fixture::request("GET", "/;norefresh")), "refresh").empty());
}

TEST_CASE("csv and json come from the same address") {
  Fixture fixture;
  const std::string csv = page(fixture, "/;csv;norefresh");
  CHECK(csv.substr(0, 22) == "# pxname,svname,qcur,q");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 7);
  CHECK_THAT(csv, Contains("\nbe_a,s1,"));
  const std::string json = page(fixture, "/;json");
  CHECK(json.substr(0, 28) == "[[{\"objType\":\"Frontend\",\"pro");
  CHECK(json.substr(json.size() - 4) == "}]]\n");
  CHECK_THAT(page(fixture, "/;json-schema"), Contains("json-schema.org"));
  admin::StatsListener service(fixture.view, fixture.sessions);
  CHECK(field_of(service.serve(Fixture::request("GET", "/;csv")), "content-type") == "text/plain");
}

TEST_CASE("up and no-maint hide servers") {
  Fixture fixture;
  auto word = fixture.server("s2").state();
  word.admin = model::AdminState::Maint;
  fixture.server("s2").set_state(word);
  CHECK_THAT(page(fixture), Contains("be_a/s2"));
  CHECK_THAT(page(fixture, "/;up"), !Contains("be_a/s2") && Contains("Show all servers"));
  CHECK_THAT(page(fixture, "/;no-maint"), !Contains("be_a/s2"));
}

TEST_CASE("the result of an action is told in words") {
  Fixture fixture;
  CHECK_THAT(page(fixture, "/;st=DONE"), Contains("message active_up"));
  CHECK_THAT(page(fixture, "/;st=DENY"), Contains("Denied."));
  CHECK_THAT(page(fixture, "/;st=whatever"), Contains("Unexpected result."));
  CHECK_THAT(page(fixture), !Contains("Remove this message"));
}

TEST_CASE("a query in stats uri survives the scope form") {
  Fixture fixture;
  fixture.stats_proxy().stats.uri = "/haproxy?stats";
  const std::string html = page(fixture, "/haproxy?stats;norefresh");
  CHECK_THAT(html, Contains("action=\"/haproxy\""));
  CHECK_THAT(html, Contains("<input type=\"hidden\" name=\"stats\" value=\"\">"));
  CHECK_THAT(page(fixture, "/haproxy?stats=&scope=be_"), !Contains("fe_main"));
}

TEST_CASE("stats auth asks for credentials and takes only the right ones") {
  Fixture fixture;
  fixture.stats_proxy().stats.auth = {{"admin", "p:w"}, {"bob", "x"}};
  fixture.stats_proxy().stats.realm = "My \"realm\"";
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto request = Fixture::request("GET", "/");
  auto refused = service.serve(request);
  CHECK(refused.status == 401);
  CHECK(field_of(refused, "www-authenticate") == "Basic realm=\"My \\\"realm\\\"\"");
  const std::pair<const char*, int> rows[] = {
      {"Basic YWRtaW46cDp3", 200},  // admin:p:w
      {"basic Ym9iOng=", 200},      // bob:x
      {"Basic Ym9iOnk=", 401},      // bob:y
      {"Basic YWRtaW46cDo=", 401},  // admin:p:
      {"Basic !!!!", 401},         {"Basic", 401}, {"Bearer YWRtaW46cDp3", 401}, {"", 401},
  };
  for (const auto& [header, status] : rows) {
    request.fields = {{"Authorization", header}};
    CHECK(service.serve(request).status == status);
  }
}

TEST_CASE("a stats listener serves metrics under auth, health openly") {
  Fixture fixture;
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto metrics = service.serve(Fixture::request("GET", "/metrics?scope=server"));
  CHECK(metrics.status == 200);
  CHECK(field_of(metrics, "content-type") == "text/plain; version=0.0.4");
  CHECK_THAT(body_of(metrics),
             Contains("haproxy_server_status{proxy=\"be_a\",server=\"s1\",state=\"UP\"} 1"));
  CHECK(service.serve(Fixture::request("GET", "/metrics?scope=x")).status == 400);
  CHECK(service.serve(Fixture::request("POST", "/metrics")).status == 405);
  fixture.stats_proxy().stats.auth = {{"admin", "pw"}};
  CHECK(service.serve(Fixture::request("GET", "/metrics")).status == 401);
  auto health = service.serve(Fixture::request("GET", "/healthz"));
  CHECK(health.status == 200);
  CHECK(body_of(health) == "ok\n");
  CHECK(service.serve(Fixture::request("GET", "/readyz")).status == 200);
  fixture.stopping = true;
  CHECK(service.serve(Fixture::request("GET", "/readyz")).status == 503);
  CHECK(service.serve(Fixture::request("GET", "/healthz")).status == 200);
}

TEST_CASE("a traffic frontend with stats keeps those paths for its servers") {
  Fixture fixture;
  fixture.stats_proxy().stats.uri = "/admin";
  fixture.stats_proxy().default_backend = "be_a";
  admin::StatsListener service(fixture.view, fixture.sessions);
  CHECK(service.serve(Fixture::request("GET", "/healthz")).status == 404);
  CHECK(service.serve(Fixture::request("GET", "/admin")).status == 200);
}

TEST_CASE("other methods and unknown proxies are refused") {
  Fixture fixture;
  admin::StatsListener service(fixture.view, fixture.sessions);
  CHECK(service.serve(Fixture::request("DELETE", "/")).status == 405);
  auto request = Fixture::request("GET", "/");
  request.proxy = "be_a";
  CHECK(service.serve(request).status == 404);
}

TEST_CASE("a page of 2,000 servers comes in bounded pieces") {
  Fixture fixture;
  for (int i = 0; i < 2'000; ++i)
    fixture.config->proxies[2].servers.emplace_back().name = "n" + std::to_string(i);
  fixture.build();
  admin::StatsListener service(fixture.view, fixture.sessions);
  auto reply = service.serve(Fixture::request("GET", "/"));
  std::size_t pieces = 0, largest = 0;
  for (std::string piece = reply.more(); !piece.empty(); piece = reply.more()) {
    ++pieces;
    largest = std::max(largest, piece.size());
  }
  CHECK(pieces > 20);
  CHECK(largest < 65'536);
}

TEST_CASE("durations are short") {
  CHECK(admin::short_duration(0) == "0s");
  CHECK(admin::short_duration(61) == "1m1s");
  CHECK(admin::short_duration(3'600) == "1h");
  CHECK(admin::short_duration(90'000) == "1d1h");
}
