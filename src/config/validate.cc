#include "config/validate.h"

#include <string>

namespace sluice::config {
namespace {

using base::Diagnostics;
using model::Proxy;

void check_frontend(const Proxy& proxy, const model::Global& global, Diagnostics& diagnostics) {
  if (!proxy.is_frontend()) return;
  if (proxy.binds.empty() && proxy.is_admin) {
    diagnostics.error(proxy.span, "the admin section '" + proxy.name + "' has no bind line",
                      "write one below it, such as 'bind 127.0.0.1:8404'");
  } else if (proxy.binds.empty()) {
    diagnostics.warning(proxy.span, "'" + proxy.name + "' has no bind line",
                        "make it a backend if that is what it is meant to be");
  }
  const bool has_target = !proxy.logs.empty() || (proxy.log_global && !global.logs.empty());
  const bool has_format = proxy.log_format_choice != Proxy::LogFormatChoice::Default;
  if (has_format && !has_target) {
    diagnostics.warning(proxy.span, "'" + proxy.name +
                                        "' has a log format but no log line, so "
                                        "nothing is logged");
  }
}

void check_steps(const Proxy& proxy, Diagnostics& diagnostics) {
  if (!proxy.is_backend()) return;
  const model::ProxyCheck& check = proxy.check;
  const bool http = check.kind == model::CheckKind::Http;
  const bool tcp = check.kind == model::CheckKind::Tcp && check.tcp_steps_count;
  if (!check.http_steps.empty() && !http) {
    diagnostics.warning(check.http_steps.front().span, "'http-check' has no effect here",
                        "write 'option httpchk' too");
  }
  if (!check.tcp_steps.empty() && !tcp) {
    diagnostics.warning(check.tcp_steps.front().span, "'tcp-check' has no effect here",
                        "write 'option tcp-check' too");
  }
}

void check_server(const model::Server& server, Diagnostics& diagnostics) {
  const bool no_port = server.port_is_clients && server.check.port == 0;
  if (server.check.enabled && no_port && !server.address.is_unix()) {
    diagnostics.error(server.address_span,
                      "the server '" + server.name + "' has no port that its checks could use",
                      "write a port after its address, or add 'port <port>'");
  }
  if (server.agent.enabled && server.agent.port == 0) {
    diagnostics.error(server.span, "the agent of the server '" + server.name + "' has no port",
                      "add 'agent-port <port>'");
  }
  if (server.minconn != 0 && server.maxconn != 0 && server.minconn > server.maxconn) {
    diagnostics.warning(server.span, "minconn of the server '" + server.name +
                                         "' is above its maxconn, which counts");
  }
}

void check_global(const model::Global& global, Diagnostics& diagnostics) {
  if (global.tune_maxrewrite >= global.tune_bufsize) {
    diagnostics.error(global.span,
                      "tune.maxrewrite (" + std::to_string(global.tune_maxrewrite) +
                          ") leaves nothing of tune.bufsize (" +
                          std::to_string(global.tune_bufsize) + ")",
                      "raise tune.bufsize or lower tune.maxrewrite");
  }
}

// A foreign address is bound at each connection, when the rights of the start are long gone.
void check_source(const model::Source& source, const model::Global& global,
                  Diagnostics& diagnostics) {
  if (source.foreign == model::Source::Foreign::None) return;
  if (global.user.empty() || global.user == "root") return;
  diagnostics.error(
      source.span,
      "'usesrc' needs the right CAP_NET_ADMIN, which 'user " + global.user + "' gives up",
      "leave 'user' out, or let connections come from an address of this machine");
}

// 10 % of what the frontends that name the backend let in; unknown while one has no maxconn.
void complete_fullconn(Proxy& backend, const model::Config& config) {
  if (!backend.is_backend() || backend.fullconn != 0) return;
  std::uint64_t total = 0;
  for (const Proxy& frontend : config.proxies) {
    if (!frontend.is_frontend()) continue;
    bool leads_here = &frontend == &backend || frontend.default_backend == backend.name;
    for (const model::UseBackend& rule : frontend.use_backends) {
      leads_here = leads_here || rule.backend.text == backend.name ||
                   rule.backend.text.find("%[") != std::string::npos;
    }
    if (!leads_here) continue;
    const std::uint32_t maxconn = frontend.maxconn != 0 ? frontend.maxconn : config.global.maxconn;
    if (maxconn == 0) return;
    total += maxconn;
  }
  backend.fullconn = static_cast<std::uint32_t>((total + 9) / 10);
}

}  // namespace

void validate(model::Config& config, Diagnostics& diagnostics) {
  check_global(config.global, diagnostics);
  infer_modes(config, diagnostics);
  check_references(config, diagnostics);
  check_servers(config, diagnostics);
  for (Proxy& proxy : config.proxies) {
    if (proxy.disabled) continue;
    drop_http_in_tcp_mode(proxy, diagnostics);
    check_frontend(proxy, config.global, diagnostics);
    check_steps(proxy, diagnostics);
    check_stats_page(proxy, diagnostics);
    check_source(proxy.source, config.global, diagnostics);
    for (const model::Server& server : proxy.servers) {
      check_server(server, diagnostics);
      check_source(server.source, config.global, diagnostics);
    }
  }
  for (Proxy& proxy : config.proxies) {
    complete_timeouts(proxy, diagnostics);
    complete_fullconn(proxy, config);
  }
  complete_tls(config, diagnostics);
  assign_ids(config, diagnostics);
}

}  // namespace sluice::config
