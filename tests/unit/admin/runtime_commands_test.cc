#include "admin/runtime_commands.h"

#include <cstdlib>

#include "support/catch.h"
#include "unit/admin/fixture.h"

using namespace sluice;
using admin::Level;
using admin_test::Fixture;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string run(Fixture& fixture, admin::CliSession& session, std::string_view command) {
  auto reply = admin::run_command(fixture.view, session, command);
  std::string out = reply.text;
  if (!reply.more) return out;
  for (std::string piece = reply.more(); !piece.empty(); piece = reply.more()) out += piece;
  return out;
}
std::string run(Fixture& fixture, std::string_view command, Level level = Level::Admin) {
  admin::CliSession session;
  session.level = level;
  return run(fixture, session, command);
}

}  // namespace

TEST_CASE("commands answer with HAProxy's bytes") {
  struct Row {
    const char* command;
    const char* answer;
  };
  const Row rows[] = {
      {"show version", "0.1.0\n"},
      {"show backend", "# name\nstats\nbe_a\n"},
      {"get weight be_a/s1", "1 (initial 1)\n"},
      {"get weight x", "Require 'backend/server'.\n"},
      {"get weight be_a/", "Require 'backend/server'.\n"},
      {"get weight be_a/zz", "No such server.\n"},
      {"get weight zz/s1", "No such backend.\n"},
      {"set weight be_a/s1 300", "Absolute weight can only be between 0 and 256 inclusive.\n"},
      {"set weight be_a/s1 -1", "Absolute weight can only be between 0 and 256 inclusive.\n"},
      {"set weight be_a/s1 abc", "Empty weight string empty or preceded by garbage"},
      {"set weight be_a/s1 %", "Empty weight string empty or preceded by garbage"},
      {"set weight be_a/s1 1x", "Trailing garbage in weight string"},
      {"set weight be_a/s1 -5%", "Relative weight must be positive.\n"},
      {"set weight be_a/s1", "Require <weight> or <weight%>.\n"},
      {"set weight be_a/s1 50%", ""},
      {"set server be_a/s1 weight 90", ""},
      {"set server", "Require 'backend/server'.\n"},
      {"set server be_a/s1 state drain", ""},
      {"set server be_a/s1 state bogus",
       "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"},
      {"set server be_a/s1 health down", ""},
      {"set server be_a/s1 health bogus",
       "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n"},
      {"set server nosuch/x state ready", "No such backend.\n"},
      {"set server be_a/x state ready", "No such server.\n"},
      {"set server be_a/s1 agent up", "agent checks are not enabled on this server.\n"},
      {"enable server be_a/s1", ""},
      {"disable server be_a/s1", ""},
      {"enable health be_a/s1", ""},
      {"disable health be_a/s1", ""},
      {"enable health be_a/s2", "Health check was not configured on this server, cannot enable.\n"},
      {"disable health be_a/s2", ""},
      {"disable frontend fe_main", ""},
      {"disable frontend fe_main", "All sockets are already disabled.\n"},
      {"enable frontend fe_main", ""},
      {"enable frontend fe_main", "All sockets are already enabled.\n"},
      {"enable frontend", "A frontend name is expected.\n"},
      {"enable frontend zz", "No such frontend.\n"},
      {"set maxconn frontend fe_main 1500", ""},
      {"set maxconn frontend fe_main", "Integer value expected.\n"},
      {"set maxconn frontend zz 3", "No such frontend.\n"},
      {"set maxconn server be_a/s1 100", ""},
      {"set maxconn server be_a/s1 abc", "maxconn string empty or preceded by garbage"},
      {"set maxconn server be_a/zz 3", "No such server.\n"},
      {"set maxconn global 800", ""},
      {"set maxconn global 999999", "Value out of range.\n"},
      {"set maxconn global", "Expects an integer value.\n"},
      {"clear counters", ""},
      {"clear counters all", ""},
      {"shutdown sessions server be_a/s1", ""},
      {"shutdown sessions server be_a", "Require 'backend/server'.\n"},
      {"show servers state nosuch", "Can't find backend.\n"},
      {"show stat nosuch 1 1", "No such proxy.\n"},
      {"show cli level", "admin\n"},
      {"set timeout", "'set timeout' only supports 'cli'.\n"},
      {"set timeout cli x", "Invalid timeout value.\n"},
      {"set timeout cli 10s", ""},
  };
  Fixture fixture;
  for (const Row& row : rows) {
    INFO(row.command);
    CHECK(run(fixture, row.command) == row.answer);
  }
}

