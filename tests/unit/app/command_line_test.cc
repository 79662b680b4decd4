#include "app/command_line.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "support/catch.h"

using namespace sluice;
using namespace sluice::app;

namespace {

RunCommand run(const std::vector<std::string>& arguments) {
  auto command = read_command_line(arguments);
  REQUIRE(command);
  REQUIRE(std::holds_alternative<RunCommand>(*command));
  return std::get<RunCommand>(*command);
}

std::string refused(const std::vector<std::string>& arguments) {
  auto command = read_command_line(arguments);
  REQUIRE_FALSE(command);
  return command.error().detail;
}

template <class Wanted>
Wanted read(const std::vector<std::string>& arguments) {
  auto command = read_command_line(arguments);
  REQUIRE(command);
  REQUIRE(std::holds_alternative<Wanted>(*command));
  return std::get<Wanted>(*command);
}

}  // namespace

TEST_CASE("-f may be repeated, and -- takes the rest as files, in order") {
  CHECK(run({"-f", "a.cfg", "-f", "b.d", "--", "c.cfg", "-d.cfg"}).files ==
        std::vector<std::string>{"a.cfg", "b.d", "c.cfg", "-d.cfg"});
}

TEST_CASE("HAProxy's flags are understood") {
  const RunCommand all =
      run({"-f", "x",  "-c", "-D", "-dW", "-q",   "-p", "/run/x.pid", "-n",  "100",
           "-N", "50", "-m", "64", "-C",  "/etc", "-L", "peer1",      "-Ws", "-dM0x41"});
  CHECK(all.check_only);
  CHECK(all.daemon);
  CHECK_FALSE(all.foreground);
  CHECK(all.zero_warning);
  CHECK(all.verbosity == Verbosity::Quiet);
  CHECK(all.pidfile == "/run/x.pid");
  CHECK(all.maxconn == 100U);
  CHECK(all.proxy_maxconn == 50U);
  CHECK(all.memory_mb == 64U);
  CHECK(all.directory == "/etc");
  CHECK(all.local_peer == "peer1");
  CHECK(all.master_worker);
  CHECK(all.poison == 0x41);
  CHECK(run({"-db", "-f", "x"}).foreground);
  CHECK(run({"-d", "-f", "x"}).debug);
  CHECK(run({"-dM", "-f", "x"}).poison == 0x50);
  CHECK(run({"-dM0", "-f", "x"}).poison == 0);
}

TEST_CASE("-sf and -st take pids up to the next flag, also none") {
  const RunCommand some = run({"-f", "x", "-sf", "12", "13", "-st", "14", "-db"});
  CHECK(some.finish == std::vector<pid_t>{12, 13});
  CHECK(some.terminate == std::vector<pid_t>{14});
  CHECK(some.foreground);
  const RunCommand none = run({"-f", "x", "-sf"});
  CHECK(none.finish.empty());
  CHECK(none.replaces);
  CHECK_FALSE(run({"-f", "x"}).replaces);
}

TEST_CASE("-S and -x are taken with a warning by name") {
  const RunCommand command = run({"-f", "x", "-S", "/run/master.sock", "-x", "/run/stats.sock"});
  REQUIRE(command.warnings.size() == 2);
  CHECK(command.warnings[0].find("-S") == 0);
  CHECK(command.warnings[1].find("-x") == 0);
}

TEST_CASE("what is wrong on the command line is named") {
  CHECK(refused({"-f"}).find("-f needs an argument") == 0);
  CHECK(refused({"-f", "x", "-n", "many"}) == "-n takes N, not 'many'");
  CHECK(refused({"-f", "x", "-n", "0"}) == "-n takes N, not '0'");
  CHECK(refused({"-f", "x", "-sf", "abc"}) == "-sf takes process ids, not 'abc'");
  CHECK(refused({"-f", "x", "-dM300"}).find("-dM300") == 0);
  CHECK(refused({"-f", "x", "-zz"}).find("'-zz' is not known") == 0);
  CHECK(refused({"-f", "x", "-dr"}) == "HAProxy's -dr is not supported");
  CHECK(refused({"-db", "x.cfg"}).find("-f x.cfg") != std::string::npos);
  CHECK(refused({"-db"}).find("no configuration") == 0);
  CHECK_FALSE(refused({"frobnicate"}).empty());
}

