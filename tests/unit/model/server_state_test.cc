#include "model/server_state.h"

#include <vector>

#include "model/server_transition.h"
#include "support/catch.h"

using namespace sluice::model;

namespace {

constexpr std::uint32_t kRise = 2, kFall = 3;
constexpr Surroundings kAround{.rise = kRise, .fall = kFall, .checked = true};

CheckReport passed() { return CheckReport{.status = CheckStatus::L4Ok, .passed = true}; }
CheckReport failed() { return CheckReport{.status = CheckStatus::L4Connection}; }
CheckReport conditional() {
  return CheckReport{.status = CheckStatus::L7OkConditional, .passed = true, .conditional = true};
}

std::string text(const ServerStateWord& state) {
  return status_text(state, kRise, kFall, Checks::On);
}

/// The status after each report in turn.
std::vector<std::string> texts(ServerStateWord state, const std::vector<CheckReport>& reports) {
  std::vector<std::string> out;
  for (const CheckReport& report : reports) {
    state = apply_report(state, report, kAround).state;
    out.push_back(text(state));
  }
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a state survives packing, whatever its health and weight") {
  ServerStateWord state;
  state.admin = AdminState::Drain;
  state.oper = OperState::NoLb;
  state.health = 40'000;
  state.checked = state.forced_maint_by_config = state.unresolved = true;
  state.weight = 256;
  const ServerStateWord copy = ServerStateWord::unpack(state.pack());
  CHECK(copy.admin == state.admin);
  CHECK(copy.oper == state.oper);
  CHECK(copy.health == state.health);
  CHECK(copy.weight == state.weight);
  CHECK((copy.checked && copy.forced_maint_by_config && copy.unresolved));
}

TEST_CASE("check statuses have HAProxy's codes and descriptions") {
  CHECK(code_of(CheckStatus::Init) == "INI");
  CHECK(code_of(CheckStatus::L4Timeout) == "L4TOUT");
  CHECK(code_of(CheckStatus::L7OkConditional) == "L7OKC");
  CHECK(code_of(CheckStatus::HanaFail) == "HANA");
  CHECK(description_of(CheckStatus::L4Connection) == "Layer4 connection problem");
  CHECK(description_of(CheckStatus::L7Status) == "Layer7 wrong status");
}

TEST_CASE("a server starts UP and its first failure takes it DOWN") {
  const ServerStateWord start = start_state({.rise = kRise});
  CHECK(text(start) == "UP 1/3");
  CHECK(start.accepts_new());
  CHECK(texts(start, {failed()}) == Texts{"DOWN"});
}

TEST_CASE("a server that passed a check goes DOWN after `fall` failures") {
  CHECK(texts(start_state({.rise = kRise}), {passed(), failed(), failed(), failed(), failed()}) ==
        Texts{"UP", "UP 2/3", "UP 1/3", "DOWN", "DOWN"});
}

TEST_CASE("a success between failures restores the full health") {
  CHECK(texts(start_state({.rise = kRise}), {passed(), failed(), failed(), passed(), failed()}) ==
        Texts{"UP", "UP 2/3", "UP 1/3", "UP", "UP 2/3"});
}

TEST_CASE("a DOWN server is UP after `rise` successes in a row") {
  const ServerStateWord down = apply_health(start_state({.rise = kRise}), OperState::Down, kAround);
  CHECK(texts(down, {passed(), failed(), passed(), passed(), passed()}) ==
        Texts{"DOWN 1/2", "DOWN", "DOWN 1/2", "UP", "UP"});
}

TEST_CASE("only a report that moves the health is counted") {
  ServerStateWord state = start_state({.rise = kRise});
  ReportResult result = apply_report(state, failed(), kAround);
  CHECK(result.moved);
  result = apply_report(result.state, failed(), kAround);
  CHECK_FALSE(result.moved);
  CHECK(result.state.checked);
}

TEST_CASE("a conditional success takes a server out of load balancing but keeps its sessions") {
  const ReportResult result = apply_report(start_state({.rise = kRise}), conditional(), kAround);
  CHECK(text(result.state) == "NOLB");
  CHECK_FALSE(result.state.accepts_new());
  CHECK(result.state.accepts_known());
  CHECK(texts(result.state, {failed(), passed()}) == Texts{"NOLB 2/3", "UP"});
}

TEST_CASE(
    "MAINT is DOWN, ignores late reports, and leads back to an UP that the next check decides") {
  ServerStateWord state = apply_report(start_state({.rise = kRise}), passed(), kAround).state;
  state = apply_admin(state, AdminState::Maint, kAround);
  CHECK(text(state) == "MAINT");
  CHECK(state.oper == OperState::Down);
  CHECK_FALSE(state.accepts_known());
  CHECK(apply_report(state, passed(), kAround).state.pack() == state.pack());
  CHECK(text(apply_health(state, OperState::Up, kAround)) == "MAINT");
  state = apply_admin(state, AdminState::Ready, kAround);
  CHECK(text(state) == "UP 1/3");
  CHECK(texts(state, {failed()}) == Texts{"DOWN"});
}

TEST_CASE("a server that was DOWN when it entered MAINT is UP when it leaves it") {
  ServerStateWord state = apply_report(start_state({.rise = kRise}), failed(), kAround).state;
  state = apply_admin(apply_admin(state, AdminState::Maint, kAround), AdminState::Drain, kAround);
  CHECK(text(state) == "DRAIN 1/3");
  CHECK_FALSE(state.accepts_new());
  CHECK(state.accepts_known());
}

TEST_CASE("DRAIN leaves the health alone and READY gives it back") {
  ServerStateWord state = apply_report(start_state({.rise = kRise}), failed(), kAround).state;
  state = apply_admin(state, AdminState::Drain, kAround);
  CHECK(text(state) == "DOWN");
  CHECK(text(apply_admin(state, AdminState::Ready, kAround)) == "DOWN");
}

TEST_CASE("a server that the configuration disables starts in MAINT until it is made ready") {
  ServerStateWord state = start_state({.rise = kRise, .disabled = true});
  CHECK(state.forced_maint_by_config);
  CHECK(text(state) == "MAINT");
  state = apply_admin(state, AdminState::Ready, kAround);
  CHECK_FALSE(state.forced_maint_by_config);
  CHECK(state.accepts_new());
}

TEST_CASE("a server without an address takes nothing and says why") {
  const ServerStateWord state = start_state({.rise = kRise, .unresolved = true});
  CHECK(text(state) == "MAINT (resolution)");
  CHECK_FALSE(state.accepts_new());
  CHECK_FALSE(state.accepts_known());
}

TEST_CASE("a weight of 0 takes no new requests and keeps the known ones") {
  ServerStateWord state = start_state({.weight = 0, .rise = kRise});
  CHECK_FALSE(state.accepts_new());
  CHECK(state.accepts_known());
}

TEST_CASE("a server without checks says so, unless something else is to be said") {
  const auto unchecked = [](const ServerStateWord& state) {
    return status_text(state, kRise, kFall, Checks::Off);
  };
  const ServerStateWord state = start_state({.rise = kRise});
  CHECK(unchecked(state) == "no check");
  CHECK(unchecked(apply_admin(state, AdminState::Drain, kAround)) == "DRAIN");
  CHECK(unchecked(apply_health(state, OperState::Down, kAround)) == "DOWN");
  CHECK(unchecked(apply_health(state, OperState::NoLb, kAround)) == "NOLB");
}

TEST_CASE("rise and fall of one need one report each, and large ones do not overflow") {
  ServerStateWord state = start_state({.rise = 1});
  CHECK(status_text(state, 1, 1, Checks::On) == "UP");
  state = apply_report(state, failed(), {.rise = 1, .fall = 1}).state;
  CHECK(state.oper == OperState::Down);
  state = apply_report(state, passed(), {.rise = 1, .fall = 1}).state;
  CHECK(state.oper == OperState::Up);
  CHECK(full_health(300, 300) == 599);
  CHECK(full_health(70'000, 1) == 65'535);
}