TEST_CASE("commands about what comes and goes answer with HAProxy's bytes") {
  struct Row {
    const char* command;
    const char* answer;
  };
  const Row rows[] = {
      {"shutdown session", "Session pointer expected (use 'show sess').\n"},
      {"shutdown session 12", "Session pointer expected (use 'show sess').\n"},
      {"shutdown session 0x", "Session pointer expected (use 'show sess').\n"},
      {"shutdown session 0x12x", "Session pointer expected (use 'show sess').\n"},
      {"show errors zz", "No such proxy.\n"},
      {"add server be_a", "Require 'backend/server'."},
      {"add server zz/s 127.0.0.1:1", "No such backend."},
      {"add server be_a/s9 127.0.0.1:1",
       "Backend must use a dynamic load balancing to support dynamic servers."},
      {"del server be_a/zz", "No such server."},
      {"del server be_a/s2", "Only servers in maintenance mode can be deleted."},
      {"shutdown frontend", "A frontend name is expected.\n"},
      {"shutdown frontend zz", "No such frontend.\n"},
      {"disable frontend #3", ""},
      {"set rate-limit connections global", "Expects an integer value.\n"},
      {"set rate-limit connections global -1", "Value out of range.\n"},
      {"wait", "Expects a duration in milliseconds.\n"},
      {"wait 1 later", "Unknown condition, only 'srv-removable' is supported.\n"},
      {"wait 1 srv-removable", "Require 'backend/server'.\n"},
      {"expert-mode", "expert-mode is OFF\n"},
      {"experimental-mode", "experimental-mode is OFF\n"},
      {"set ssl cert x", "Unknown command: 'set ssl' is not supported by Sluice.\n"},
      {"trace", "Unknown command: 'trace' is not supported by Sluice.\n"},
  };
  Fixture fixture;
  for (const Row& row : rows) {
    INFO(row.command);
    CHECK(run(fixture, row.command) == row.answer);
  }
}

