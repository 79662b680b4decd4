#include "control/tracking.h"

#include <memory>

namespace sluice::control {

using model::ServerLive;
using model::ServerStateWord;

namespace {

std::shared_ptr<ServerLive> find(const Snapshot& snapshot, const model::TrackedServer& tracked) {
  const BackendRuntime* backend = snapshot.find_backend(tracked.backend);
  if (backend == nullptr) return nullptr;
  for (const auto& server : backend->servers) {
    if (server->config->name == tracked.server) return server->live;
  }
  return nullptr;
}

/// From the top of each chain down.
void align(ServerLive& tracked) {
  for (const auto& weak : tracked.trackers) {
    const auto tracker = weak.lock();
    const ServerStateWord state = tracker->state();
    tracker->set_state(
        model::apply_tracked(state, state, tracked.state(), surroundings_of(*tracker)));
    align(*tracker);
  }
}

/// It followed somebody in an earlier configuration, and has only its own states now.
void let_go(ServerLive& server) {
  const ServerStateWord state = server.state();
  if (!state.inherited_maint && !state.inherited_drain) return;
  ServerStateWord nobody;
  nobody.oper = state.oper;
  server.set_state(model::apply_tracked(state, nobody, nobody, surroundings_of(server)));
}

}  // namespace

void tie_trackers(const Snapshot& snapshot) {
  for (const auto& backend : snapshot.backends) {
    for (const auto& server : backend->servers) {
      server->live->tracked.reset();
      server->live->trackers.clear();
    }
  }
  for (const auto& backend : snapshot.backends) {
    for (const auto& server : backend->servers) {
      if (!server->config->track) continue;
      const auto tracked = find(snapshot, *server->config->track);
      if (tracked == nullptr) continue;
      server->live->tracked = tracked;
      tracked->trackers.push_back(server->live);
    }
  }
  for (const auto& backend : snapshot.backends) {
    for (const auto& server : backend->servers) {
      if (!server->live->tracked.expired()) continue;
      let_go(*server->live);
      align(*server->live);
    }
  }
}

model::Surroundings surroundings_of(const ServerLive& server) {
  model::Surroundings around;
  around.rise = server.rise;
  around.fall = server.fall;
  around.checked = server.check_enabled;
  around.has_agent = server.agent_enabled;
  if (const auto tracked = server.tracked.lock()) around.tracked = tracked->state().oper;
  return around;
}

std::string tracked_name(const ServerLive& server) {
  const auto tracked = server.tracked.lock();
  return tracked == nullptr ? std::string() : tracked->backend().name() + "/" + tracked->name();
}

}  // namespace sluice::control
