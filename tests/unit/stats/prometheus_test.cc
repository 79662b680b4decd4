#include "stats/prometheus.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "stats/fields.h"
#include "stats/metrics.h"
#include "support/catch.h"
#include "unit/stats/fixture.h"

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

std::string scrape(stats_test::Fixture& fixture, stats::ScrapeOptions options = {}) {
  stats::ProcessSample process;
  process.facts.version = "0.1.0";
  process.facts.node = "n\"1\\\n";
  stats::Scrape scrape({fixture.source}, fixture.moment, process, std::move(options));
  std::string out;
  for (std::string piece = scrape.next(); !piece.empty(); piece = scrape.next()) out += piece;
  return out;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

stats::ScrapeOptions options(std::vector<std::pair<std::string, std::string>> parameters) {
  auto parsed = stats::parse_scrape_options(parameters);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("metrics have HAProxy's names, labels and types") {
  stats_test::Fixture fixture;
  const std::string text = scrape(fixture);
  CHECK_THAT(text, Contains("# TYPE haproxy_frontend_current_sessions gauge\n"
                            "haproxy_frontend_current_sessions{proxy=\"web\"} 0\n"));
  CHECK_THAT(text, Contains("# TYPE haproxy_server_sessions_total counter\n"
                            "haproxy_server_sessions_total{proxy=\"web\",server=\"s1\"} 0\n"));
  CHECK_THAT(text,
             Contains("haproxy_backend_http_responses_total{proxy=\"web\",code=\"2xx\"} 0\n"));
  CHECK_THAT(text,
             Contains("haproxy_server_status{proxy=\"web\",server=\"s1\",state=\"UP\"} 1\n"
                      "haproxy_server_status{proxy=\"web\",server=\"s1\",state=\"MAINT\"} 0\n"));
  CHECK_THAT(
      text,
      Contains("haproxy_server_check_status{proxy=\"web\",server=\"s1\",state=\"L7OK\"} 1\n"));
  CHECK_THAT(text, !Contains("haproxy_server_check_status{proxy=\"web\",server=\"s2\""));
  CHECK_THAT(text,
             Contains("haproxy_server_check_duration_seconds{proxy=\"web\",server=\"s1\"} 0.003"));
  CHECK_THAT(text, Contains("haproxy_backend_agg_server_status{proxy=\"web\",state=\"UP\"} 2\n"));
  CHECK_THAT(text, Contains("haproxy_backend_agg_check_status{proxy=\"web\",state=\"L7OK\"} 1\n"));
  CHECK_THAT(text, Contains("haproxy_process_build_info{version=\"0.1.0\"} 1\n"));
}

TEST_CASE("every family has one head, however many samples it has") {
  stats_test::Fixture fixture;
  const std::string text = scrape(fixture);
  std::set<std::string> seen;
  for (std::size_t at = text.find("# TYPE "); at != std::string::npos;
       at = text.find("# TYPE ", at + 1)) {
    CHECK(seen.insert(text.substr(at, text.find('\n', at) - at)).second);
  }
  CHECK(seen.size() > 150);
}

TEST_CASE("a family of thousands of samples is cut to pieces with one head") {
  stats_test::Fixture fixture;
  fixture.config.servers.resize(2'000);
  fixture.source.servers.clear();
  for (std::size_t i = 0; i < 2'000; ++i) {
    fixture.config.servers[i].name = "n" + std::to_string(i);
    auto& live = fixture.backend.server(fixture.config.servers[i].name, i + 10);
    fixture.source.servers.push_back({&fixture.config.servers[i], &live});
  }
  stats::Scrape scrape({fixture.source}, fixture.moment, {}, options({{"scope", "server"}}));
  std::string all;
  std::size_t largest = 0;
  for (std::string piece = scrape.next(); !piece.empty(); piece = scrape.next()) {
    largest = std::max(largest, piece.size());
    all += piece;
  }
  CHECK(largest < 256 * 1024);
  CHECK(count(all, "# TYPE haproxy_server_status ") == 1);
  CHECK(count(all, "\nhaproxy_server_status{") == 5 * 2'000);
}

TEST_CASE("label values and help texts are escaped as the text format wants") {
  stats_test::Fixture fixture("a\"b\\c\nd");
  const std::string text = scrape(fixture);
  CHECK_THAT(text, Contains(R"(haproxy_frontend_sessions_total{proxy="a\"b\\c\nd"} 0)"));
  CHECK_THAT(text, Contains(R"(haproxy_process_node{node="n\"1\\\n"} 1)"));
}

TEST_CASE("bytes that are no UTF-8 are replaced") {
  stats_test::Fixture fixture("caf\xE9");
  CHECK_THAT(scrape(fixture), Contains("proxy=\"caf\xEF\xBF\xBD\""));
}

TEST_CASE("a scope limits the metrics, an unknown one is refused") {
  stats_test::Fixture fixture;
  const std::string servers = scrape(fixture, options({{"scope", "server"}}));
  CHECK_THAT(servers, Contains("haproxy_server_"));
  CHECK_THAT(servers, !Contains("haproxy_frontend_"));
  CHECK_THAT(servers, !Contains("haproxy_process_"));
  const std::string two = scrape(fixture, options({{"scope", "global"}, {"scope", "frontend"}}));
  CHECK_THAT(two, Contains("haproxy_process_"));
  CHECK_THAT(two, Contains("haproxy_frontend_"));
  CHECK_THAT(two, !Contains("haproxy_backend_"));
  CHECK(scrape(fixture, options({{"scope", "server"}, {"scope", ""}})).empty());
  CHECK_FALSE(stats::parse_scrape_options({{"scope", "nonsense"}}));
}

TEST_CASE("no-maint leaves servers in maintenance out") {
  stats_test::Fixture fixture;
  fixture.set(1, [](auto& word) { word.admin = model::AdminState::Maint; });
  CHECK_THAT(scrape(fixture), Contains("server=\"s2\""));
  CHECK_THAT(scrape(fixture, options({{"no-maint", ""}})), !Contains("server=\"s2\""));
}

TEST_CASE("metrics can be chosen and left out by name") {
  stats_test::Fixture fixture;
  const std::string one = scrape(fixture, options({{"metrics", "haproxy_server_status"}}));
  CHECK(count(one, "# TYPE ") == 1);
  CHECK_THAT(scrape(fixture, options({{"metrics", "-haproxy_server_status"}})),
             !Contains("haproxy_server_status"));
}

TEST_CASE("the collectable gives the same families") {
  stats_test::Fixture fixture;
  auto collectable = stats::make_collectable(
      [&fixture] { return stats::Scrape({fixture.source}, fixture.moment, {}, {}); });
  REQUIRE(collectable != nullptr);
}

TEST_CASE("every row of the metric table names a field that its objects have") {
  for (const auto& row : stats::metric_rows()) {
    const auto& field = stats::fields()[stats::field_index(row.field)];
    CHECK(field.name == row.field);
    CHECK((field.kinds & row.kinds) == row.kinds);
  }
  for (const auto& row : stats::process_metric_rows()) {
    CHECK(stats::info_fields()[stats::info_index(row.info)].name == row.info);
  }
}

TEST_CASE("promtool accepts the page") {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    WARN("promtool is not installed");
    return;
  }
  stats_test::Fixture fixture("odd \"name\"\\");
  char path[] = "/tmp/sluice-metrics-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  const std::string text = scrape(fixture);
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  close(fd);
  // Its naming advice ("counter metrics should have _total") is not what is asked here: HAProxy's
  // names are.
  const std::string command = "promtool check metrics < " + std::string(path) +
                              " 2>&1 | grep -ci 'error while linting\\|parsing'";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char answer[16] = {};
  CHECK(fgets(answer, sizeof answer, pipe) != nullptr);
  pclose(pipe);
  unlink(path);
  CHECK(std::string(answer) == "0\n");
}
