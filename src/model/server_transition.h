// How a server's state moves, as pure functions: what checks report and what operators ask,
// HAProxy's way. The control thread stores the result (control/changes); nothing here touches live
// objects.
//
// The health counter runs from 0 to rise + fall - 1 and means UP from `rise` on:
//   start, or leaving MAINT   health = rise: UP, but the first failure is enough to go DOWN
//   a check that passes       + 1; on reaching `rise`, or above it, straight to rise + fall - 1
//   a check that fails        - 1; on falling below `rise`, straight to 0 and DOWN
//   MAINT                     health = 0, DOWN; checks are paused, and a late report changes
//   nothing
#pragma once

#include <cstdint>

#include "model/server_live.h"
#include "model/server_state.h"

namespace sluice::model {

/// The highest value of the health counter.
[[nodiscard]] std::uint16_t full_health(std::uint32_t rise, std::uint32_t fall) noexcept;

/// What a server that has just been configured starts as.
struct StartState {
  std::uint16_t weight = 1;
  std::uint32_t rise = 2;
  bool disabled = false;    // `disabled`: MAINT
  bool unresolved = false;  // its name has no address yet
};
[[nodiscard]] ServerStateWord start_state(const StartState& start) noexcept;

struct ReportResult {
  ServerStateWord state;
  bool moved = false;  // the health counter changed: a failure counts, a log line is due
};
[[nodiscard]] ReportResult apply_report(ServerStateWord state, const CheckReport& report,
                                        std::uint32_t rise, std::uint32_t fall) noexcept;

/// An agent says that the server is up, or down. Down, it stays so whatever checks find, until the
/// agent says otherwise.
enum class AgentSays : std::uint8_t { Up, Down };
[[nodiscard]] ServerStateWord apply_agent(ServerStateWord state, AgentSays says, std::uint32_t rise,
                                          std::uint32_t fall) noexcept;

/// READY, DRAIN and MAINT in any order. Leaving MAINT, a server is UP at once and is checked from
/// there.
[[nodiscard]] ServerStateWord apply_admin(ServerStateWord state, AdminState admin,
                                          std::uint32_t rise) noexcept;

/// An operator's or an agent's word on the health. Has no effect in MAINT.
[[nodiscard]] ServerStateWord apply_health(ServerStateWord state, OperState oper,
                                           std::uint32_t rise, std::uint32_t fall) noexcept;

}  // namespace sluice::model
