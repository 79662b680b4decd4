#include "app/configuration.h"

#include <sched.h>

#include <algorithm>
#include <thread>

#include "app/check_targets.h"
#include "app/kept_resources.h"
#include "app/resources.h"
#include "app/saved_states.h"
#include "base/files.h"
#include "config/parse.h"
#include "control/build.h"
#include "control/snapshot_lookup.h"

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

/// They win over what the file says.
void apply_flags(model::Global& global, const RunCommand& command) {
  if (command.maxconn) global.maxconn = *command.maxconn;
  if (!command.pidfile.empty()) global.pidfile = command.pidfile;
  if (command.daemon) global.daemon = true;
  if (command.foreground) global.daemon = false;
}

}  // namespace

std::uint32_t thread_count(const model::Global& global) {
  if (global.nbthread != 0) return global.nbthread;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    return static_cast<std::uint32_t>(CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());
}

DescriptorPlan plan_descriptors(const Loaded& loaded, std::uint32_t threads) {
  DescriptorNeeds needs;
  needs.maxconn = loaded.config->global.maxconn;
  needs.ulimit_n = loaded.config->global.ulimit_n;
  needs.checks =
      static_cast<std::uint32_t>(loaded.checks.checks.size() + loaded.checks.agents.size());
  needs.threads = threads;
  for (const auto& frontend : loaded.snapshot->frontends) {
    needs.listeners += static_cast<std::uint32_t>(frontend->binds.size()) * threads;
  }
  return plan_descriptors(needs, descriptor_limit());
}

Loaded load_configuration(const RunCommand& command, std::uint64_t generation,
                          control::Registry& registry, Surroundings& surroundings,
                          base::Diagnostics& diagnostics) {
  Loaded out;
  out.answers = std::make_shared<KeptAnswers>();
  KeepingSurroundings keeping(surroundings, *out.answers);
  const base::files::Scope scope(keeping.files());
  const auto files = configuration_files(command.files);
  if (!files) {
    diagnostics.error({}, files.error().detail);
    return out;
  }
  config::Parsed parsed = config::parse_files(*files, {}, diagnostics);
  out.config = std::make_shared<model::Config>(std::move(parsed.config));
  out.files = std::move(parsed.files);
  Resources resources(keeping);
  if (diagnostics.ok()) resolve_names(*out.config, resources, diagnostics);
  if (diagnostics.ok() && generation == 1) {
    out.saved = read_saved_states(*out.config, diagnostics);
    control::restore_addresses(out.saved, *out.config, registry);
  }
  auto snapshot = control::build({out.config, generation, registry, resources, diagnostics});
  if (!snapshot || !diagnostics.ok()) return out;
  control::SnapshotLookup live(*snapshot);
  out.checks = check_targets(*snapshot, *out.config, live, resources, diagnostics);
  if (!diagnostics.ok()) return out;
  apply_flags(out.config->global, command);
  out.snapshot = std::move(snapshot);
  return out;
}

Loaded derive_configuration(std::shared_ptr<model::Config> config, std::uint64_t generation,
                            control::Registry& registry, const control::Snapshot& previous,
                            std::shared_ptr<KeptAnswers> answers, Opener* opener,
                            base::Diagnostics& diagnostics) {
  Loaded out;
  SurroundingsOnDemand outside(opener);
  KeepingSurroundings keeping(outside, *answers);
  const base::files::Scope kept(keeping.files());
  Resources fresh(keeping);
  KeptResources resources(previous, *config, fresh);
  auto snapshot = control::build({config, generation, registry, resources, diagnostics});
  if (!snapshot || !diagnostics.ok()) return out;
  control::SnapshotLookup live(*snapshot);
  out.checks = check_targets(*snapshot, *config, live, resources, diagnostics);
  if (!diagnostics.ok()) return out;
  out.config = std::move(config);
  out.answers = std::move(answers);
  out.snapshot = std::move(snapshot);
  return out;
}

Loaded check_configuration(const std::string& name, std::string_view text,
                           std::uint64_t generation, control::Registry& registry,
                           KeptAnswers answers, config::Environment environment, Opener* opener,
                           base::Diagnostics& diagnostics) {
  Loaded out;
  const std::set<std::string> named = answers.named;
  SurroundingsOnDemand outside(opener);
  NamedSurroundings surroundings(outside, named);
  KeepingSurroundings keeping(surroundings, answers);
  const base::files::Scope scope(keeping.files());
  config::Options options;
  options.environment = std::move(environment);
  config::Parsed parsed = config::parse_text(name, text, std::move(options), diagnostics);
  out.config = std::make_shared<model::Config>(std::move(parsed.config));
  out.files = std::move(parsed.files);
  Resources resources(keeping);
  if (diagnostics.ok()) resolve_names(*out.config, resources, diagnostics);
  auto snapshot = control::build({out.config, generation, registry, resources, diagnostics});
  if (!snapshot || !diagnostics.ok()) return out;
  control::SnapshotLookup live(*snapshot);
  out.checks = check_targets(*snapshot, *out.config, live, resources, diagnostics);
  return out;
}

}  // namespace sluice::app
