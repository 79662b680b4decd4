// The statistics page and what a stats listener serves beside it: who may see it, and in what role;
// and asking an internal service.
#include <algorithm>
#include <optional>
#include <string>

#include "proxy/exchange.h"
#include "proxy/login_check.h"
#include "proxy/service_call.h"
#include "proxy/worker.h"

namespace sluice::proxy {

bool Exchange::intercept(const control::ProxyRuntime& proxy, RuleStage stage) {
  const model::Proxy& config = *proxy.config;
  if (!config.stats.enabled) return false;
  const std::string_view path = request_.path;
  const std::string_view only = request_.path_only();
  const bool own =
      config.is_admin || (config.is_stats_listener() &&
                          (only == "/metrics" || only == "/healthz" || only == "/readyz" ||
                           path.starts_with("/api/") || path.starts_with("/ui/") || only == "/ui"));
  if (!own && !path.starts_with(config.stats.uri)) return false;
  const bool is_open = own && (only == "/healthz" || only == "/readyz");
  const model::StatsPage::Access* access = is_open ? nullptr : stats_access(proxy);
  const http::Role role = is_open ? http::Role::Viewer : stats_role(proxy);
  if (waits_for_login(stage)) return true;
  using Kind = model::StatsPage::Access::Kind;
  if (access != nullptr && access->kind == Kind::Deny) {
    count_denied_request();
    set_end(EndCause::Proxy);
    end_phase_ = 'R';
    reply_error(403);
    return true;
  }
  count_front(model::Counter::Intercepted);
  std::optional<std::string> realm;
  if (access != nullptr && access->kind == Kind::Auth)
    realm = access->realm.empty() ? config.stats.realm : access->realm;
  start_service("stats", proxy, role, std::move(realm));
  return true;
}

const model::StatsPage::Access* Exchange::stats_access(const control::ProxyRuntime& proxy) {
  for (const auto& access : proxy.stats.access) {
    if (access.condition == nullptr ||
        access.condition->evaluate(evaluation()) == rules::Truth::True)
      return access.written;
  }
  return nullptr;
}

http::Role Exchange::stats_role(const control::ProxyRuntime& proxy) {
  const auto holds = [this](const auto& condition) {
    return condition == nullptr || condition->evaluate(evaluation()) == rules::Truth::True;
  };
  if (std::ranges::any_of(proxy.stats.admin, holds)) return http::Role::Admin;
  return std::ranges::any_of(proxy.stats.operators, holds) ? http::Role::Operator
                                                           : http::Role::Viewer;
}

void Exchange::start_service(std::string_view service, const control::ProxyRuntime& proxy,
                             http::Role role, std::optional<std::string> login_realm) {
  set_end(EndCause::Local);
  end_phase_ = 'R';
  server_name_ = service == "stats" ? "<STATS>" : "<SERVICE>";
  service_ = new ServiceCall(worker_, *this);
  http::ServiceRequest& request = service_->request();
  request.service = service;
  request.method = request_.method_token;
  request.path = request_.path;
  for (const http::Field& field : request_.fields)
    request.fields.emplace_back(field.name, field.value);
  request.source = connection_facts().source;
  request.tls = connection_facts().tls != nullptr;
  request.proxy = proxy.config->name;
  request.role = role;
  if (login_ != nullptr) {
    request.user = login_->user();
    request.by_session = login_->by_session();
  }
  request.login_realm = std::move(login_realm);
  if (body_view().complete) {  // as far as it is taken
    post_service();
    return;
  }
  buffer_body(0);
  waiting_program_ = nullptr;
  phase_ = Phase::Body;
  arm(timeouts().http_request);
}

void Exchange::post_service() {
  http::ServiceRequest& request = service_->request();
  request.body.assign(body_view().bytes);
  request.body_too_large = !request_ended_;
  if (request.body_too_large) client_may_continue_ = false;
  phase_ = Phase::Service;
  disarm();
  service_->post();
}

}  // namespace sluice::proxy