TEST_CASE("changes reach the live objects, and those who must know hear of them") {
  Fixture fixture;
  run(fixture, "set server be_a/s1 state drain");
  CHECK(fixture.server("s1").state().admin == model::AdminState::Drain);
  CHECK(fixture.changes.changes.back().from == control::ChangeSource::Socket);
  run(fixture, "set maxconn server be_a/s1 100");
  CHECK(fixture.server("s1").limiter.max() == 100);
  run(fixture, "set maxconn frontend fe_main 1500");
  CHECK(fixture.frontend(1).limiter.max() == 1'500);
  run(fixture, "set maxconn global 800");
  CHECK(fixture.connections.max() == 800);
  run(fixture, "disable frontend fe_main");
  CHECK_FALSE(fixture.frontend(1).enabled);
  CHECK(fixture.limits_changed == 3);
}

TEST_CASE("show servers state is a state file") {
  Fixture fixture;
  auto word = fixture.server("s2").state();
  word.admin = model::AdminState::Maint;
  word.forced_maint_by_config = true;
  fixture.server("s2").set_state(word);
  for (model::Proxy& proxy : fixture.config->proxies) {
    for (model::Server& server : proxy.servers) server.disabled = server.name == "s2";
  }
  CHECK(run(fixture, "show servers state be_a") ==
        "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "
        "srv_iweight "
        "srv_time_since_last_change srv_check_status srv_check_result srv_check_health "
        "srv_check_state "
        "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl "
        "srv_check_port "
        "srv_check_addr srv_agent_addr srv_agent_port\n"
        "4 be_a 1 s1 127.0.0.1 2 0 1 1 10 15 3 4 6 0 0 0 - 8001 - 0 0 - - 0\n"
        "4 be_a 2 s2 127.0.0.1 0 5 1 1 10 0 0 0 8 0 0 0 - 8002 - 0 0 - - 0\n");
}

TEST_CASE("show servers conn has a line per server") {
  Fixture fixture;
  CHECK_THAT(
      run(fixture, "show servers conn"),
      StartsWith(
          "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb "
          "safe_nb idle_lim idle_cur idle_per_thr[1]\n"
          "be_a/s1 4/1 127.0.0.1 8001 - 5000 0 0 0 0 0 -1 0 0\n"));
}

TEST_CASE("show stat can be bounded to proxies, types and servers") {
  Fixture fixture;
  const auto rows = [&fixture](std::string_view command) {
    const std::string text = run(fixture, command);
    return std::count(text.begin(), text.end(), '\n') - 1;
  };
  CHECK(rows("show stat") == 6);
  CHECK(rows("show stat -1 4 -1") == 2);
  CHECK(rows("show stat 4 4 1") == 1);
  CHECK(rows("show stat be_a 2 -1") == 1);
  CHECK(rows("show stat up no-maint desc") == 6);
  CHECK_THAT(run(fixture, "show stat typed"), StartsWith("F.2.0.0.pxname.1:KNS:str:stats\n"));
  CHECK_THAT(run(fixture, "show stat json"),
             StartsWith("[[{\"objType\":\"Frontend\"") && Contains("}],[{"));
  CHECK_THAT(run(fixture, "show info"), StartsWith("Name: HAProxy\nVersion: 0.1.0\n"));
  CHECK_THAT(run(fixture, "show info typed"), StartsWith("0.Name.1:POS:str:HAProxy\n"));
  CHECK_THAT(run(fixture, "show info json"),
             StartsWith("[{\"field\":{\"pos\":0,\"name\":\"Name\"}"));
  CHECK_THAT(run(fixture, "show info desc"), Contains("Pid: 4242:\"Process id\"\n"));
  CHECK_THAT(run(fixture, "show schema json"), StartsWith("{\"$schema\":"));
}

TEST_CASE("clear counters clears maxima, all clears counters") {
  Fixture fixture;
  auto& live = fixture.frontend(1);
  live.counters.of(0).add(model::Counter::Sessions, 5);
  live.sessions.increase();
  live.sessions.decrease();
  run(fixture, "clear counters");
  CHECK(live.sessions.max() == 0);
  CHECK(live.counters.sum(model::Counter::Sessions) == 5);
  run(fixture, "clear counters all", Level::Operator);
  CHECK(live.counters.sum(model::Counter::Sessions) == 5);
  run(fixture, "clear counters all");
  CHECK(live.counters.sum(model::Counter::Sessions) == 0);
}

TEST_CASE("levels are respected and can only be lowered") {
  Fixture fixture;
  CHECK(run(fixture, "clear counters", Level::User) == "Permission denied\n");
  CHECK(run(fixture, "clear counters", Level::Operator).empty());
  CHECK(run(fixture, "disable server be_a/s1", Level::Operator) == "Permission denied\n");
  CHECK(run(fixture, "show env", Level::User) == "Permission denied\n");
  admin::CliSession session;
  session.level = Level::Admin;
  run(fixture, session, "operator");
  CHECK(run(fixture, session, "show cli level") == "operator\n");
  run(fixture, session, "user");
  CHECK(run(fixture, session, "operator") == "Permission denied\n");
  CHECK(run(fixture, session, "show cli level") == "user\n");
  CHECK_THAT(run(fixture, session, "help"), !Contains("disable server"));
}

TEST_CASE("unknown commands are answered with those that are near") {
  Fixture fixture;
  const std::string near =
      "Unknown command, but maybe one of the following ones is a better match:\n";
  CHECK_THAT(run(fixture, "show"),
             StartsWith(near + "  show activity                           : "));
  CHECK_THAT(run(fixture, "show stats"),
             StartsWith(near + "  show stat [desc|json|no-maint|typed|up]*: "));
  CHECK_THAT(run(fixture, "enabel server x/y"), Contains("enable server"));
  CHECK_THAT(run(fixture, "@1 show version"), StartsWith("Unknown command"));
  CHECK_THAT(run(fixture, "xyzzy"),
             StartsWith("Unknown command. Please enter one of the following commands only:\n"));
  CHECK_THAT(run(fixture, ""), StartsWith("Unknown command. Please"));
  const std::string list = run(fixture, "set maxconn");
  CHECK_THAT(list,
             Contains("set maxconn frontend <frontend> <value>") && Contains("set maxconn global"));
  CHECK(list.find("  help [<command>]") < list.find("  quit "));
  CHECK(list.back() == '\n');
}

TEST_CASE("help lists all commands, or those like the ones asked for") {
  Fixture fixture;
  CHECK_THAT(run(fixture, "help"),
             StartsWith("The following commands are valid at this level:\n  add server"));
  const std::string some = run(fixture, "help show info");
  CHECK_THAT(some, Contains("show info") && !Contains("show backend") && Contains("prompt"));
}

TEST_CASE("words are cut at spaces, commands at semicolons, backslashes protect") {
  using Words = std::vector<std::string>;
  CHECK(admin::split_words("  show\tinfo  ") == Words{"show", "info"});
  CHECK(admin::split_words("a\\ b \\;c") == Words{"a b", ";c"});
  CHECK(admin::split_words("") == Words{});
  CHECK(admin::split_commands("a;b c;") == Words{"a", "b c", ""});
  CHECK(admin::split_commands("a\\;b;c") == Words{"a\\;b", "c"});
}

TEST_CASE("the environment can be read, one variable or all") {
  setenv("SLUICE_TEST_VARIABLE", "some=value", 1);
  Fixture fixture;
  CHECK(run(fixture, "show env SLUICE_TEST_VARIABLE", Level::Operator) ==
        "SLUICE_TEST_VARIABLE=some=value\n");
  CHECK_THAT(run(fixture, "show env"), Contains("SLUICE_TEST_VARIABLE=some=value\n"));
  CHECK(run(fixture, "show env SLUICE_TEST") == "Variable not found\n");
}

TEST_CASE("the runtime sockets are listed with their levels") {
  Fixture fixture;
  model::StatsSocket socket;
  socket.address = *base::Address::from_unix_path("/run/x.sock");
  socket.level = Level::Admin;
  fixture.config->global.stats_sockets.push_back(socket);
  CHECK(run(fixture, "show cli sockets") == "# socket lvl processes\nunix@/run/x.sock admin all\n");
}

TEST_CASE("the last word of a line may announce a payload, and its end") {
  const auto mark = [](std::string line) { return admin::take_payload_mark(line); };
  CHECK(mark("add map <<") == "");
  CHECK(mark("add map <<END") == "END");
  CHECK(mark("a;b <<  ") == "");
  CHECK(mark("<<") == "");
  CHECK_FALSE(mark("add map << x"));
  CHECK_FALSE(mark("add map x<<"));
  CHECK_FALSE(mark("add map <<" + std::string(65, 'x')));
  CHECK_FALSE(mark(""));
  std::string line = "show version <<END";
  (void)admin::take_payload_mark(line);
  CHECK(line == "show version ");
}

TEST_CASE("a command is given the payload of its line") {
  Fixture fixture;
  admin::CliSession session;
  session.level = Level::Admin;
  CHECK(admin::run_command(fixture.view, session, "show cli level", "any\n").text == "admin\n");
}

TEST_CASE("what was refused is shown by proxies, in the order in which it came") {
  Fixture fixture;
  model::CapturedError error;
  error.frontend = "fe_main";
  error.frontend_id = 3;
  error.length = 40;
  error.position = 16;
  error.cause = "why";
  error.bytes = "GET / HTTP/1.1\r\nna me: \x01\\\x1b\t\r\n\r\n";
  fixture.frontend(1).refused.store(error);
  error.response = true;
  error.number = 1;
  error.backend = "be_a";
  error.backend_id = 4;
  error.server = "s1";
  error.server_id = 1;
  error.bytes = std::string(150, 'x') + "\n";
  fixture.snapshot->find_backend("be_a")->live->refused.store(error);
  const std::string all = run(fixture, "show errors");
  CHECK_THAT(all, Contains("frontend fe_main (#3): invalid request\n  backend <NONE> (#-1), server "
                           "<NONE> (#-1), event #0, src unix:1\n"));
  CHECK_THAT(all, Contains("len 40, wraps at 16384, error at position 18\n  refused: why :\n  \n"
                           "  00000  GET / HTTP/1.1\\r\\n\n"
                           "  00016  na me: \\x01\\\\\\e\\t\\r\\n\n  00029  \\r\\n\n"));
  CHECK_THAT(all,
             Contains("backend be_a (#4): invalid response\n  frontend fe_main (#3), server s1 "
                      "(#1), event #1"));
  CHECK_THAT(all, Contains("  00000  " + std::string(70, 'x') + "\n  00070+ " +
                           std::string(70, 'x') + "\n  00140+ " + std::string(10, 'x') + "\\n\n"));
  CHECK_THAT(run(fixture, "show errors be_a"), !Contains("invalid request"));
  CHECK_THAT(run(fixture, "show errors 3 response"), !Contains("invalid request"));
  CHECK_THAT(run(fixture, "show errors 3 response"), Contains("invalid response"));
  CHECK_THAT(run(fixture, "show errors -1 request"), !Contains("invalid response"));
}
