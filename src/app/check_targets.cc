#include "app/check_targets.h"

namespace sluice::app {

namespace {

base::Address check_address(const model::Server& server, model::Resources& resources,
                            base::Diagnostics& diagnostics) {
  if (server.check.address.empty()) return {};
  if (auto literal = base::Address::from_ip(server.check.address, 0)) return *literal;
  auto resolved = resources.resolve(server.check.address);
  if (!resolved || resolved->empty()) {
    diagnostics.error(server.span,
                      "cannot resolve the check address '" + server.check.address + "'");
    return {};
  }
  return resolved->front();
}

}  // namespace

std::vector<health::CheckTarget> check_targets(const control::Snapshot& snapshot,
                                               model::Resources& resources,
                                               base::Diagnostics& diagnostics) {
  std::vector<health::CheckTarget> out;
  for (const auto& backend : snapshot.backends) {
    const model::Proxy& proxy = *backend->config;
    std::shared_ptr<const health::HttpProbe> probe;
    if (proxy.check.kind == model::CheckKind::Http) {
      auto compiled = health::HttpProbe::compile(proxy.check);
      if (!compiled) {
        diagnostics.error(proxy.check.span, compiled.error().detail);
        continue;
      }
      probe = *compiled;
    }
    for (const auto& server : backend->servers) {
      const model::Server& config = *server->config;
      if (!config.check.enabled) continue;
      health::CheckTarget target;
      target.server = server->live;
      target.options = config.check;
      target.address = check_address(config, resources, diagnostics);
      target.http = probe;
      const bool own_transport = config.check.port == 0 && config.check.address.empty();
      if (config.check.tls || (config.tls.enabled && own_transport)) target.tls = server->tls;
      target.timeout_check_ms = proxy.timeouts.check.value_or(0);
      target.timeout_connect_ms = proxy.timeouts.connect.value_or(0);
      out.push_back(std::move(target));
    }
  }
  return out;
}

}  // namespace sluice::app