TEST_CASE("without arguments the help is shown and the exit code is 1") {
  CHECK(read<HelpCommand>({}).exit_code == 1);
  const HelpCommand help = read<HelpCommand>({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.text.find("-sf PID") != std::string::npos);
  CHECK(read<HelpCommand>({"demo", "--help"}).text.find("--stats-port") != std::string::npos);
}

TEST_CASE("-v and -vv win over what else is there, as version does") {
  CHECK(read<VersionCommand>({"-v"}).detail == VersionCommand::Detail::Short);
  CHECK(read<VersionCommand>({"-f", "x", "-vv"}).detail == VersionCommand::Detail::Full);
  CHECK(read<VersionCommand>({"version"}).detail == VersionCommand::Detail::Short);
}

TEST_CASE("subcommands take their arguments") {
  CHECK(run({"check", "a.cfg", "b.ini"}).check_only);
  CHECK(run({"check", "a.cfg", "b.ini"}).files.size() == 2);
  const auto convert = read<ConvertCommand>({"convert", "a.cfg", "--to", "ini", "--modernise"});
  CHECK(convert.to == ConvertCommand::Spelling::Ini);
  CHECK(convert.modernise);
  CHECK_FALSE(read<ConvertCommand>({"convert", "a.cfg"}).to.has_value());
  CHECK(read<KeywordsCommand>({"keywords", "timeout"}).containing == "timeout");
  CHECK(read<demo::DemoOptions>({"demo"}).port == 8000);
  CHECK_FALSE(read<demo::DemoOptions>({"demo"}).no_traffic);
  CHECK(read<demo::DemoOptions>({"demo", "--no-traffic"}).no_traffic);
  CHECK(read<demo::DemoOptions>({"demo", "--port", "80", "--stats-port", "81"}).stats_port == 81);
  const auto service = read<demo::ServiceOptions>({"demo-service", "frontend", "--port", "9002"});
  CHECK(service.part == demo::Part::Frontend);
  CHECK(service.thoughts_port == 9003);
  CHECK(service.users_port == 9004);
  CHECK(
      read<demo::ServiceOptions>({"demo-service", "monolith", "--port", "1", "--any-host"}).hosts ==
      demo::Hosts::Any);
  CHECK(read<HealthcheckCommand>({"healthcheck", "http://127.0.0.1/"}).url == "http://127.0.0.1/");
  for (const auto& bad :
       std::vector<std::vector<std::string>>{{"convert"},
                                             {"convert", "a.cfg", "--to", "xml"},
                                             {"demo", "--port", "70000"},
                                             {"demo-service", "other", "--port", "1"},
                                             {"demo-service", "users"},
                                             {"check"}}) {
    CHECK_FALSE(refused(bad).empty());
  }
}

TEST_CASE("of a folder the .cfg and .ini files are read, sorted, hidden ones left out") {
  char folder[] = "/tmp/sluice-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string at(folder);
  for (const char* name : {"/b.cfg", "/A.cfg", "/c.ini", "/.hidden.cfg", "/notes.txt"}) {
    std::FILE* file = std::fopen((at + name).c_str(), "w");
    REQUIRE(file != nullptr);
    std::fclose(file);
  }
  ::mkdir((at + "/sub.cfg").c_str(), 0700);
  const auto files = configuration_files({at + "/notes.txt", at});
  REQUIRE(files);
  CHECK(*files ==
        std::vector<std::string>{at + "/notes.txt", at + "/A.cfg", at + "/b.cfg", at + "/c.ini"});
  const auto missing = configuration_files({at + "/none.cfg"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().detail == at + "/none.cfg: No such file or directory");
  for (const char* name : {"/b.cfg", "/A.cfg", "/c.ini", "/.hidden.cfg", "/notes.txt"})
    ::unlink((at + name).c_str());
  ::rmdir((at + "/sub.cfg").c_str());
  ::rmdir(folder);
}
