#include "control/adopt.h"

#include <algorithm>
#include <unordered_set>

#include "base/planted.h"
#include "control/tracking.h"
#include "model/server_transition.h"

namespace sluice::control {
namespace {

using model::AdminState;
using model::OperState;
using model::Server;
using model::ServerLive;
using model::ServerStateWord;

bool is_unresolved(const Server& config) { return !config.address.is_set(); }

/// The name that an address is found by; none where one is written, or by a service's record alone.
std::string name_of(const Server& config) {
  const bool literal = config.host.empty() || config.host.front() == '/' ||
                       base::Address::from_ip(config.host, 0).has_value();
  return literal || model::is_service_label(config.host) ? std::string() : config.host;
}

void start(ServerLive& live, const Server& config) {
  live.name_in_dns = name_of(config);
  live.kept_port = config.port;
  live.set_address(config.address);
  live.limiter.set_max(config.maxconn);
  live.check_enabled = config.check.enabled && !config.added;
  live.agent_enabled = config.agent.enabled && !config.added;
  live.set_state(model::start_state({.weight = config.weight,
                                     .rise = config.check.rise,
                                     .disabled = config.disabled,
                                     .unresolved = is_unresolved(config)}));
  if (config.begins_in_maint) {
    live.set_state(
        model::apply_admin(live.state(), AdminState::Maint, {.rise = config.check.rise}));
  }
  live.history.last_check.status = live.history.last_agent.status = model::CheckStatus::Init;
}

model::Surroundings surroundings_in(const Server& config) {
  model::Surroundings around;
  around.rise = config.check.rise;
  around.fall = config.check.fall;
  around.checked = config.check.enabled;
  around.has_agent = config.agent.enabled;
  return around;
}

void carry_address(ServerLive& live, const Server& before, const Server& config,
                   ServerStateWord& state) {
  const bool rewritten = before.host != config.host || before.port != config.port;
  if (rewritten) {
    live.name_in_dns = name_of(config);
    live.kept_port = config.port;
  }
  if ((rewritten || state.unresolved) && !(live.address() == config.address))
    live.set_address(config.address);
  if (!rewritten && !state.unresolved) return;
  const auto address = is_unresolved(config) ? model::Address::Lost : model::Address::Found;
  state = model::apply_address(state, address, surroundings_in(config));
}

void carry_admin(const Server& before, const Server& config, ServerStateWord& state) {
  if (before.disabled == config.disabled) return;
  const model::Surroundings around = surroundings_in(config);
  if (config.disabled) {
    state = model::apply_admin(state, AdminState::Maint, around);
    state.forced_maint_by_config = true;
  } else if (state.forced_maint_by_config) {
    state = model::apply_admin(state, AdminState::Ready, around);
  }
}

/// The health counter under new values of rise and fall means what it meant. Without checks nothing
/// would ever bring a DOWN server back, so it comes back now.
void carry_health(ServerLive& live, const Server& before, const Server& config,
                  ServerStateWord& state) {
  if (before.agent.enabled != config.agent.enabled) {
    live.agent_enabled = config.agent.enabled;
    if (!config.agent.enabled) state.agent_down = false;
  }
  if (before.check.enabled != config.check.enabled) live.check_enabled = config.check.enabled;
  if (before.check.address != config.check.address || before.check.port != config.check.port)
    live.check_place = {};
  if (before.agent.address != config.agent.address || before.agent.port != config.agent.port)
    live.agent_place = {};
  if (before.agent.send != config.agent.send) live.agent_send.reset();
  if (state.in_maintenance()) return;
  if (before.check.enabled && !config.check.enabled) state.oper = OperState::Up;
  const std::uint32_t rise = config.check.rise;
  const std::uint16_t full = model::full_health(rise, config.check.fall);
  if (state.oper == OperState::Down) {
    state.health =
        std::min(state.health, static_cast<std::uint16_t>(model::full_health(rise, 1) - 1));
  } else if (before.check.rise != rise || before.check.fall != config.check.fall ||
             !before.check.enabled) {
    state.health = std::max(model::full_health(rise, 1), std::min(state.health, full));
  }
}

void carry_over(ServerLive& live, const Server& before, const Server& config) {
  ServerStateWord state = live.state();
  if (before.weight != config.weight) state.weight = config.weight;
  if (before.maxconn != config.maxconn) live.limiter.set_max(config.maxconn);
  carry_admin(before, config, state);
  carry_health(live, before, config, state);
  carry_address(live, before, config, state);
  if (!(before.tls == config.tls)) live.forget_idle_connections();
  live.set_state(state);
}

/// What was set at run time holds while the configuration says what it said.
void adopt_cookie(model::BackendLive& live, const model::Proxy& config) {
  const model::BackendLive::DynamicCookie written{config.cookie.dynamic, config.dynamic_cookie_key};
  if (!(live.written_cookie == written)) live.dynamic_cookie = live.written_cookie = written;
}

/// What `cookie … dynamic` makes a server's value with; empty: it has its own, or gets none.
std::string cookie_key(const model::BackendLive& backend, const Server& server) {
  return backend.dynamic_cookie.enabled && server.cookie.empty() ? backend.dynamic_cookie.key
                                                                 : std::string();
}

/// Slots that a raised limit, a server made ready or a new server brought are offered to who waits.
void offer_slots(const BackendRuntime& backend) {
  if (base::planted(base::Fault::UnofferedSlots)) return;
  for (const auto& server : backend.servers) {
    if (server->live->limiter.has_room()) backend.live->queue.hand_over(*server->live);
  }
}

void retire_the_others(const Snapshot& snapshot, Registry& registry) {
  std::unordered_set<std::uint64_t> kept;
  for (const auto& backend : snapshot.backends) {
    for (const auto& server : backend->servers) kept.insert(server->live->id());
    if (backend->fallback != nullptr) kept.insert(backend->fallback->live->id());
  }
  registry.retire_all_but(kept);
}

/// The limits of bind lines hold for connections of every configuration.
void adopt_frontend(const FrontendRuntime& frontend) {
  const std::uint32_t maxconn = frontend.config->maxconn;
  if (frontend.live->written_maxconn != maxconn) frontend.live->limiter.set_max(maxconn);
  frontend.live->written_maxconn = maxconn;
  frontend.live->numeric_id = frontend.config->numeric_id;
  for (const auto& bind : frontend.binds) {
    if (bind->limiter != nullptr) bind->limiter->set_max(bind->config->maxconn);
  }
}

}  // namespace

void adopt_server(ServerLive& live, const Server& config, Registry& registry) {
  if (const Server* before = registry.last_written(live)) {
    carry_over(live, *before, config);
  } else {
    start(live, config);
  }
  live.initial_weight = config.weight;
  live.backup = config.backup;
  live.numeric_id = config.numeric_id;
  live.rise = config.check.rise;
  live.fall = config.check.fall;
  registry.remember_written(live, config);
}

void adopt(Snapshot& snapshot, const Snapshot* previous, Registry& registry) {
  retire_the_others(snapshot, registry);
  for (const auto& frontend : snapshot.frontends) adopt_frontend(*frontend);
  for (const auto& backend : snapshot.backends) {
    backend->live->numeric_id = backend->config->numeric_id;
    adopt_cookie(*backend->live, *backend->config);
    for (const auto& server : backend->servers) {
      adopt_server(*server->live, *server->config, registry);
      server->live->set_cookie_key(cookie_key(*backend->live, *server->config));
    }
    if (backend->fallback != nullptr)
      adopt_server(*backend->fallback->live, *backend->fallback->config, registry);
    const BackendRuntime* before =
        previous == nullptr ? nullptr : previous->find_backend(backend->config->name);
    if (before != nullptr) backend->balancer->follow(*before->balancer);
  }
  tie_trackers(snapshot);
  for (const auto& backend : snapshot.backends) {
    // A balancer of this generation has no readers yet, so that what it replaces needs no waiting.
    static_cast<void>(backend->balancer->rebuild());
    offer_slots(*backend);
  }
}

}  // namespace sluice::control
