// The actions of LiveChanges, one function each; texts of errors are the runtime socket's.
#include <algorithm>
#include <string>

#include "base/limits.h"
#include "control/live_changes.h"
#include "control/tracking.h"
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

/// How the log names an operator's word on the health.
std::string_view words_of(ChangeSource from) {
  const bool web =
      from == ChangeSource::Page || from == ChangeSource::Form || from == ChangeSource::Rest;
  return web ? "changed from Web interface" : "changed from CLI";
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

/// Each server without a value of its own gets one, another one, or none.
void give_cookies(const BackendView& view) {
  const auto& made = view.live->dynamic_cookie;
  for (const model::Server& config : view.config->servers) {
    model::ServerLive* server = view.live->find(config.name);
    if (server == nullptr || !config.cookie.empty()) continue;
    server->set_cookie_key(made.enabled ? made.key : std::string());
  }
}

}  // namespace

Result<> LiveChanges::act(Work& work, Change& change, const SetAdmin& action) {
  model::ServerLive& server = *work.server;
  const ServerStateWord before = server.state();
  change.old_value = model::to_text(before.admin);
  change.new_value = model::to_text(action.state);
  transition(work, model::apply_admin(before, action.state, surroundings_of(server)));
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
  if (change.from == ChangeSource::Agent) return {};  // it repeats its word for ever
  work.told = StateChange::Told::Weight;
  write_lines(work, work.server->state(), {0, work.server->limiter.waiting()});
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetHealth& action) {
  const model::ServerLive& server = *work.server;
  const ServerStateWord before = server.state();
  const OperState oper = to_oper(action.to);
  change.old_value = to_text(before.oper);
  change.new_value = to_text(oper);
  work.operator_text = words_of(change.from);
  transition(work, model::apply_health(before, oper, surroundings_of(server)));
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

Result<> LiveChanges::act(Work& work, Change& change, const SetAgent& action) {
  const bool enable = action.to == SetAgent::To::Enabled;
  if (enable && !work.config->agent.enabled) {
    return base::fail(ErrorKind::Configuration,
                      "Agent was not configured on this server, cannot enable.");
  }
  change.old_value = work.server->agent_enabled ? "enabled" : "disabled";
  change.new_value = enable ? "enabled" : "disabled";
  work.server->agent_enabled = enable;
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetAgentHealth& action) {
  if (!work.server->agent_enabled) {
    return base::fail(ErrorKind::Configuration, "agent checks are not enabled on this server.");
  }
  const bool up = action.to == SetAgentHealth::To::Up;
  change.new_value = up ? "up" : "down";
  work.operator_text = words_of(change.from);
  transition(work, model::apply_agent_order(work.server->state(),
                                            up ? model::AgentSays::Up : model::AgentSays::Down));
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetProbe& action) {
  const bool check = action.of == SetProbe::Of::Check;
  if (!(check ? work.server->check_enabled : work.server->agent_enabled)) {
    return base::fail(ErrorKind::Configuration,
                      check ? "health checks are not enabled on this server"
                            : "agent checks are not enabled on this server");
  }
  auto& place = check ? work.server->check_place : work.server->agent_place;
  if (action.address) place.address = *action.address;
  if (action.port) place.port = *action.port;
  change.new_value = place.address.is_set() ? place.address.host() : "";
  if (place.port != 0) change.new_value += ":" + std::to_string(place.port);
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetAgentSend& action) {
  if (!work.server->agent_enabled) {
    return base::fail(ErrorKind::Configuration, "agent checks are not enabled on this server.");
  }
  work.server->agent_send = action.text;
  change.new_value = action.text;
  return {};
}

Result<> LiveChanges::act(Work& work, Change& change, const SetDynamicCookie& action) {
  auto& made = work.newest().live->dynamic_cookie;
  change.old_value = made.enabled ? "enabled" : "disabled";
  made.enabled = action.to == SetDynamicCookie::To::Enabled;
  change.new_value = made.enabled ? "enabled" : "disabled";
  give_cookies(work.newest());
  return {};
}

/// The key is a secret: it is not remembered with the change.
Result<> LiveChanges::act(Work& work, Change& /*change*/, const SetDynamicCookieKey& action) {
  work.newest().live->dynamic_cookie.key = action.key;
  give_cookies(work.newest());
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
