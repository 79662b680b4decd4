// Actions of POST /api/changes (schema Action): checked all together, then applied one after the
// other as one entry of the log. Control thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "admin/api_reply.h"
#include "admin/view.h"

namespace sluice::admin {

struct SwitchFrontend {
  std::shared_ptr<model::FrontendLive> frontend;
  bool enabled;
};
struct LimitFrontend {
  std::shared_ptr<model::FrontendLive> frontend;
  std::uint32_t value;
};
struct ShutFrontend {
  std::shared_ptr<model::FrontendLive> frontend;
};
struct LimitProcess {
  std::uint32_t value;
};
struct ClearCounters {
  bool all;
};
/// Only said: the steps that follow set the weights.
struct NoteShare {
  std::string before, after;
};
using StepAction = std::variant<control::ChangeAction, SwitchFrontend, LimitFrontend, ShutFrontend,
                                LimitProcess, ClearCounters, NoteShare>;

struct Step {
  std::string key;  // of its target
  StepAction action;
  control::ServerTarget target = {};  // of a control::ChangeAction
  std::size_t index = 0;              // of the action in the request
};

/// Never empty.
using Plan = std::vector<Step>;

/// The least role that may do it: an operator sets states, weights and shares, an admin everything.
[[nodiscard]] http::Role least_role(std::string_view target, std::string_view set) noexcept;

/// Reads and checks a request's actions; changes nothing.
[[nodiscard]] std::variant<Plan, Refusal> plan_actions(const View& view, const Json& actions);

/// Applies them. `acknowledged` runs when every worker passed on to the new state. Where a step is
/// refused after all, the ones before it are set back.
[[nodiscard]] std::optional<Refusal> run_plan(const View& view, const Plan& plan,
                                              const control::ChangeOrigin& origin,
                                              std::function<void()> acknowledged);

/// What sets the items back, as actions of a request.
[[nodiscard]] Json inverse_actions(const std::vector<control::LoggedItem>& items);

class ApiModel;
/// What the plan would do (schema Preview), without doing it.
[[nodiscard]] Json preview_plan(const View& view, const ApiModel& model, const Plan& plan);

}  // namespace sluice::admin
