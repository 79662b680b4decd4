#include "control/build.h"

#include "control/build_parts.h"
#include "control/snapshot_lookup.h"

namespace sluice::control {
namespace {

void make_fallback(const model::Proxy& proxy, const BuildInput& input, BackendRuntime& backend) {
  const bool has_algorithm = proxy.balance.span.line != 0;
  if (proxy.disabled || has_algorithm || (!proxy.dispatch && !proxy.transparent)) return;
  model::Server& config = backend.fallback_config.emplace();
  if (proxy.dispatch) {
    config = *proxy.dispatch;
  } else {
    config.address = base::Address::any_ipv4(0);
    config.address_is_clients = config.port_is_clients = true;
  }
  backend.fallback = std::make_unique<ServerRuntime>();
  backend.fallback->config = &config;
  backend.fallback->live = input.registry.server(*backend.live, "");
  resolve_server(config, *backend.fallback->live, input);
}

/// Rules may name any backend or server, also one that is written further down: all exist before
/// the first rule is compiled. The snapshot holds them from here on.
void make_live_objects(model::Config& config, const BuildInput& input, Snapshot& snapshot) {
  for (model::Proxy& proxy : config.proxies) {
    if (proxy.is_frontend() && !proxy.disabled) {
      auto& frontend = snapshot.frontends.emplace_back(std::make_unique<FrontendRuntime>());
      frontend->config = &proxy;
      frontend->live = input.registry.frontend(proxy.name);
    }
    if (!proxy.is_backend()) continue;
    auto& backend = snapshot.backends.emplace_back(std::make_unique<BackendRuntime>());
    backend->config = &proxy;
    backend->live = input.registry.backend(proxy.name);
    for (model::Server& server : proxy.servers) {
      auto& runtime = backend->servers.emplace_back(std::make_unique<ServerRuntime>());
      runtime->config = &server;
      runtime->live = input.registry.server(*backend->live, server.name);
      if (!proxy.disabled) resolve_server(server, *runtime->live, input);
    }
    make_fallback(proxy, input, *backend);
    std::vector<const model::ServerLive*> known;
    for (const auto& server : backend->servers) known.push_back(server->live.get());
    backend->server_set = model::ServerSet(std::move(known));
    backend->index = ServerIndex(backend->servers);
  }
}

}  // namespace

std::shared_ptr<Snapshot> build(const BuildInput& input) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = input.generation;
  snapshot->config = input.config;
  make_live_objects(*input.config, input, *snapshot);
  SnapshotLookup live(*snapshot);
  Building building{input, *input.config, *snapshot, input.diagnostics, live};
  for (auto& backend : snapshot->backends) build_backend(*backend, building);
  for (auto& frontend : snapshot->frontends) build_frontend(*frontend, building);
  if (input.diagnostics.ok()) return snapshot;
  snapshot.reset();
  input.registry.collect();
  return nullptr;
}

}  // namespace sluice::control
