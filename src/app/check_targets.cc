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
                                               const model::Config& config, rules::LiveLookup& live,
                                               model::Resources& resources,
                                               base::Diagnostics& diagnostics) {
  std::vector<health::CheckTarget> out;
  for (const auto& backend : snapshot.backends) {
    const model::Proxy& proxy = *backend->config;
    rules::CompileScope scope{config, proxy, live, diagnostics};
    const auto script = health::CheckScript::compile(proxy.check, scope);
    if (script == nullptr) continue;
    for (const auto& server : backend->servers) {
      const model::Server& settings = *server->config;
      if (!settings.check.enabled) continue;
      health::CheckTarget target;
      target.server = server->live;
      target.options = settings.check;
      target.address = check_address(settings, resources, diagnostics);
      target.script = script;
      const bool own_transport = settings.check.port == 0 && settings.check.address.empty();
      if (settings.check.tls || (settings.tls.enabled && own_transport)) target.tls = server->tls;
      target.timeout_check_ms = proxy.timeouts.check.value_or(0);
      target.timeout_connect_ms = proxy.timeouts.connect.value_or(0);
      out.push_back(std::move(target));
    }
  }
  return out;
}

}  // namespace sluice::app
