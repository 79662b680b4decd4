#include "stats/collect.h"
#include "stats/info.h"
#include "stats/json.h"
#include "stats/typed.h"
#include "support/catch.h"
#include "unit/stats/fixture.h"

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

stats::ProcessSample process() {
  stats::ProcessSample sample;
  sample.facts = {"0.1.0",       "2026/11/24", 4242, 2,    "node1", "",
                  1'700'000'000, 1'000,        1024, 1024, 500};
  sample.gauges.max_connections = 400;
  sample.now_ms = 1'000 + (86'400 + 3'661) * 1'000;
  return sample;
}

}  // namespace

TEST_CASE("typed rows name object, proxy, position, field and tags") {
  stats_test::Fixture fixture;
  std::string out;
  stats::append_typed_row(out, collect_frontend(fixture.source, fixture.moment),
                          stats::Descriptions::Without);
  CHECK(out.substr(0, 31) == "F.7.0.0.pxname.1:KNS:str:web\nF.");
  CHECK_THAT(out, Contains("F.7.0.4.scur.1:MGP:u32:0\n"));
  CHECK_THAT(out, Contains("F.7.0.33.rate.1:MRP:u32:0\n"));
  out.clear();
  stats::append_typed_row(out, collect_backend(fixture.source, fixture.moment),
                          stats::Descriptions::Without);
  CHECK_THAT(out, Contains("B.7.0.33.rate.1:MGP:u32:0\n"));
  CHECK_THAT(out, Contains("B.7.0.55.lastsess.1:MAP:s32:-1\n"));
  CHECK_THAT(out, Contains("B.7.0.19.act.1:MGP:u32:2\n"));
  out.clear();
  stats::append_typed_row(out,
                          collect_server(fixture.source, fixture.source.servers[0], fixture.moment),
                          stats::Descriptions::With);
  CHECK_THAT(out, Contains("S.7.1.17.status.1:SGP:str:UP:\"State of the object\"\n"));
  CHECK_THAT(out, Contains("S.7.1.19.act.1:SGP:u32:1"));
}

TEST_CASE("json rows carry field, tags and value, escaped") {
  stats_test::Fixture fixture("a\"b\\c\n");
  std::string out;
  stats::append_json_row(out, collect_frontend(fixture.source, fixture.moment));
  CHECK_THAT(
      out,
      Contains(R"([{"objType":"Frontend","proxyId":7,"id":0,"field":{"pos":0,"name":"pxname"},)"
               R"("processNum":1,"tags":{"origin":"Key","nature":"Name","scope":"Service"},)"
               R"("value":{"type":"str","value":"a\"b\\c\n"}})"));
  CHECK(out.back() == ']');
}

TEST_CASE("show info has HAProxy's names and positions") {
  const std::string text = stats::info_text(process(), stats::Descriptions::Without);
  CHECK(text.substr(0, 52) == "Name: HAProxy\nVersion: 0.1.0\nRelease_date: 2026/11/2");
  CHECK_THAT(text, Contains("\nUptime: 1d 1h01m01s\nUptime_sec: 90061\n"));
  CHECK_THAT(text, Contains("\nMaxconn: 400\nHard_maxconn: 500\n"));
  CHECK_THAT(text, Contains("\ndescription: Sluice 0.1.0\n"));
  CHECK_THAT(text, !Contains("Zlib"));
  const std::string typed = stats::info_typed(process(), stats::Descriptions::Without);
  CHECK_THAT(typed, Contains("6.Pid.1:SGP:u32:4242\n"));
  CHECK_THAT(typed, Contains("50.node.1:COS:str:node1\n"));
  CHECK_THAT(typed, Contains("70.Start_time_sec.1:MDP:u32:1700000000\n"));
  const std::string json = stats::info_json(process());
  CHECK(json.substr(0, 41) == R"([{"field":{"pos":0,"name":"Name"},"proces)");
  CHECK(json.back() == ']');
}

TEST_CASE("what nobody measures is left out of show info") {
  auto sample = process();
  CHECK_THAT(stats::info_text(sample, stats::Descriptions::Without), !Contains("Idle_pct"));
  sample.gauges.idle_percent = 97;
  CHECK_THAT(stats::info_text(sample, stats::Descriptions::Without), Contains("Idle_pct: 97\n"));
}

TEST_CASE("a description cannot forge a line of show info") {
  auto sample = process();
  sample.facts.description = "x\nPid: 1";
  CHECK_THAT(stats::info_text(sample, stats::Descriptions::Without),
             Contains("description: x Pid: 1\n"));
}
