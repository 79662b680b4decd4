#include <algorithm>

#include "base/diagnostics.h"
#include "control/build_parts.h"

namespace sluice::control {
namespace {

void build_server(const model::Proxy& proxy, ServerRuntime& server, rules::CompileScope& scope,
                  const Building& building) {
  const model::Server& config = *server.config;
  if (config.tls.enabled || config.check.tls) {
    server.tls =
        building.input.resources.server_tls(config, building.config.global, scope.diagnostics);
  }
  if (config.source.is_set())
    server.source = &config.source;
  else if (proxy.source.is_set())
    server.source = &proxy.source;
  if (!config.tls.sni_expression.empty()) {
    const auto point = proxy.is_http() ? model::RulePoint::HttpRequest : model::RulePoint::Content;
    server.sni =
        rules::compile_expression({config.tls.sni_expression, config.tls.sni_span}, point, scope);
  }
}

/// A tenth of the connections that may come, by the frontends that name the backend.
std::uint32_t default_fullconn(const model::Proxy& backend, const model::Config& config) {
  std::uint64_t sum = 0;
  for (const model::Proxy& proxy : config.proxies) {
    if (!proxy.is_frontend()) continue;
    const bool leads = &proxy == &backend || proxy.default_backend == backend.name ||
                       std::ranges::any_of(proxy.use_backends, [&](const model::UseBackend& use) {
                         return use.backend.text == backend.name;
                       });
    if (!leads) continue;
    const std::uint32_t maxconn = proxy.maxconn != 0 ? proxy.maxconn : config.global.maxconn;
    if (maxconn == 0) return 0;
    sum += maxconn;
  }
  return static_cast<std::uint32_t>((sum + 9) / 10);
}

/// A disabled backend is there to be named, but none of its servers is ever chosen.
void build_balancer(BackendRuntime& backend, base::Diagnostics& diagnostics) {
  const model::Proxy& proxy = *backend.config;
  std::vector<balance::ServerSlot> slots;
  for (const auto& server : backend.servers) {
    if (!proxy.disabled) slots.push_back({server->live.get(), server->config});
  }
  const auto backups = proxy.allbackups ? balance::BackupUse::All : balance::BackupUse::First;
  backend.balancer =
      balance::make_balancer(proxy.balance, *backend.live, slots, backups, proxy.hash);
  if (backend.balancer != nullptr) return;
  const auto names = balance::algorithm_names();
  const std::string_view near =
      base::nearest(proxy.balance.algorithm, {names.begin(), names.end()});
  diagnostics.error(proxy.balance.span,
                    "'" + proxy.balance.algorithm + "' is no balance algorithm that Sluice has",
                    near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

void build_use_servers(BackendRuntime& backend, rules::CompileScope& scope) {
  const model::Proxy& proxy = *backend.config;
  const auto point = proxy.is_http() ? model::RulePoint::HttpRequest : model::RulePoint::Content;
  for (const model::UseServer& use : proxy.use_servers) {
    UseServerRule& rule = backend.use_servers.emplace_back();
    rule.condition = rules::compile_condition(use.condition, use.negated, point, scope);
    if (use.server.text.find('%') != std::string::npos) {
      rule.format =
          rules::compile_format(use.server.text, use.server.span, rules::FormatUse::Request, scope);
      continue;
    }
    rule.server = backend.find_by_name(use.server.text);
    if (rule.server != nullptr) continue;
    std::vector<std::string_view> names;
    for (const model::Server& server : proxy.servers) names.push_back(server.name);
    const std::string_view near = base::nearest(use.server.text, names);
    scope.diagnostics.error(use.server.span,
                            "'" + proxy.name + "' has no server '" + use.server.text + "'",
                            near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  }
}

}  // namespace

void build_backend(BackendRuntime& backend, Building& building) {
  const model::Proxy& proxy = *backend.config;
  rules::CompileScope scope = building.scope_of(proxy);
  if (proxy.is_frontend() && !proxy.disabled) {
    // A listen's rules are compiled once more for its frontend half, which reports their errors.
    base::Diagnostics unheard;
    rules::CompileScope quiet{scope.config, proxy, scope.live, unheard};
    build_shared(proxy, quiet, backend);
  } else {
    build_shared(proxy, scope, backend);
  }
  for (const auto& server : backend.servers) build_server(proxy, *server, scope, building);
  if (backend.fallback != nullptr) build_server(proxy, *backend.fallback, scope, building);
  build_persistence(backend, scope);
  backend.has_minconn =
      std::ranges::any_of(proxy.servers, [](const model::Server& s) { return s.minconn != 0; });
  backend.fullconn =
      proxy.fullconn != 0 ? proxy.fullconn : default_fullconn(proxy, building.config);
  build_use_servers(backend, scope);
  backend.balance_key = rules::compile_balance_key(proxy.balance, scope);
  refuse_logins(scope);
  build_balancer(backend, building.diagnostics);
}

}  // namespace sluice::control
