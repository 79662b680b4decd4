#include "app/configuration.h"

#include "app/check_targets.h"
#include "config/parse.h"
#include "control/build.h"

namespace sluice::app {

namespace {

/// `host` becomes an address, once, at the start.
void resolve(const std::string& host, std::uint16_t port, base::Address& address,
             const base::SourceSpan& span, Resources& resources, base::Diagnostics& diagnostics) {
  if (host.empty()) return;
  auto found = resources.resolve(host);
  if (!found || found->empty()) {
    diagnostics.error(span, "cannot resolve '" + host + "'",
                      "write an address, or a name that the system's resolver knows");
    return;
  }
  address = found->front();
  address.set_port(port);
}

void resolve_names(model::Config& config, Resources& resources, base::Diagnostics& diagnostics) {
  for (model::LogTarget& log : config.global.logs) {
    resolve(log.host, log.port, log.address, log.span, resources, diagnostics);
  }
  for (model::Proxy& proxy : config.proxies) {
    for (model::Bind& bind : proxy.binds) {
      resolve(bind.host, bind.port, bind.address, bind.span, resources, diagnostics);
    }
    for (auto* steps : {&proxy.check.http_steps, &proxy.check.tcp_steps}) {
      for (model::CheckStep& step : *steps)
        resolve(step.connect.host, step.connect.port, step.connect.address, step.span, resources,
                diagnostics);
    }
    for (model::LogTarget& log : proxy.logs) {
      resolve(log.host, log.port, log.address, log.span, resources, diagnostics);
    }
  }
}

}  // namespace

Loaded load_configuration(const std::vector<std::string>& files, std::uint64_t generation,
                          control::Registry& registry, base::Diagnostics& diagnostics) {
  Loaded out;
  config::Parsed parsed = config::parse_files(files, {}, diagnostics);
  out.config = std::make_shared<model::Config>(std::move(parsed.config));
  out.resources = std::make_unique<Resources>();
  if (diagnostics.ok()) resolve_names(*out.config, *out.resources, diagnostics);
  auto snapshot = control::build({out.config, generation, registry, *out.resources, diagnostics});
  if (!snapshot || !diagnostics.ok()) return out;
  out.checks = check_targets(*snapshot, *out.config, registry, *out.resources, diagnostics);
  if (diagnostics.ok()) out.snapshot = std::move(snapshot);
  return out;
}

}  // namespace sluice::app
