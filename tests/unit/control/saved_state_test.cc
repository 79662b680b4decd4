// Saved states of servers: what of them counts, and files that cannot be used.
#include "control/saved_state.h"

#include "build_fixture.h"
#include "control/publish.h"
#include "support/catch.h"

using namespace sluice;
using model::AdminState;
using model::OperState;
using model::ProxyKind;

namespace {

struct SavedFixture : BuildFixture {
  SavedFixture() {
    auto& app = add(ProxyKind::Backend, "app");
    add_server(app, "a").weight = 10;
    auto& checked = add_server(app, "b");
    checked.check.enabled = true;
  }
  std::vector<std::string> restore(const control::SavedServer& saved) {
    auto snapshot = build();
    REQUIRE(snapshot != nullptr);
    publisher.publish(std::move(snapshot), nullptr);
    return control::restore_states({saved}, *publisher.current(), 1'000'000);
  }
  model::ServerStateWord state(const char* name) {
    return registry.find_server("app", name)->state();
  }
};

control::SavedServer saved(const char* server) {
  control::SavedServer out;
  out.backend = "app";
  out.server = server;
  out.operational = 2;
  out.weight = out.initial_weight = 1;
  return out;
}

}  // namespace

TEST_CASE("lines of version 1 are read, comments and empty ones are not") {
  const auto read = control::parse_saved_states(
      "1\n# names\n\n3 app 1 a 10.0.0.1 2 8 7 10 60 6 3 4 6 0 0 0 host.test 80 - 0 0 - - 0\n");
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  const control::SavedServer& one = read->front();
  CHECK(one.backend == "app");
  CHECK(one.server == "a");
  CHECK(one.fqdn == "host.test");
  CHECK(one.admin == 8);
  CHECK(one.weight == 7);
  CHECK(one.initial_weight == 10);
  CHECK(one.age_s == 60);
}

TEST_CASE("a file of another version, an empty one and a short line are errors with their place") {
  CHECK_FALSE(control::parse_saved_states(""));
  CHECK_FALSE(control::parse_saved_states("2\n"));
  const auto bad = control::parse_saved_states("1\n3 app 1 a\n");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().detail.find("line 2") != std::string::npos);
  CHECK_FALSE(control::parse_saved_states(
      "1\n3 app 1 a 10.0.0.1 2 8 x 10 60 6 3 4 6 0 0 0 - 80 - 0 0 - - 0\n"));
}

TEST_CASE_METHOD(SavedFixture, "a weight counts while the file has the same initial weight") {
  control::SavedServer one = saved("a");
  one.weight = 3;
  one.initial_weight = 10;
  CHECK(restore(one).empty());
  CHECK(state("a").weight == 3);
  one.initial_weight = 11;
  one.weight = 4;
  (void)restore(one);
  CHECK(state("a").weight == 3);
}

TEST_CASE_METHOD(SavedFixture, "MAINT and DRAIN count when an operator asked for them") {
  control::SavedServer one = saved("a");
  one.admin = 8;
  CHECK(restore(one).size() == 1);
  CHECK(state("a").admin == AdminState::Drain);
  one = saved("b");
  one.admin = 5;
  CHECK(restore(one).empty());
  CHECK(state("b").admin == AdminState::Ready);
}

TEST_CASE_METHOD(SavedFixture, "DOWN counts for a server with checks alone") {
  control::SavedServer one = saved("a");
  one.operational = 0;
  CHECK(restore(one).empty());
  CHECK(state("a").oper == OperState::Up);
  one = saved("b");
  one.operational = 0;
  CHECK(restore(one).size() == 1);
  CHECK(state("b").oper == OperState::Down);
  CHECK(publisher.views("app").back().balancer->pick({}).server->name() == "a");
}

TEST_CASE_METHOD(SavedFixture, "a line for a server that is not there is nothing") {
  CHECK(restore(saved("nobody")).empty());
}
