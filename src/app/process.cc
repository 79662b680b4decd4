#include "app/process.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "app/configuration.h"
#include "app/crash.h"
#include "app/daemon.h"
#include "app/listeners.h"
#include "app/privileges.h"
#include "app/report.h"
#include "app/server.h"
#include "app/version.h"

namespace sluice::app {

namespace {

constexpr int kExitConfiguration = 1;
constexpr int kExitNoListener = 2;

/// Flags win over what the file says.
void apply_flags(model::Global& global, const RunOptions& options) {
  if (options.maxconn != 0) global.maxconn = options.maxconn;
  if (!options.pidfile.empty()) global.pidfile = options.pidfile;
  if (options.daemon) global.daemon = true;
  if (options.foreground) global.daemon = false;
}

std::uint32_t thread_count(const model::Global& global) {
  if (global.nbthread != 0) return global.nbthread;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return static_cast<std::uint32_t>(CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());
}

DescriptorPlan plan(const Loaded& loaded, std::uint32_t threads) {
  DescriptorNeeds needs;
  needs.maxconn = loaded.config->global.maxconn;
  needs.ulimit_n = loaded.config->global.ulimit_n;
  needs.checks = static_cast<std::uint32_t>(loaded.checks.size());
  needs.threads = threads;
  for (const auto& frontend : loaded.snapshot->frontends) {
    needs.listeners += static_cast<std::uint32_t>(frontend->binds.size()) * threads;
  }
  return plan_descriptors(needs, descriptor_limit());
}

/// -sf and -st: the processes that this one replaces.
void signal_predecessors(const RunOptions& options) {
  for (const int pid : options.stop_softly) ::kill(pid, SIGUSR1);
  for (const int pid : options.stop_now) ::kill(pid, SIGTERM);
}

int check_only(const Loaded& loaded, const base::Diagnostics& diagnostics, Report& report, const RunOptions& options) {
  report.diagnostics(diagnostics);
  if (!loaded.snapshot || (options.zero_warnings && diagnostics.warnings() != 0)) return kExitConfiguration;
  if (!options.quiet) std::puts("Configuration file is valid");
  return 0;
}

}  // namespace

int run_proxy(const RunOptions& options) {
  install_crash_handler(kVersion);
  ::signal(SIGPIPE, SIG_IGN);
  Report report(options.quiet);
  control::Registry registry;
  base::Diagnostics diagnostics;
  Loaded loaded = load_configuration(options.files, 1, registry, diagnostics);
  if (options.check_only) return check_only(loaded, diagnostics, report, options);
  if (loaded.snapshot) apply_flags(loaded.config->global, options);
  report.diagnostics(diagnostics);
  if (!loaded.snapshot || (options.zero_warnings && diagnostics.warnings() != 0)) return kExitConfiguration;

  const model::Global& global = loaded.config->global;
  const std::uint32_t threads = thread_count(global);
  const DescriptorPlan descriptors = plan(loaded, threads);
  if (auto warning = raise_descriptor_limit(descriptors)) report.say(Say::Warning, *warning);

  Listeners listeners;
  listeners.probe_ports(options.stop_softly.empty() && options.stop_now.empty());
  base::Diagnostics opening;
  if (!listeners.open(*loaded.snapshot, threads, opening)) {
    report.diagnostics(opening);
    return kExitConfiguration;
  }
  auto sockets = open_runtime_sockets(*loaded.config, opening);
  if (!opening.ok()) {
    report.diagnostics(opening);
    return kExitConfiguration;
  }
  if (listeners.count() == 0) {
    report.say(Say::Alert, "no listener: no frontend has a bind line, so there is nothing to do");
    return kExitNoListener;
  }
  auto identity = find_identity(global.user, global.group);
  if (!identity) {
    report.say(Say::Alert, identity.error().detail);
    return kExitConfiguration;
  }
  std::optional<Pidfile> pidfile;
  if (!global.pidfile.empty()) {
    auto opened = Pidfile::open(global.pidfile);
    if (!opened) {
      report.say(Say::Alert, opened.error().detail);
      return kExitConfiguration;
    }
    pidfile.emplace(std::move(*opened));
  }
  std::optional<Daemon> daemon;
  if (global.daemon) {
    auto detached = Daemon::detach();
    if (!detached) {
      report.say(Say::Alert, detached.error().detail);
      return kExitConfiguration;
    }
    daemon.emplace(std::move(*detached));
  }
  if (pidfile) {
    if (auto written = pidfile->write(::getpid()); !written) report.say(Say::Warning, written.error().detail);
  }
  if (auto dropped = drop_privileges(*identity, global.chroot); !dropped) {
    report.say(Say::Alert, dropped.error().detail);
    return kExitConfiguration;
  }
  signal_predecessors(options);
  Server server({std::move(loaded), registry, listeners, std::move(sockets), descriptors, threads, report});
  server.announce();
  if (daemon) daemon->ready();
  return server.run();
}

}  // namespace sluice::app
