#include "stats/prometheus.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "stats/fields.h"
#include "stats/metrics.h"
#include "support/catch.h"
#include "unit/stats/fixture.h"

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

std::string scrape(stats_test::Fixture& fixture, stats::ScrapeOptions options,
                   stats::ProcessSample process,
                   std::vector<model::ResolversReport> resolvers = {}) {
  stats::Scrape scrape({fixture.source}, fixture.moment, std::move(process), std::move(resolvers),
                       std::move(options));
  std::string out;
  while (!scrape.done()) out += scrape.next();
  CHECK(scrape.next().empty());
  return out;
}

std::string scrape(stats_test::Fixture& fixture, stats::ScrapeOptions options = {}) {
  stats::ProcessSample process;
  process.facts.version = "0.1.0";
  process.facts.node = "n\"1\\\n";
  return scrape(fixture, std::move(options), std::move(process));
}

/// Values by their names and labels, heads by themselves.
std::map<std::string, std::string> points(const std::string& text) {
  std::map<std::string, std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (line.starts_with("#")) {
      out[line] = "";
      continue;
    }
    // Both spell the edges of buckets as they like.
    std::string key = line.substr(0, space);
    if (const std::size_t le = key.find("le=\""); le != std::string::npos)
      key = key.substr(0, le) + std::to_string(std::strtod(key.c_str() + le + 4, nullptr));
    const double value = std::strtod(line.c_str() + space, nullptr);
    out[key] = std::isnan(value) ? "NaN" : std::to_string(value);
  }
  return out;
}

std::size_t count_of(const std::string& text, const std::string& what) {
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
  stats::Scrape scrape({fixture.source}, fixture.moment, {}, {}, options({{"scope", "server"}}));
  std::string all;
  std::size_t largest = 0;
  std::size_t silent = 0;  // while it takes samples, some at a time
  while (!scrape.done()) {
    const std::string piece = scrape.next();
    if (piece.empty()) ++silent;
    CHECK((all.empty() || !piece.empty()));
    largest = std::max(largest, piece.size());
    all += piece;
  }
  CHECK(silent == 2'000 / stats::MetricWalk::kSampledAtOnce);
  CHECK(largest < stats::Scrape::kPieceBytes + 4'096);
  CHECK(count_of(all, "# TYPE haproxy_server_status ") == 1);
  CHECK(count_of(all, "\nhaproxy_server_status{") == 5 * 2'000);
}

TEST_CASE("families are all of the page's, whenever they are asked for") {
  stats_test::Fixture fixture;
  stats::Scrape scrape({fixture.source}, fixture.moment, {}, {}, {});
  const std::size_t count = scrape.families().size();
  CHECK(count > 150);
  std::string all;
  while (!scrape.done()) {
    all += scrape.next();
    CHECK(scrape.families().size() == count);
  }
  CHECK(count_of(all, "# TYPE ") == count);
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
  CHECK(count_of(one, "# TYPE ") == 1);
  CHECK_THAT(scrape(fixture, options({{"metrics", "-haproxy_server_status"}})),
             !Contains("haproxy_server_status"));
}

TEST_CASE("prometheus-cpp writes the same page from the same families") {
  stats_test::Fixture fixture;
  fixture.server(0).counters.of(0).times().count(model::durations::bucket_of(2'000), 2'000'000);
  auto collectable = stats::make_collectable(
      [&fixture] { return stats::Scrape({fixture.source}, fixture.moment, {}, {}, {}); });
  std::ostringstream written;
  prometheus::TextSerializer{}.Serialize(written, collectable->Collect());
  const std::string ours = scrape(fixture, {}, {});
  // Line by line, as numbers: it writes "3.0000000000000001e-03" and "Nan", and a histogram's sum
  // before its buckets.
  const auto theirs = points(written.str());
  for (const auto& [key, value] : points(ours)) {
    const auto found = theirs.find(key);
    CHECK(key + " " + value == key + " " + (found != theirs.end() ? found->second : "is missing"));
  }
  CHECK(theirs.size() == points(ours).size());
}

TEST_CASE("durations are histograms by server, with what reached none") {
  stats_test::Fixture fixture;
  const auto count = [](model::CounterSet& set, std::uint64_t us) {
    set.of(1).times().count(model::durations::bucket_of(us), us * 1'000);
  };
  count(fixture.server(0).counters, 999);
  count(fixture.server(0).counters, 1'000);
  count(fixture.server(0).counters, 99'999'999);
  count(fixture.backend.counters, 70'000);
  count(fixture.frontend.counters, 70'000);
  const std::string text = scrape(fixture);
  const std::string s1 = "sluice_request_duration_seconds_bucket{proxy=\"web\",server=\"s1\",le=";
  CHECK(count_of(text, "# TYPE sluice_request_duration_seconds histogram\n") == 1);
  CHECK_THAT(text, Contains(s1 + "\"0.0005\"} 0\n"));
  CHECK_THAT(text, Contains(s1 + "\"0.001\"} 1\n"));
  CHECK_THAT(text, Contains(s1 + "\"0.0025\"} 2\n"));
  CHECK_THAT(text, Contains(s1 + "\"60\"} 2\n"));
  CHECK_THAT(text, Contains(s1 + "\"+Inf\"} 3\n"));
  CHECK_THAT(text, Contains("_seconds_sum{proxy=\"web\",server=\"s1\"} 100.001998\n"));
  CHECK_THAT(text, Contains("_seconds_count{proxy=\"web\",server=\"s1\"} 3\n"));
  CHECK_THAT(text, Contains("sluice_request_duration_seconds_count{proxy=\"web\","
                            "server=\"<NOSRV>\"} 1\n"));
  CHECK_THAT(text, Contains("sluice_frontend_request_duration_seconds_sum{proxy=\"web\"} 0.07\n"));
  CHECK_THAT(text, !Contains("duration_seconds_count{proxy=\"web\",server=\"s2\"}"));
  fixture.server(0).counters.clear();
  CHECK_THAT(scrape(fixture), !Contains("server=\"s1\",le="));
  count(fixture.server(0).counters, 10);
  CHECK_THAT(scrape(fixture), Contains("_seconds_count{proxy=\"web\",server=\"s1\"} 1\n"));
}

TEST_CASE("name servers and the process have metrics of their own") {
  stats_test::Fixture fixture;
  model::NameServerCounts counts;
  counts.sent = 3;
  counts.truncated = 2;
  stats::ProcessSample process;
  process.usage.cpu_us = 1'230'000;
  const std::string text = scrape(fixture, {}, process, {{"mydns", {{"n1", counts}}}});
  CHECK_THAT(text, Contains("haproxy_resolver_sent{resolver=\"mydns\",nameserver=\"n1\"} 3\n"));
  CHECK_THAT(text,
             Contains("haproxy_resolver_truncated{resolver=\"mydns\",nameserver=\"n1\"} 2\n"));
  CHECK_THAT(text, Contains("# TYPE process_cpu_seconds_total counter\n"
                            "process_cpu_seconds_total 1.23\n"));
  CHECK_THAT(text, !Contains("process_open_fds"));
  CHECK_THAT(scrape(fixture, options({{"scope", "resolver"}}), process, {{"d", {{"n", counts}}}}),
             !Contains("process_cpu"));
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
