#include "base/diagnostics.h"
#include "control/build_parts.h"

namespace sluice::control {
namespace {

BackendRuntime* find_backend(std::string_view name, const base::SourceSpan& span,
                             Building& building) {
  if (BackendRuntime* backend = building.snapshot.find_backend(name)) return backend;
  std::vector<std::string_view> names;
  for (const auto& backend : building.snapshot.backends) names.push_back(backend->config->name);
  const std::string_view near = base::nearest(name, names);
  building.diagnostics.error(span, "there is no backend '" + std::string(name) + "'",
                             near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  return nullptr;
}

void build_routes(const model::Proxy& proxy, FrontendRuntime& frontend, rules::CompileScope& scope,
                  Building& building) {
  const auto point = proxy.is_http() ? model::RulePoint::HttpRequest : model::RulePoint::Content;
  for (const model::UseBackend& use : proxy.use_backends) {
    RouteRule& route = frontend.routes.emplace_back();
    if (!use.condition.empty()) {
      route.condition = rules::compile_condition(use.condition, use.negated, point, scope);
    }
    if (use.backend.text.find('%') != std::string::npos) {
      route.format = rules::compile_format(use.backend.text, use.backend.span,
                                           rules::FormatUse::Request, scope);
    } else {
      route.backend = find_backend(use.backend.text, use.backend.span, building);
    }
  }
  if (!proxy.default_backend.empty()) {
    frontend.default_backend =
        find_backend(proxy.default_backend, proxy.default_backend_span, building);
  }
  if (proxy.is_backend()) frontend.own_backend = building.snapshot.find_backend(proxy.name);
}

void build_binds(const model::Proxy& proxy, FrontendRuntime& frontend, const Building& building) {
  for (const model::Bind& bind : proxy.binds) {
    auto& runtime = frontend.binds.emplace_back(std::make_unique<BindRuntime>());
    runtime->config = &bind;
    if (bind.maxconn != 0) runtime->limiter = frontend.live->bind_limiter(bind.address.to_string());
    if (proxy.socket_stats) runtime->live = &frontend.live->listener(bind.name);
    if (!bind.tls) continue;
    runtime->tls =
        building.input.resources.bind_tls(bind, building.config.global, building.diagnostics);
  }
}

}  // namespace

void build_frontend(FrontendRuntime& frontend, Building& building) {
  const model::Proxy& proxy = *frontend.config;
  rules::CompileScope scope = building.scope_of(proxy);
  build_shared(proxy, scope, frontend);
  build_log_formats(proxy, scope, frontend.log);
  frontend.tcp_connection = rules::compile_rules(model::RulePoint::Connection, scope);
  frontend.tcp_session = rules::compile_rules(model::RulePoint::Session, scope);
  build_binds(proxy, frontend, building);
  build_routes(proxy, frontend, scope, building);
  if (proxy.unique_id_format.is_set()) {
    frontend.unique_id = rules::compile_format(
        proxy.unique_id_format.text, proxy.unique_id_format.span, rules::FormatUse::Request, scope);
  }
  frontend.monitor_uri = proxy.monitor_uri;
  for (const model::MonitorFail& fail : proxy.monitor_fails) {
    frontend.monitor_fails.push_back(rules::compile_condition(
        fail.condition, fail.negated, model::RulePoint::HttpRequest, scope));
    refuse_login(frontend.monitor_fails.back().get(), fail.span, scope);
  }
  frontend.request_capture_slots = rules::request_capture_slots(proxy);
  refuse_logins(scope);
}

}  // namespace sluice::control
