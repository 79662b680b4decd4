// The actions of LiveChanges, one function each; texts of errors are the runtime socket's.
#include <algorithm>
#include <string>

#include "base/limits.h"
#include "control/live_changes.h"
#include "model/server_transition.h"

namespace sluice::control {
namespace {

using base::ErrorKind;
using base::Result;
using model::AdminState;
using model::OperState;
using model::ServerStateWord;

OperState to_oper(SetHealth::To to) {
  switch (to) {
    case SetHealth::To::Up:
      return OperState::Up;
    case SetHealth::To::Stopping:
      return OperState::NoLb;
    case SetHealth::To::Down:
      return OperState::Down;
  }
  return OperState::Down;
}

std::string to_text(OperState state) {
  switch (state) {
    case OperState::Up:
      return "up";
    case OperState::NoLb:
      return "stopping";
    case OperState::Down:
      return "down";
  }
  return {};
}

Result<std::uint16_t> wanted_weight(const SetWeight& action, std::uint32_t initial) {
  constexpr std::uint32_t kMaxPercent = 25'600;
  constexpr std::uint32_t kMax = base::limits::kMaxWeight;
  if (action.unit == SetWeight::Unit::Percent) {
    const std::uint32_t weight = initial * std::min(action.value, kMaxPercent) / 100;
    return static_cast<std::uint16_t>(std::min(weight, kMax));
  }
  if (action.value > kMax) {
    return base::fail(ErrorKind::Configuration,
                      "Absolute weight can only be between 0 and 256 inclusive.");
  }
  return static_cast<std::uint16_t>(action.value);
}

}  // namespace

Result<> LiveChanges::act(Work& work, Change& change, const SetAdmin& action) {
  model::ServerLive& server = *work.server;
  const ServerStateWord before = server.state();
  change.old_value = model::to_text(before.admin);
  change.new_value = model::to_text(action.state);
  transition(work, model::apply_admin(before, action.state, server.rise));
  const bool maint_moved =
      (before.admin == AdminState::Maint) != (action.state == AdminState::Maint);
  if (maint_moved && hooks_.checks_changed) hooks_.checks_changed(server);
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetWeight& action) {
  ServerStateWord state = work.server->state();
  const std::uint16_t initial = work.server->initial_weight;
  const Result<std::uint16_t> weight = wanted_weight(action, initial);
  if (!weight) return tl::unexpected(weight.error());
  if (*weight != 0 && *weight != initial && work.newest().balancer->is_static()) {
    return base::fail(
        ErrorKind::Configuration,
        "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.");
  }
  change.old_value = std::to_string(state.weight);
  change.new_value = std::to_string(*weight);
  state.weight = *weight;
  transition(work, state);
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetHealth& action) {
  const model::ServerLive& server = *work.server;
  const ServerStateWord before = server.state();
  const OperState oper = to_oper(action.to);
  change.old_value = to_text(before.oper);
  change.new_value = to_text(oper);
  work.by_operator = true;
  transition(work, model::apply_health(before, oper, server.rise, server.fall));
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetChecks& action) {
  const bool enable = action.to == SetChecks::To::Enabled;
  if (enable && !work.config->check.enabled) {
    return base::fail(ErrorKind::Configuration,
                      "Health check was not configured on this server, cannot enable.");
  }
  change.old_value = work.server->check_enabled ? "enabled" : "disabled";
  change.new_value = enable ? "enabled" : "disabled";
  work.server->check_enabled = enable;
  if (change.old_value != change.new_value && hooks_.checks_changed)
    hooks_.checks_changed(*work.server);
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetMaxconn& action) {
  model::ServerLive& server = *work.server;
  change.old_value = std::to_string(server.limiter.full_max());
  change.new_value = std::to_string(action.value);
  server.limiter.set_max(action.value);
  if (server.limiter.has_room()) work.newest().live->queue.hand_over(server);
  return {};
}

Result<> LiveChanges::act(Work& work, Change& /*change*/, const ShutdownSessions& /*action*/) {
  if (!hooks_.shutdown_sessions)
    return base::fail(ErrorKind::Internal, "Sessions cannot be shut down here.");
  hooks_.shutdown_sessions(*work.server);
  return {};
}

}  // namespace sluice::control
