// Names that point to another section: default_backend, use_backend, stats scope, resolvers.
#include <string>
#include <vector>

#include "config/validate.h"

namespace sluice::config {
namespace {

using base::Diagnostics;
using model::Proxy;

void check_backend(const model::Config& config, const Proxy& frontend, const std::string& name,
                   const base::SourceSpan& span, Diagnostics& diagnostics) {
  const Proxy* backend = config.find_backend(name);
  if (backend == nullptr) {
    std::vector<std::string_view> known;
    for (const Proxy& proxy : config.proxies) {
      if (proxy.is_backend()) known.push_back(proxy.name);
    }
    const std::string_view near = base::nearest(name, known);
    diagnostics.error(span, "there is no backend '" + name + "'",
                      near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
    return;
  }
  if (backend == &frontend) {
    diagnostics.error(span, "'" + name + "' cannot send its requests to itself");
    return;
  }
  if (frontend.is_http() && !backend->is_http()) {
    diagnostics.error(
        span, "'" + frontend.name + "' is in mode http and the backend '" + name + "' in mode tcp",
        "give both the same mode");
  }
  if (!frontend.is_http() && backend->is_http()) {
    diagnostics.error(span,
                      "'" + frontend.name + "' is in mode tcp and the backend '" + name +
                          "' in mode http: such an upgrade is not supported by Sluice yet",
                      "give both the same mode");
  }
}

void check_scopes(const model::Config& config, const Proxy& proxy, Diagnostics& diagnostics) {
  for (const std::string& scope : proxy.stats.scopes) {
    if (scope == "." || config.find_backend(scope) != nullptr ||
        config.find_frontend(scope) != nullptr) {
      continue;
    }
    diagnostics.warning(proxy.stats.span, "'stats scope' names '" + scope +
                                              "', which no proxy is "
                                              "called");
  }
}

/// A section of name servers that a server line names, and what such a line must say.
void check_naming(const model::Config& config, const model::Server& server,
                  Diagnostics& diagnostics) {
  const std::string& name = server.naming.resolvers;
  if (name.empty()) {
    if (model::is_service_label(server.host)) {
      diagnostics.error(server.address_span,
                        "'" + server.host + "' is a service's label, which only name servers know",
                        "add 'resolvers' and the name of such a section");
    }
    return;
  }
  if (config.find_resolvers(name) != nullptr) return;
  std::vector<std::string_view> known;
  for (const model::Resolvers& section : config.resolvers) known.push_back(section.name);
  const std::string_view near = base::nearest(name, known);
  diagnostics.error(server.naming.span, "there is no resolvers section '" + name + "'",
                    near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

}  // namespace

void check_references(const model::Config& config, Diagnostics& diagnostics) {
  for (const Proxy& proxy : config.proxies) {
    if (proxy.disabled) continue;
    check_scopes(config, proxy, diagnostics);
    for (const model::Server& server : proxy.servers) check_naming(config, server, diagnostics);
    if (!proxy.is_frontend()) continue;
    if (!proxy.default_backend.empty()) {
      check_backend(config, proxy, proxy.default_backend, proxy.default_backend_span, diagnostics);
    }
    for (const model::UseBackend& rule : proxy.use_backends) {
      if (rule.backend.text.find("%[") != std::string::npos) continue;
      check_backend(config, proxy, rule.backend.text, rule.backend.span, diagnostics);
    }
  }
}

}  // namespace sluice::config
