#include "model/server_naming.h"

#include "model/server_transition.h"

namespace sluice::model {

ServerStateWord apply_address_lost(ServerStateWord state) noexcept {
  state.unresolved = true;
  return kept_down(state);
}

ServerStateWord apply_address_found(ServerStateWord state, std::uint32_t rise) noexcept {
  if (!state.unresolved) return state;
  state.unresolved = false;
  if (state.admin == AdminState::Maint) return state;
  state.oper = OperState::Up;
  if (rise != 0) state.health = full_health(rise, 1);
  return state;
}

ServerStateWord kept_down(ServerStateWord state) noexcept {
  if (!state.unresolved) return state;
  state.oper = OperState::Down;
  state.health = 0;
  return state;
}

}  // namespace sluice::model
