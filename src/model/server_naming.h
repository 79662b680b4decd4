// How a server's state moves as its name gets an address and loses it, HAProxy's way (RMAINT):
// without one it is in maintenance, whatever checks and operators say; with one it is as it is on
// leaving MAINT, unless an operator keeps it there. Pure.
#pragma once

#include "model/server_state.h"

namespace sluice::model {

[[nodiscard]] ServerStateWord apply_address_lost(ServerStateWord state) noexcept;
/// `rise` of its checks; 0: it has none, and its health counter stays as it is.
[[nodiscard]] ServerStateWord apply_address_found(ServerStateWord state,
                                                  std::uint32_t rise) noexcept;
/// What any other change comes to while there is no address.
[[nodiscard]] ServerStateWord kept_down(ServerStateWord state) noexcept;

}  // namespace sluice::model
