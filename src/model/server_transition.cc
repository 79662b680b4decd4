#include "model/server_transition.h"

#include <algorithm>
#include <limits>

namespace sluice::model {

namespace {

/// What entering or leaving maintenance brings with it.
ServerStateWord settle(const ServerStateWord& before, ServerStateWord after,
                       const Surroundings& around) noexcept {
  if (before.in_maintenance() == after.in_maintenance()) return after;
  if (after.in_maintenance()) {
    if (around.checked || before.oper != OperState::Down) after.health = 0;
    after.oper = OperState::Down;
    return after;
  }
  if (around.checked) after.health = full_health(around.rise, 1);
  const OperState tracked = around.tracked.value_or(OperState::Up);
  const bool held_down = around.has_agent && after.agent_down;
  after.oper = held_down ? OperState::Down : tracked;
  return after;
}

}  // namespace

std::uint16_t full_health(std::uint32_t rise, std::uint32_t fall) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint16_t>::max();
  const std::uint64_t full = std::uint64_t{rise} + fall;
  return static_cast<std::uint16_t>(full == 0 ? 0 : std::min(full - 1, kMax));
}

ServerStateWord start_state(const StartState& start) noexcept {
  ServerStateWord state;
  state.weight = start.weight;
  state.unresolved = start.unresolved;
  state.health = full_health(start.rise, 1);
  if (start.disabled) {
    state = apply_admin(state, AdminState::Maint, {.rise = start.rise});
    state.forced_maint_by_config = true;
  }
  if (!start.unresolved) return state;
  state.oper = OperState::Down;
  state.health = 0;
  return state;
}

ReportResult apply_report(ServerStateWord state, const CheckReport& report,
                          const Surroundings& around) noexcept {
  if (state.in_maintenance()) return {state, false};
  const std::uint16_t before = state.health;
  const std::uint16_t full = full_health(around.rise, around.fall);
  state.checked = true;
  if (report.passed) {
    if (state.health < full) ++state.health;
    if (state.health >= around.rise) {
      state.health = full;
      const bool held_down = around.has_agent && state.agent_down;
      if (!held_down) state.oper = report.conditional ? OperState::NoLb : OperState::Up;
    }
  } else {
    if (state.health > 0) --state.health;
    if (state.health < around.rise) {
      state.health = 0;
      state.oper = OperState::Down;
    }
  }
  return {state, state.health != before};
}

ReportResult apply_errors(ServerStateWord state, OnError action,
                          const Surroundings& around) noexcept {
  if (state.in_maintenance() || action == OnError::FastInter) return {state, false};
  const std::uint16_t least = full_health(around.rise, 1);
  if (action == OnError::SuddenDeath && state.health > least)
    state.health = static_cast<std::uint16_t>(least + 1);
  if (action == OnError::MarkDown) state.health = least;
  return apply_report(state, {.status = CheckStatus::HanaFail}, around);
}

ServerStateWord apply_agent(ServerStateWord state, AgentSays says,
                            const Surroundings& around) noexcept {
  const bool up = says == AgentSays::Up;
  state.agent_down = !up;
  if (state.in_maintenance()) return state;
  const bool ill = around.checked && state.health < around.rise;
  if (!up) {
    state.oper = OperState::Down;
  } else if (state.oper == OperState::Down && around.tracked != OperState::Down && !ill) {
    state.oper = OperState::Up;
  }
  return state;
}

ServerStateWord apply_agent_order(ServerStateWord state, AgentSays says) noexcept {
  const bool up = says == AgentSays::Up;
  state.agent_down = !up;
  if (!state.in_maintenance()) state.oper = up ? OperState::Up : OperState::Down;
  return state;
}

ServerStateWord apply_admin(ServerStateWord state, AdminState admin,
                            const Surroundings& around) noexcept {
  if (admin == state.admin) return state;
  ServerStateWord after = state;
  if (state.admin == AdminState::Maint) after.forced_maint_by_config = false;
  after.admin = admin;
  return settle(state, after, around);
}

ServerStateWord apply_address(ServerStateWord state, Address address,
                              const Surroundings& around) noexcept {
  ServerStateWord after = state;
  after.unresolved = address == Address::Lost;
  return settle(state, after, around);
}

ServerStateWord apply_tracked(ServerStateWord state, const ServerStateWord& before,
                              const ServerStateWord& after, const Surroundings& around) noexcept {
  ServerStateWord next = state;
  next.inherited_maint = after.in_maintenance();
  next.inherited_drain = after.draining();
  next = settle(state, next, around);
  if (before.oper != after.oper && !next.in_maintenance()) next.oper = after.oper;
  return next;
}

ServerStateWord apply_health(ServerStateWord state, OperState oper,
                             const Surroundings& around) noexcept {
  state.health = oper == OperState::Down ? 0 : full_health(around.rise, around.fall);
  if (!state.in_maintenance()) state.oper = oper;
  return state;
}

}  // namespace sluice::model
