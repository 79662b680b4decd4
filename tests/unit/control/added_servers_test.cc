#include "control/added_servers.h"

#include <string>
#include <vector>

#include "config/parse.h"
#include "support/catch.h"

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

model::Config parsed() {
  base::Diagnostics diagnostics;
  auto out = config::parse_text("a.cfg",
                                "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n"
                                " timeout server 1s\n"
                                "frontend fe\n bind 127.0.0.1:80\n default_backend be\n"
                                "backend be\n default-server weight 33 check\n"
                                " use-server b if TRUE\n"
                                " server a 127.0.0.1:81\n server b 127.0.0.1:82 id 7\n"
                                "backend other\n server c 127.0.0.1:83 track be/a\n",
                                {}, diagnostics);
  REQUIRE(diagnostics.ok());
  return std::move(out.config);
}

std::string add(model::Config& config, const std::string& name, std::vector<std::string> words) {
  const auto done = control::add_server(config, "be", name, words);
  return done ? "" : done.error().detail;
}

const model::Server* find(const model::Config& config, const std::string& name) {
  for (const model::Server& server : config.find_backend("be")->servers) {
    if (server.name == name) return &server;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("an added server has its own words only, begins in maintenance, and is numbered") {
  model::Config config = parsed();
  REQUIRE(add(config, "n", {"127.0.0.1:90", "maxconn", "4"}).empty());
  const model::Server* server = find(config, "n");
  REQUIRE(server != nullptr);
  CHECK((server->added && server->begins_in_maint && !server->disabled));
  CHECK((server->weight == 1 && !server->check.enabled && server->maxconn == 4));
  CHECK(server->numeric_id == 2);
  CHECK(config.find_backend("be")->default_server.weight == 33);
  REQUIRE(add(config, "m", {"127.0.0.1:91", "enabled", "id", "9"}).empty());
  CHECK_FALSE(find(config, "m")->begins_in_maint);
  CHECK(find(config, "m")->numeric_id == 9);
}

TEST_CASE("what an added server cannot be is said") {
  struct Row {
    std::vector<std::string> words;
    const char* error;
  };
  const Row rows[] = {
      {{}, "'server' expects <name> and <addr>[:<port>] as arguments."},
      {{"127.0.0.1:90", "cookie", "x"}, "'cookie' option is not accepted for dynamic server"},
      {{"127.0.0.1:90", "init-addr", "last"},
       "'init-addr' option is not accepted for dynamic server"},
      {{"127.0.0.1:90", "role", "new"}, "'role' option is not accepted for dynamic server"},
      {{"127.0.0.1:90", "wieght", "2"}, "has no option 'wieght'"},
      {{"127.0.0.1:90", "weight"}, "weight"},
      {{"127.0.0.1:90", "weight", "257"}, "257"},
      {{"127.0.0.1:90", "id", "7"}, "the id 7 is given to two"},
      {{"127.0.0.1:90", "track", "be/none"}, "has no server 'none'"},
      {{"127.0.0.1:90", "ssl"}, "is to be verified, but there is no ca-file"},
      {{"127.0.0.1:90", "agent-check"}, "has no port"},
      {{"127.0.0.1:x"}, "x"},
      {{"fd@3"}, "descriptor"},
  };
  for (const Row& row : rows) {
    model::Config config = parsed();
    CAPTURE(row.error);
    CHECK_THAT(add(config, "n", row.words), Contains(row.error));
  }
  model::Config config = parsed();
  REQUIRE(add(config, "n", {"127.0.0.1:90"}).empty());
  CHECK_THAT(add(config, "t", {"127.0.0.1:90", "track", "be/n"}),
             Contains("unable to use be/n for tracking as it is a dynamic server."));
  CHECK_THAT(add(config, "x y", {"127.0.0.1:90"}), Contains("cannot contain ' '"));
}

TEST_CASE("servers that rules or other servers name are known") {
  const model::Config config = parsed();
  CHECK(control::is_named_elsewhere(config, "be", "a"));
  CHECK(control::is_named_elsewhere(config, "be", "b"));
  CHECK_FALSE(control::is_named_elsewhere(config, "other", "c"));
  CHECK_FALSE(control::is_named_elsewhere(config, "other", "b"));
}

TEST_CASE("a deleted server is gone, a frontend that is shut down keeps its name") {
  model::Config config = parsed();
  CHECK(control::delete_server(config, "other", "c"));
  CHECK(config.find_backend("other")->servers.empty());
  CHECK(control::delete_server(config, "other", "c").error().detail == "No such server.");
  CHECK(control::delete_server(config, "nope", "c").error().detail == "No such backend.");
  CHECK(control::shut_down_frontend(config, "fe"));
  CHECK((config.find_frontend("fe")->shut_down && config.find_frontend("fe")->binds.empty()));
  CHECK_FALSE(control::shut_down_frontend(config, "be"));
}
