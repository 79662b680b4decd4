// What an agent on a server said (`agent-check`): the words of its line, and what became of asking.
#pragma once

#include <cstdint>
#include <optional>

#include "model/server_live.h"
#include "model/server_state.h"

namespace sluice::model {

struct AgentReport {
  /// Status L7OK or L7STS: it said that the server is up, or down; Checked: nothing about that; any
  /// other one: it could not be asked, which changes nothing.
  CheckReport check;
  std::optional<AdminState> admin;
  std::optional<std::uint32_t> weight_percent;
  std::optional<std::uint32_t> maxconn;
};

}  // namespace sluice::model
