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
#include <optional>

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

/// What decides beside the state itself.
struct Surroundings {
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  bool checked = false;              // its checks are enabled
  bool has_agent = false;            // so is its agent, whose word holds it down
  std::optional<OperState> tracked;  // of the server that it tracks
};

struct ReportResult {
  ServerStateWord state;
  bool moved = false;  // the health counter changed: a failure counts, a log line is due
};
[[nodiscard]] ReportResult apply_report(ServerStateWord state, const CheckReport& report,
                                        const Surroundings& around) noexcept;

/// What `on-error` makes of a server whose errors reached their limit: a failed check (fail-check),
/// one after which the next failure is fatal (sudden-death), or the fatal one itself (mark-down).
[[nodiscard]] ReportResult apply_errors(ServerStateWord state, OnError action,
                                        const Surroundings& around) noexcept;

/// An agent says that the server is up, or down. Down, it stays so whatever checks find, until the
/// agent says otherwise or is not asked any more.
enum class AgentSays : std::uint8_t { Up, Down };
[[nodiscard]] ServerStateWord apply_agent(ServerStateWord state, AgentSays says,
                                          const Surroundings& around) noexcept;
/// An operator speaks for the agent: what checks found does not matter.
[[nodiscard]] ServerStateWord apply_agent_order(ServerStateWord state, AgentSays says) noexcept;

/// READY, DRAIN and MAINT in any order. Leaving MAINT, a server is UP at once and is checked from
/// there, unless its agent or the server that it tracks is down.
[[nodiscard]] ServerStateWord apply_admin(ServerStateWord state, AdminState admin,
                                          const Surroundings& around) noexcept;

/// Its name has an address, or has none any more: then it is in maintenance beside whatever an
/// operator asked for. Found again, it is as on leaving MAINT.
enum class Address : std::uint8_t { Found, Lost };
[[nodiscard]] ServerStateWord apply_address(ServerStateWord state, Address address,
                                            const Surroundings& around) noexcept;

/// A server that tracks another one takes over its MAINT and DRAIN beside its own, and moves with
/// its operational state. `before` and `after` are the tracked one's.
[[nodiscard]] ServerStateWord apply_tracked(ServerStateWord state, const ServerStateWord& before,
                                            const ServerStateWord& after,
                                            const Surroundings& around) noexcept;

/// An operator's word on the health. In MAINT it only moves the counter.
[[nodiscard]] ServerStateWord apply_health(ServerStateWord state, OperState oper,
                                           const Surroundings& around) noexcept;

}  // namespace sluice::model
