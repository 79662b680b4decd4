#include "stats/csv.h"

#include <fstream>
#include <sstream>

#include "stats/collect.h"
#include "stats/fields.h"
#include "support/catch.h"
#include "unit/stats/fixture.h"

using namespace sluice;
using model::Counter;

namespace {

std::string value(const stats::Sample& sample, std::string_view name) {
  std::string out;
  stats::append_plain(out, stats::fields()[stats::field_index(name)].of(sample));
  return out;
}

}  // namespace

TEST_CASE("the csv header is HAProxy 3.5's, name by name") {
  std::string header;
  stats::append_csv_header(header);
  CHECK(header ==
        "# "
        "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,"
        "wredis,status,weight,"
        "act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,"
        "rate,rate_lim,"
        "rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_"
        "5xx,hrsp_other,"
        "hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_"
        "rsp,lastsess,"
        "last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_"
        "desc,agent_desc,"
        "check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,"
        "algo,conn_rate,"
        "conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,"
        "srv_icur,src_ilim,"
        "qtime_max,ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,"
        "need_conn_est,"
        "uweight,agg_server_check_status,agg_server_status,agg_check_status,srid,sess_other,h1sess,"
        "h2sess,h3sess,"
        "req_other,h1req,h2req,h3req,proto,priv_idle_cur,reqbin,reqbout,resbin,resbout,cache_hint_"
        "hits,\n");
}

TEST_CASE("a csv row has a value or nothing for every field") {
  stats_test::Fixture fixture;
  for (const auto& sample :
       {collect_frontend(fixture.source, fixture.moment),
        collect_backend(fixture.source, fixture.moment),
        collect_server(fixture.source, fixture.source.servers[0], fixture.moment)}) {
    std::string row;
    stats::append_csv_row(row, sample);
    CHECK(static_cast<std::size_t>(std::count(row.begin(), row.end(), ',')) ==
          stats::fields().size());
    CHECK(row.back() == '\n');
  }
}

TEST_CASE("a csv value is quoted only where it must be") {
  const std::pair<const char*, const char*> rows[] = {
      {"plain", "plain"},
      {"", ""},
      {"a,b", "\"a,b\""},
      {"say \"no\"", "\"say \"\"no\"\"\""},
      {"two\nlines", "\"two\nlines\""},
  };
  for (const auto& [text, expected] : rows) {
    std::string out;
    stats::append_csv_value(out, text);
    CHECK(out == expected);
  }
}

TEST_CASE("counters of several workers are summed") {
  stats_test::Fixture fixture;
  fixture.frontend.counters.of(0).add(Counter::Sessions, 3);
  fixture.frontend.counters.of(5).add(Counter::Sessions, 4);
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "stot") == "7");
  fixture.frontend.counters.clear();
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "stot") == "0");
}

TEST_CASE("a frontend without maxconn shows the process's") {
  stats_test::Fixture fixture;
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "slim") == "2000");
  fixture.frontend.limiter.set_max(50);
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "slim") == "50");
}

TEST_CASE("a frontend is OPEN, PAUSED by an operator") {
  stats_test::Fixture fixture;
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "status") == "OPEN");
  fixture.frontend.enabled = false;
  CHECK(value(collect_frontend(fixture.source, fixture.moment), "status") == "PAUSED");
}

TEST_CASE("fields that do not apply to an object stay empty") {
  stats_test::Fixture fixture;
  const auto frontend = collect_frontend(fixture.source, fixture.moment);
  for (const char* name :
       {"qcur", "qmax", "econ", "weight", "act", "lastchg", "check_status", "lastsess", "addr"}) {
    CHECK(value(frontend, name).empty());
  }
  const auto server = collect_server(fixture.source, fixture.source.servers[0], fixture.moment);
  for (const char* name : {"dreq", "ereq", "req_rate", "throttle", "qlimit", "slim", "algo"}) {
    CHECK(value(server, name).empty());
  }
}

TEST_CASE("a checked server shows its check, an unchecked one nothing of it") {
  stats_test::Fixture fixture;
  const auto checked = collect_server(fixture.source, fixture.source.servers[0], fixture.moment);
  CHECK(value(checked, "check_status") == "L7OK");
  CHECK(value(checked, "check_code") == "200");
  CHECK(value(checked, "check_duration") == "3");
  CHECK(value(checked, "check_health") == "4");
  CHECK(value(checked, "chkfail") == "0");
  CHECK(value(checked, "downtime") == "0");
  const auto plain = collect_server(fixture.source, fixture.source.servers[1], fixture.moment);
  CHECK(value(plain, "status") == "no check");
  for (const char* name :
       {"check_status", "check_code", "check_rise", "chkfail", "chkdown", "downtime", "last_chk"}) {
    CHECK(value(plain, name).empty());
  }
}

