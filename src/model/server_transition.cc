#include "model/server_transition.h"

#include <algorithm>
#include <limits>

#include "model/server_naming.h"

namespace sluice::model {

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
    state = apply_admin(state, AdminState::Maint, start.rise);
    state.forced_maint_by_config = true;
  }
  return kept_down(state);
}

ReportResult apply_report(ServerStateWord state, const CheckReport& report, std::uint32_t rise,
                          std::uint32_t fall) noexcept {
  if (state.admin == AdminState::Maint) return {state, false};
  const std::uint16_t before = state.health;
  const std::uint16_t full = full_health(rise, fall);
  state.checked = true;
  if (report.passed) {
    if (state.health < full) ++state.health;
    if (state.health >= rise) {
      state.health = full;
      if (!state.agent_down) state.oper = report.conditional ? OperState::NoLb : OperState::Up;
    }
  } else {
    if (state.health > 0) --state.health;
    if (state.health < rise) {
      state.health = 0;
      state.oper = OperState::Down;
    }
  }
  return {state, state.health != before};
}

ServerStateWord apply_agent(ServerStateWord state, AgentSays says, std::uint32_t rise,
                            std::uint32_t fall) noexcept {
  const bool up = says == AgentSays::Up;
  state.agent_down = !up;
  if (state.admin == AdminState::Maint) return state;
  state.health = up ? full_health(rise, fall) : 0;
  if (!up) {
    state.oper = OperState::Down;
  } else if (state.oper == OperState::Down) {
    state.oper = OperState::Up;
  }
  return state;
}

ServerStateWord apply_admin(ServerStateWord state, AdminState admin, std::uint32_t rise) noexcept {
  if (admin == state.admin) return state;
  if (admin == AdminState::Maint) {
    state.oper = OperState::Down;
    state.health = 0;
  } else if (state.admin == AdminState::Maint) {
    state.oper = OperState::Up;
    state.health = full_health(rise, 1);
    state.forced_maint_by_config = false;
  }
  state.admin = admin;
  return state;
}

ServerStateWord apply_health(ServerStateWord state, OperState oper, std::uint32_t rise,
                             std::uint32_t fall) noexcept {
  if (state.admin == AdminState::Maint) return state;
  state.oper = oper;
  state.health = oper == OperState::Down ? 0 : full_health(rise, fall);
  return state;
}

}  // namespace sluice::model
