#include <algorithm>

#include "control/build_parts.h"

namespace sluice::control {
namespace {

std::string shared_attributes(const model::PersistenceCookie& cookie) {
  std::string out;
  for (const std::string& domain : cookie.domains) out += "; domain=" + domain;
  if (cookie.httponly) out += "; HttpOnly";
  if (cookie.secure) out += "; Secure";
  for (const std::string& attribute : cookie.attributes) out += "; " + attribute;
  return out;
}

std::unique_ptr<const CookieRuntime> build_cookie(const BackendRuntime& backend) {
  const model::PersistenceCookie& cookie = backend.config->cookie;
  auto out = std::make_unique<CookieRuntime>();
  const std::string shared = shared_attributes(cookie);
  out->attributes = "; path=/" + shared;
  out->removal = cookie.name + "=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/" + shared;
  for (const auto& server : backend.servers) {
    if (backend.config->disabled) break;  // there to be named; none of its servers is chosen
    if (!server->config->cookie.empty())
      out->servers.emplace_back(server->config->cookie, server.get());
    else
      out->dynamic = true;  // it may be given a value at run time
  }
  std::ranges::stable_sort(out->servers, {}, [](const auto& entry) { return entry.first; });
  return out;
}

}  // namespace

void build_persistence(BackendRuntime& backend, rules::CompileScope& scope) {
  const model::Proxy& proxy = *backend.config;
  if (proxy.is_http() && !proxy.cookie.name.empty()) backend.cookie = build_cookie(backend);
  const auto point = proxy.is_http() ? model::RulePoint::HttpRequest : model::RulePoint::Content;
  for (const model::PersistRule& rule : proxy.persist_rules) {
    backend.persist_rules.push_back(
        {rule.effect, rules::compile_condition(rule.condition, rule.negated, point, scope)});
    refuse_login(backend.persist_rules.back().condition.get(), rule.span, scope);
  }
  if (proxy.rdp_cookie.is_set()) {
    const base::Word fetch{"req.rdp_cookie(" + proxy.rdp_cookie.text + ")", proxy.rdp_cookie.span};
    backend.rdp_cookie = rules::compile_expression(fetch, point, scope);
  }
}

}  // namespace sluice::control