TEST_CASE("a running check is announced by an asterisk") {
  stats_test::Fixture fixture;
  fixture.server(0).history.check_running = true;
  CHECK(value(collect_server(fixture.source, fixture.source.servers[0], fixture.moment),
              "check_status") == "* L7OK");
}

TEST_CASE("a server in maintenance shows no check") {
  stats_test::Fixture fixture;
  fixture.set(0, [](auto& word) { word.admin = model::AdminState::Maint; });
  const auto sample = collect_server(fixture.source, fixture.source.servers[0], fixture.moment);
  CHECK(value(sample, "status") == "MAINT");
  CHECK(value(sample, "check_status").empty());
  CHECK(value(sample, "chkfail") == "0");
}

TEST_CASE("times are seconds: last change, down, last session") {
  stats_test::Fixture fixture;
  fixture.set(0, [](auto& word) {
    word.oper = model::OperState::Down;
    word.health = 0;
  });
  fixture.server(0).history.down_ms = 5'500;
  fixture.server(0).last_session_ms = 40'000;
  const auto sample = collect_server(fixture.source, fixture.source.servers[0], fixture.moment);
  CHECK(value(sample, "lastchg") == "10");
  CHECK(value(sample, "downtime") == "15");
  CHECK(value(sample, "lastsess") == "60");
  CHECK(value(collect_server(fixture.source, fixture.source.servers[1], fixture.moment),
              "lastsess") == "-1");
}

TEST_CASE("mean times are of the latest requests, the longest of all") {
  stats_test::Fixture fixture;
  auto& times = fixture.backend.counters.of(0).times();
  CHECK(value(collect_backend(fixture.source, fixture.moment), "rtime") == "0");
  times.count_parts({0, 5, 900, 950});
  for (int i = 0; i < 3; ++i) times.count_parts({0, 0, 0, 0});
  auto sample = collect_backend(fixture.source, fixture.moment);
  CHECK(value(sample, "rtime") == "225");
  CHECK(value(sample, "ctime") == "1");
  for (int i = 0; i < 2'000; ++i) times.count_parts({0, 0, 40, 50});
  sample = collect_backend(fixture.source, fixture.moment);
  CHECK(value(sample, "rtime") == "40");
  CHECK(value(sample, "rtime_max") == "900");
  CHECK(value(sample, "ttime_max") == "950");
  CHECK(value(sample, "qtime_max") == "0");
  fixture.backend.counters.clear_time_maxima();
  CHECK(value(collect_backend(fixture.source, fixture.moment), "rtime_max") == "0");
  fixture.backend.counters.clear();
  CHECK(value(collect_backend(fixture.source, fixture.moment), "rtime") == "0");
}

TEST_CASE("a backend without usable servers is DOWN, one that has no servers is UP") {
  stats_test::Fixture fixture;
  fixture.backend.active_servers = 0;
  CHECK(value(collect_backend(fixture.source, fixture.moment), "status") == "DOWN");
  CHECK(value(collect_backend(fixture.source, fixture.moment), "downtime") == "20");
  fixture.source.servers.clear();
  CHECK(value(collect_backend(fixture.source, fixture.moment), "status") == "UP");
  CHECK(value(collect_backend(fixture.source, fixture.moment), "downtime").empty());
}

TEST_CASE("addresses, cookies and algorithms need legends") {
  stats_test::Fixture fixture;
  auto sample = collect_server(fixture.source, fixture.source.servers[0], fixture.moment);
  CHECK(value(sample, "addr") == "127.0.0.1:8001");
  CHECK(value(sample, "cookie") == "c1");
  sample.legends = false;
  CHECK(value(sample, "addr").empty());
  CHECK(value(sample, "cookie").empty());
}

TEST_CASE("rows come in HAProxy's order and can be selected") {
  stats_test::Fixture fixture;
  const auto names = [&fixture](stats::Selection selection) {
    std::string out;
    stats::RowCursor cursor(fixture.source, fixture.moment, selection);
    stats::Sample sample;
    while (cursor.next(sample)) out += std::string(sample.object_name()) + " ";
    return out;
  };
  CHECK(names({}) == "FRONTEND s1 s2 BACKEND ");
  CHECK(names({stats::Selection::kNone, 4}) == "s1 s2 ");
  CHECK(names({stats::Selection::kNone, 4, -1, 2}) == "s2 ");
  fixture.set(0, [](auto& word) { word.admin = model::AdminState::Maint; });
  fixture.set(1, [](auto& word) { word.oper = model::OperState::Down; });
  CHECK(names({stats::Selection::kMaint}) == "FRONTEND s2 BACKEND ");
  CHECK(names({stats::Selection::kDown}) == "FRONTEND BACKEND ");
  CHECK(stats::selects_proxy({0, 0xF, 7}, fixture.source));
  CHECK_FALSE(stats::selects_proxy({0, 0xF, 8}, fixture.source));
}
