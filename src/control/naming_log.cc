// The lines about servers that get an address and lose it, HAProxy's words.
#include "control/state_log.h"

namespace sluice::control {

std::vector<StateLine> naming_lines(const StateChange& change) {
  const std::string who = subject_of(change);
  if (change.after.unresolved) {
    const std::string why = " (" + std::string(change.lost_because) + ")";
    if (change.before.in_maintenance()) return {};
    if (change.before.oper == model::OperState::Down)
      return {{LogLevel::Notice, who + " was DOWN and now enters maintenance" + why + "."}};
    return {{LogLevel::Alert, who + " is going DOWN for maintenance" + why + servers_left(change)}};
  }
  std::vector<StateLine> lines;
  if (!change.after.in_maintenance()) {
    lines.push_back({LogLevel::Notice, who + " ('" + std::string(change.name_in_dns) +
                                           "') is UP/READY (resolves again)."});
  }
  if (!change.came_along) {
    lines.push_back(
        {LogLevel::Notice, who + " administratively READY thanks to valid DNS answer."});
  }
  return lines;
}

}  // namespace sluice::control
