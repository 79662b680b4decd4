#include "control/build_parts.h"
#include "control/timeouts.h"

namespace sluice::control {
namespace {

using model::RulePoint;

StatsRuntime build_stats(const model::Proxy& proxy, rules::CompileScope& scope) {
  StatsRuntime stats;
  stats.enabled = proxy.stats.enabled && proxy.is_http();
  stats.page = &proxy.stats;
  if (!stats.enabled) return stats;
  for (const model::StatsPage::Admin& admin : proxy.stats.admin) {
    stats.admin.push_back(
        rules::compile_condition(admin.condition, admin.negated, RulePoint::HttpRequest, scope));
  }
  for (const model::StatsPage::Admin& each : proxy.stats.operators) {
    stats.operators.push_back(
        rules::compile_condition(each.condition, each.negated, RulePoint::HttpRequest, scope));
  }
  for (const model::StatsPage::Access& access : proxy.stats.access) {
    stats.access.push_back(
        {&access, access.condition.empty()
                      ? nullptr
                      : rules::compile_condition(access.condition, access.negated,
                                                 RulePoint::HttpRequest, scope)});
  }
  return stats;
}

void cannot_wait(const base::SourceSpan& span, rules::CompileScope& scope) {
  scope.diagnostics.error(span, "a hashed password cannot be waited for here",
                          "let 'http-request set-var' store what http_auth says, and ask the "
                          "variable");
}

}  // namespace

void refuse_login(const rules::Condition* condition, const base::SourceSpan& span,
                  rules::CompileScope& scope) {
  if (condition != nullptr && condition->needs_login()) cannot_wait(span, scope);
}

void refuse_logins(rules::CompileScope& scope) {
  for (const auto& [list, span] : scope.userlists) cannot_wait(span, scope);
  scope.userlists.clear();
}

void build_shared(const model::Proxy& proxy, rules::CompileScope& scope, ProxyRuntime& out) {
  out.config = &proxy;
  out.timeouts = effective_timeouts(proxy.timeouts);
  out.tcp_content = rules::compile_rules(RulePoint::Content, scope);
  out.tcp_response_content = rules::compile_rules(RulePoint::ResponseContent, scope);
  if (proxy.is_http()) {
    out.http_request = rules::compile_rules(RulePoint::HttpRequest, scope);
    out.http_response = rules::compile_rules(RulePoint::HttpResponse, scope);
    out.http_after_response = rules::compile_rules(RulePoint::HttpAfterResponse, scope);
  }
  for (const model::ErrorFile& file : proxy.error_files) {
    ErrorPage& page = out.error_pages.emplace_back();
    page.status = file.status;
    page.raw = file.content;
    if (file.reply) page.reply = rules::compile_single(*file.reply, scope);
  }
  out.stats = build_stats(proxy, scope);
  out.forwardfor =
      build_address_header(proxy.forwardfor, "X-Forwarded-For", proxy.span, scope.diagnostics);
  out.originalto =
      build_address_header(proxy.originalto, "X-Original-To", proxy.span, scope.diagnostics);
  out.log = log_targets(proxy, scope.config.global);
}

}  // namespace sluice::control
