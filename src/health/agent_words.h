// Reads the line of an agent (manual §5.2, "agent-check"): words apart by spaces, tabs or commas,
// and a reason after '#'. Case does not matter; of several words of a kind the last counts.
//   up; down, fail, stopped     the health        ready, drain, maint    what an operator would ask
//   NN%                         the weight        maxconn:N              the server's maxconn
#pragma once

#include <optional>
#include <string_view>

#include "model/agent.h"

namespace sluice::health {

/// The line without its end, once that came; `complete`: no more will come. An agent that never
/// ends its line is only noted.
[[nodiscard]] std::optional<model::CheckReport> read_agent_line(std::string_view bytes,
                                                                bool complete);

/// `line` as read_agent_line() gave it as the report's detail.
[[nodiscard]] model::AgentReport read_agent_words(std::string_view line);

}  // namespace sluice::health
