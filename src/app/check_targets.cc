#include "app/check_targets.h"

namespace sluice::app {

namespace {

base::Address check_address(const model::Server& server, const std::string& host,
                            model::Resources& resources, base::Diagnostics& diagnostics) {
  if (host.empty()) return {};
  if (auto literal = base::Address::from_ip(host, 0)) return *literal;
  auto resolved = resources.resolve(host);
  if (!resolved || resolved->empty()) {
    diagnostics.error(server.span, "cannot resolve the check address '" + host + "'");
    return {};
  }
  return resolved->front();
}

health::AgentTarget agent_target(const control::ServerRuntime& server, const model::Proxy& proxy,
                                 rules::CompileScope& scope, model::Resources& resources) {
  const model::AgentOptions& agent = server.config->agent;
  model::ProxyCheck check;
  check.kind = model::CheckKind::Agent;
  check.agent_send = agent.send;
  health::AgentTarget out;
  out.server = server.live;
  out.script = health::CheckScript::compile(check, scope);
  out.address = check_address(*server.config, agent.address, resources, scope.diagnostics);
  out.port = agent.port;
  out.inter_ms = agent.inter_ms != 0 ? agent.inter_ms : server.config->check.inter_ms;
  out.timeout_check_ms = proxy.timeouts.check.value_or(0);
  out.timeout_connect_ms = proxy.timeouts.connect.value_or(0);
  return out;
}

}  // namespace

health::CheckTargets check_targets(const control::Snapshot& snapshot, const model::Config& config,
                                   rules::LiveLookup& live, model::Resources& resources,
                                   base::Diagnostics& diagnostics) {
  health::CheckTargets out;
  for (const auto& backend : snapshot.backends) {
    const model::Proxy& proxy = *backend->config;
    rules::CompileScope scope{config, proxy, live, diagnostics};
    const auto script = health::CheckScript::compile(proxy.check, scope);
    if (script == nullptr) continue;
    for (const auto& server : backend->servers) {
      const model::Server& settings = *server->config;
      if (settings.agent.enabled)
        out.agents.push_back(agent_target(*server, proxy, scope, resources));
      if (!settings.check.enabled) continue;
      health::CheckTarget target;
      target.server = server->live;
      target.options = settings.check;
      target.address = check_address(settings, settings.check.address, resources, diagnostics);
      target.script = script;
      if (server->source != nullptr) target.source = *server->source;
      const bool own_transport = settings.check.port == 0 && settings.check.address.empty();
      if (settings.check.tls || (settings.tls.enabled && own_transport)) target.tls = server->tls;
      target.timeout_check_ms = proxy.timeouts.check.value_or(0);
      target.timeout_connect_ms = proxy.timeouts.connect.value_or(0);
      out.checks.push_back(std::move(target));
    }
  }
  return out;
}

}  // namespace sluice::app
