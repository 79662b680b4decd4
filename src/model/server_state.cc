#include "model/server_state.h"

#include <array>

#include "model/server_transition.h"

namespace sluice::model {
namespace {

struct CheckStatusRow {
  CheckStatus status;
  std::string_view code;
  std::string_view description;
};

constexpr std::array<CheckStatusRow, 16> kCheckStatuses = {{
    {CheckStatus::Unknown, "UNK", "Unknown"},
    {CheckStatus::Init, "INI", "Initializing"},
    {CheckStatus::SocketError, "SOCKERR", "Socket error"},
    {CheckStatus::L4Ok, "L4OK", "Layer4 check passed"},
    {CheckStatus::L4Timeout, "L4TOUT", "Layer4 timeout"},
    {CheckStatus::L4Connection, "L4CON", "Layer4 connection problem"},
    {CheckStatus::L6Ok, "L6OK", "Layer6 check passed"},
    {CheckStatus::L6Timeout, "L6TOUT", "Layer6 timeout"},
    {CheckStatus::L6Response, "L6RSP", "Layer6 invalid response"},
    {CheckStatus::L7Ok, "L7OK", "Layer7 check passed"},
    {CheckStatus::L7OkConditional, "L7OKC", "Layer7 check conditionally passed"},
    {CheckStatus::L7Timeout, "L7TOUT", "Layer7 timeout"},
    {CheckStatus::L7Response, "L7RSP", "Layer7 invalid response"},
    {CheckStatus::L7Status, "L7STS", "Layer7 wrong status"},
    {CheckStatus::HanaFail, "HANA", "Health analyze"},
    {CheckStatus::Checked, "CHECKED", "No status change"},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kCheckStatuses.size(); ++i) {
    if (static_cast<std::size_t>(kCheckStatuses[i].status) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order());

std::string fraction(std::string_view name, std::uint32_t part, std::uint32_t whole) {
  return std::string(name) + " " + std::to_string(part) + "/" + std::to_string(whole);
}

}  // namespace

std::string_view code_of(CheckStatus status) noexcept {
  return kCheckStatuses[static_cast<std::size_t>(status)].code;
}

std::string_view description_of(CheckStatus status) noexcept {
  return kCheckStatuses[static_cast<std::size_t>(status)].description;
}

std::string_view to_text(AdminState state) noexcept {
  switch (state) {
    case AdminState::Ready:
      return "ready";
    case AdminState::Drain:
      return "drain";
    case AdminState::Maint:
      return "maint";
  }
  return "";
}

std::string status_text(const ServerStateWord& state, std::uint32_t rise, std::uint32_t fall,
                        Checks checks) {
  if (state.unresolved) return "MAINT (resolution)";
  if (state.admin == AdminState::Maint) return "MAINT";
  const bool on = checks == Checks::On;
  if (state.oper == OperState::Down) {
    if (state.agent_down) return "DOWN (agent)";
    return on && state.health > 0 ? fraction("DOWN", state.health, rise) : "DOWN";
  }
  const bool draining = state.admin == AdminState::Drain;
  const std::string_view name = state.oper == OperState::NoLb ? "NOLB" : draining ? "DRAIN" : "UP";
  if (!on) return name == "UP" ? "no check" : std::string(name);
  if (state.health >= full_health(rise, fall)) return std::string(name);
  return fraction(name, state.health + 1U - rise, fall);
}

}  // namespace sluice::model
