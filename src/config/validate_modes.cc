// Modes: what nobody wrote down, which frontend may use which backend, and what HAProxy ignores in
// tcp mode.
#include <algorithm>
#include <string>

#include "config/validate.h"

namespace sluice::config {
namespace {

using base::Diagnostics;
using model::Mode;
using model::Proxy;
using model::RulePoint;

bool is_dynamic(const model::UseBackend& rule) {
  return rule.backend.text.find("%[") != std::string::npos;
}

bool names(const Proxy& frontend, const Proxy& backend) {
  if (frontend.default_backend == backend.name) return true;
  return std::ranges::any_of(frontend.use_backends, [&](const model::UseBackend& rule) {
    return !is_dynamic(rule) && rule.backend.text == backend.name;
  });
}

// A listen whose own body has `stats enable` and no server can only be meant to serve the page.
Mode mode_of_frontend(const Proxy& proxy) {
  const bool page = proxy.kind == model::ProxyKind::Listen && proxy.is_stats_listener();
  return page ? Mode::Http : Mode::Tcp;
}

void infer_backend(Proxy& backend, const model::Config& config, Diagnostics& diagnostics) {
  const Proxy* tcp = nullptr;
  const Proxy* http = nullptr;
  bool dynamic_http = false;
  for (const Proxy& frontend : config.proxies) {
    if (!frontend.is_frontend()) continue;
    if (names(frontend, backend)) (frontend.is_http() ? http : tcp) = &frontend;
    dynamic_http = dynamic_http ||
                   (frontend.is_http() && std::ranges::any_of(frontend.use_backends, is_dynamic));
  }
  if (tcp != nullptr && http != nullptr) {
    diagnostics.error(backend.span,
                      "the backend '" + backend.name + "' has no mode, and is named by '" +
                          http->name + "' in mode http and by '" + tcp->name + "' in mode tcp",
                      "write its mode");
  }
  const bool is_http = http != nullptr || (tcp == nullptr && dynamic_http);
  backend.mode = is_http ? Mode::Http : Mode::Tcp;
}

std::size_t drop_rules(Proxy& proxy, auto which) { return std::erase_if(proxy.rules, which); }

}  // namespace

void infer_modes(model::Config& config, Diagnostics& diagnostics) {
  for (Proxy& proxy : config.proxies) {
    if (!proxy.mode && proxy.is_frontend()) proxy.mode = mode_of_frontend(proxy);
  }
  for (Proxy& proxy : config.proxies) {
    if (!proxy.mode) infer_backend(proxy, config, diagnostics);
  }
}

void drop_http_in_tcp_mode(Proxy& proxy, Diagnostics& diagnostics) {
  if (proxy.is_http()) return;
  const auto ignored = [&](std::string_view what) {
    diagnostics.warning(
        proxy.span, std::string(what) + " is ignored: '" + proxy.name + "' is not in mode http");
  };
  using Choice = Proxy::LogFormatChoice;
  Choice& format = proxy.log_format_choice;
  if (proxy.is_frontend() && (format == Choice::Http || format == Choice::Clf)) {
    diagnostics.warning(proxy.span, "'option httplog' needs mode http; '" + proxy.name +
                                        "' uses 'option tcplog' instead");
    format = Choice::Tcp;
  }
  const std::string algorithm = proxy.balance.name();
  if (proxy.is_backend() &&
      (algorithm == "uri" || algorithm == "url_param" || algorithm == "hdr")) {
    ignored("'balance " + algorithm + "'");
    proxy.balance = {};
  }
  if (!proxy.monitor_uri.empty()) ignored("'monitor-uri'");
  if (proxy.stats.enabled && proxy.stats.span.line != 0) ignored("'stats'");
  if (proxy.forwardfor.enabled) ignored("'option forwardfor'");
  if (proxy.originalto.enabled) ignored("'option originalto'");
  proxy.monitor_uri.clear();
  proxy.stats = {};
  proxy.forwardfor = {};
  proxy.originalto = {};
  const auto is_redirect = [](const model::Rule& rule) {
    return rule.point == RulePoint::HttpRequest && !rule.words.empty() &&
           rule.words[0].span.column == rule.span.column &&
           rule.words[0].span.line == rule.span.line;
  };
  if (drop_rules(proxy, is_redirect) != 0) ignored("'redirect'");
  const auto at = [](RulePoint point) {
    return [point](const model::Rule& rule) { return rule.point == point; };
  };
  if (drop_rules(proxy, at(RulePoint::HttpRequest)) != 0) ignored("'http-request'");
  if (drop_rules(proxy, at(RulePoint::HttpResponse)) != 0) ignored("'http-response'");
  if (drop_rules(proxy, at(RulePoint::HttpAfterResponse)) != 0) ignored("'http-after-response'");
}

}  // namespace sluice::config
