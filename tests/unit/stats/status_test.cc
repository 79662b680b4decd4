#include "stats/status.h"

#include "support/catch.h"

using namespace sluice;
using model::AdminState;
using model::OperState;

namespace {

model::ServerStateWord word(AdminState admin, OperState oper, std::uint8_t health) {
  model::ServerStateWord out;
  out.admin = admin;
  out.oper = oper;
  out.health = health;
  out.checked = true;
  return out;
}

}  // namespace

TEST_CASE("the status of a server tells state and distance to the next one") {
  struct Row {
    AdminState admin;
    OperState oper;
    std::uint8_t health;
    const char* text;
  };
  const Row rows[] = {
      {AdminState::Ready, OperState::Up, 4, "UP"},
      {AdminState::Ready, OperState::Up, 3, "UP 2/3"},
      {AdminState::Ready, OperState::Up, 2, "UP 1/3"},
      {AdminState::Ready, OperState::Down, 0, "DOWN"},
      {AdminState::Ready, OperState::Down, 1, "DOWN 1/2"},
      {AdminState::Drain, OperState::Up, 4, "DRAIN"},
      {AdminState::Drain, OperState::Up, 2, "DRAIN 1/3"},
      {AdminState::Ready, OperState::NoLb, 4, "NOLB"},
      {AdminState::Ready, OperState::NoLb, 3, "NOLB 2/3"},
      {AdminState::Maint, OperState::Up, 4, "MAINT"},
      {AdminState::Maint, OperState::Down, 0, "MAINT"},
      {AdminState::Drain, OperState::Down, 0, "DOWN"},
  };
  for (const Row& row : rows) {
    CHECK(stats::server_status(word(row.admin, row.oper, row.health), {true, 2, 3}) == row.text);
  }
}

TEST_CASE("a server without checks says so, unless something was asked of it") {
  CHECK(stats::server_status(word(AdminState::Ready, OperState::Up, 0), {}) == "no check");
  CHECK(stats::server_status(word(AdminState::Drain, OperState::Up, 0), {}) == "DRAIN");
  CHECK(stats::server_status(word(AdminState::Maint, OperState::Up, 0), {}) == "MAINT");
}

TEST_CASE("a weight of zero is no state of its own") {
  auto state = word(AdminState::Ready, OperState::Up, 4);
  state.weight = 0;
  CHECK(stats::server_status(state, {true, 2, 3}) == "UP");
}

TEST_CASE("a server without an address is in maintenance by resolution") {
  auto state = word(AdminState::Ready, OperState::Up, 4);
  state.unresolved = true;
  CHECK(stats::server_status(state, {true, 2, 3}) == "MAINT (resolution)");
}

TEST_CASE("a server before its first check result is one failure from DOWN") {
  auto state = word(AdminState::Ready, OperState::Up, 2);
  state.checked = false;
  CHECK(stats::server_status(state, {true, 2, 3}) == "UP 1/3");
}
