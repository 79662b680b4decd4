// The states of a server, HAProxy's: what an operator asked for (admin) apart from what is observed
// (operational). The two tests of availability here are the only ones in the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::model {

/// What was asked for. Ready: by checks alone; Drain: nothing new; Maint: nothing at all, no
/// checks.
enum class AdminState : std::uint8_t { Ready, Drain, Maint };

/// What is observed. Starting: no result yet, taken as UP (HAProxy starts servers UP, "no check
/// yet").
enum class OperState : std::uint8_t { Down, Up, NoLb };

/// Result of the latest check, by HAProxy's names (management.txt, "check_status").
enum class CheckStatus : std::uint8_t {
  Unknown,
  Init,
  SocketError,
  L4Ok,
  L4Timeout,
  L4Connection,
  L6Ok,
  L6Timeout,
  L6Response,
  L7Ok,
  L7OkConditional,
  L7Timeout,
  L7Response,
  L7Status,
  HanaFail,
  Checked,  // an agent that said nothing about the health
};

[[nodiscard]] std::string_view code_of(CheckStatus status) noexcept;  // "L7OK"
[[nodiscard]] std::string_view description_of(
    CheckStatus status) noexcept;                                   // "Layer7 check passed"
[[nodiscard]] std::string_view to_text(AdminState state) noexcept;  // "ready"

/// Everything that decides availability, packed to one atomic word so that a reader sees one
/// moment.
struct ServerStateWord {
  AdminState admin = AdminState::Ready;
  OperState oper = OperState::Up;
  std::uint16_t health = 0;             // HAProxy's: 0 to rise + fall - 1; at least rise is UP
  bool checked = false;                 // a check has given a result
  std::uint16_t weight = 1;             // the effective one, 0 to 256
  bool forced_maint_by_config = false;  // `disabled` in the configuration
  bool agent_down = false;              // an agent says that it is down: no check makes it up
  bool unresolved = false;       // no address (init-addr none): MAINT (resolution) in HAProxy
  bool inherited_maint = false;  // of the server that it tracks
  bool inherited_drain = false;

  [[nodiscard]] std::uint64_t pack() const noexcept {
    return static_cast<std::uint64_t>(admin) | static_cast<std::uint64_t>(oper) << 8 |
           static_cast<std::uint64_t>(health) << 48 |
           static_cast<std::uint64_t>(checked ? 1 : 0) << 24 |
           static_cast<std::uint64_t>(weight) << 32 |
           static_cast<std::uint64_t>(forced_maint_by_config ? 1 : 0) << 25 |
           static_cast<std::uint64_t>(unresolved ? 1 : 0) << 26 |
           static_cast<std::uint64_t>(agent_down ? 1 : 0) << 27 |
           static_cast<std::uint64_t>(inherited_maint ? 1 : 0) << 28 |
           static_cast<std::uint64_t>(inherited_drain ? 1 : 0) << 29;
  }
  [[nodiscard]] static ServerStateWord unpack(std::uint64_t word) noexcept {
    ServerStateWord out;
    out.admin = static_cast<AdminState>(word & 0xFF);
    out.oper = static_cast<OperState>(word >> 8 & 0xFF);
    out.health = static_cast<std::uint16_t>(word >> 48 & 0xFFFF);
    out.checked = (word >> 24 & 1) != 0;
    out.forced_maint_by_config = (word >> 25 & 1) != 0;
    out.unresolved = (word >> 26 & 1) != 0;
    out.agent_down = (word >> 27 & 1) != 0;
    out.inherited_maint = (word >> 28 & 1) != 0;
    out.inherited_drain = (word >> 29 & 1) != 0;
    out.weight = static_cast<std::uint16_t>(word >> 32 & 0xFFFF);
    return out;
  }

  /// Whoever asked for it.
  [[nodiscard]] bool in_maintenance() const noexcept {
    return admin == AdminState::Maint || inherited_maint || unresolved;
  }
  [[nodiscard]] bool draining() const noexcept {
    return admin == AdminState::Drain || inherited_drain;
  }

  /// May a request that belongs to no particular server be sent here?
  [[nodiscard]] bool accepts_new() const noexcept {
    return oper == OperState::Up && weight > 0 && !in_maintenance() && !draining();
  }
  /// May a request that is bound to this server (persistence) be sent here? A DRAIN server's
  /// clients stay.
  [[nodiscard]] bool accepts_known() const noexcept {
    return oper != OperState::Down && !in_maintenance();
  }
};

/// The status column of the statistics: "UP", "UP 1/3", "DOWN 1/2", "MAINT (resolution)", "no
/// check".
enum class Checks : std::uint8_t { Off, On };
[[nodiscard]] std::string status_text(const ServerStateWord& state, std::uint32_t rise,
                                      std::uint32_t fall, Checks checks);

}  // namespace sluice::model
