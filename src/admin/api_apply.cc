// Applying a plan: every step through control::Changes or admin/process_changes, as one entry.
#include <utility>

#include "admin/api_actions.h"
#include "admin/process_changes.h"

namespace sluice::admin {

namespace {

class Runner {
 public:
  Runner(const View& view, const control::ChangeOrigin& origin) : view_(view), origin_(origin) {}

  base::Result<> run(const Step& step, std::function<void()> acknowledged) {
    step_ = &step;
    acknowledged_ = std::move(acknowledged);
    return std::visit([this](const auto& action) { return act(action); }, step.action);
  }

 private:
  base::Result<> act(const control::ChangeAction& action) {
    control::Change change;
    change.who = origin_.who;
    change.from = origin_.from;
    change.source = origin_.source;
    change.note = origin_.note;
    change.target = step_->target;
    change.action = action;
    return view_.changes->apply(std::move(change), std::exchange(acknowledged_, nullptr));
  }
  base::Result<> act(const SwitchFrontend& action) {
    set_frontend_enabled(view_, *action.frontend, action.enabled, origin_);
    return {};
  }
  base::Result<> act(const LimitFrontend& action) {
    set_frontend_maxconn(view_, *action.frontend, action.value, origin_);
    return {};
  }
  base::Result<> act(const ShutFrontend& action) {
    shut_frontend_sessions(view_, *action.frontend, origin_);
    return {};
  }
  base::Result<> act(const LimitProcess& action) {
    set_process_maxconn(view_, action.value, origin_);
    return {};
  }
  base::Result<> act(const ClearCounters& action) {
    clear_counters(view_, action.all ? Clear::Everything : Clear::Maxima, origin_);
    return {};
  }
  base::Result<> act(const NoteShare& action) {
    view_.log->note(origin_, 0, {step_->key, "share", action.before, action.after});
    return {};
  }

  const View& view_;
  const control::ChangeOrigin& origin_;
  const Step* step_ = nullptr;
  std::function<void()> acknowledged_;
};

/// The step whose acknowledgement stands for all; the plan's size where there is none.
std::size_t last_of_servers(const Plan& plan) {
  for (std::size_t i = plan.size(); i > 0; --i) {
    if (std::holds_alternative<control::ChangeAction>(plan[i - 1].action)) return i - 1;
  }
  return plan.size();
}

}  // namespace

std::optional<Refusal> run_plan(const View& view, const Plan& plan,
                                const control::ChangeOrigin& origin,
                                std::function<void()> acknowledged) {
  Runner runner(view, origin);
  const std::size_t last = last_of_servers(plan);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto done = runner.run(plan[i], i == last ? std::move(acknowledged) : nullptr);
    if (done) continue;
    // Checked before, so that only what checking could not know leads here.
    const auto back = plan_actions(view, inverse_actions(view.log->noted()));
    if (const Plan* steps = std::get_if<Plan>(&back)) {
      for (const Step& step : *steps) (void)runner.run(step, nullptr);
    }
    Refusal refusal = refuse(409, "conflict", plan[i].key.substr(2) + ": " + done.error().detail);
    refusal.errors.push_back(
        fault_at("/actions/" + std::to_string(plan[i].index), done.error().detail));
    return refusal;
  }
  // What changes no server is in force at once.
  if (last == plan.size() && acknowledged) acknowledged();
  return std::nullopt;
}

Json inverse_actions(const std::vector<control::LoggedItem>& items) {
  Json actions = Json::array();
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->set == "share" || item->lapsed) continue;
    actions.push_back({{"target", item->target}, {"set", item->set}, {"value", item->old_value}});
  }
  return actions;
}

}  // namespace sluice::admin
