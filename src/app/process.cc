#include "app/process.h"

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
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
void apply_flags(model::Global& global, const RunCommand& command) {
  if (command.poison) ::mallopt(M_PERTURB, *command.poison);
  if (command.maxconn) global.maxconn = *command.maxconn;
  if (!command.pidfile.empty()) global.pidfile = command.pidfile;
  if (command.daemon) global.daemon = true;
  if (command.foreground) global.daemon = false;
}

std::uint32_t thread_count(const model::Global& global) {
  if (global.nbthread != 0) return global.nbthread;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    return static_cast<std::uint32_t>(CPU_COUNT(&allowed));
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

/// -m: what malloc may take (address space), as HAProxy limits it.
bool limit_memory(std::uint32_t megabytes) {
  const rlim_t bytes = static_cast<rlim_t>(megabytes) << 20;
  const rlimit limit{bytes, bytes};
  return ::setrlimit(RLIMIT_AS, &limit) == 0;
}

/// -sf and -st: the processes that this one replaces.
void signal_predecessors(const RunCommand& command) {
  for (const pid_t pid : command.finish) ::kill(pid, SIGUSR1);
  for (const pid_t pid : command.terminate) ::kill(pid, SIGTERM);
}

int check_only(const Loaded& loaded, const base::Diagnostics& diagnostics, Report& report,
               const RunCommand& command) {
  report.diagnostics(diagnostics);
  if (!loaded.snapshot || (command.zero_warning && diagnostics.warnings() != 0))
    return kExitConfiguration;
  if (command.verbosity != Verbosity::Quiet) std::puts("Configuration file is valid");
  return 0;
}

}  // namespace

int run_proxy(const RunCommand& command) {
  install_crash_handler(kVersion);
  ::signal(SIGPIPE, SIG_IGN);
  Report report(command.verbosity == Verbosity::Quiet);
  control::Registry registry;
  base::Diagnostics diagnostics;
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) {
    report.say(Say::Alert, "cannot change to " + command.directory + ": " + std::strerror(errno));
    return kExitConfiguration;
  }
  if (command.memory_mb && !limit_memory(*command.memory_mb)) {
    report.say(Say::Alert, "-m: the memory limit could not be set");
    return kExitConfiguration;
  }
  for (const std::string& warning : command.warnings) report.say(Say::Warning, warning);
  auto files = configuration_files(command.files);
  if (!files) {
    report.say(Say::Alert, files.error().detail);
    return kExitConfiguration;
  }
  Loaded loaded = load_configuration(*files, 1, registry, diagnostics);
  if (command.check_only) return check_only(loaded, diagnostics, report, command);
  if (loaded.snapshot) apply_flags(loaded.config->global, command);
  report.diagnostics(diagnostics);
  if (!loaded.snapshot || (command.zero_warning && diagnostics.warnings() != 0))
    return kExitConfiguration;

  const model::Global& global = loaded.config->global;
  const std::uint32_t threads = thread_count(global);
  const DescriptorPlan descriptors = plan(loaded, threads);
  if (auto warning = raise_descriptor_limit(descriptors)) report.say(Say::Warning, *warning);

  Listeners listeners;
  listeners.probe_ports(!command.replaces);
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
    if (auto written = pidfile->write(::getpid()); !written)
      report.say(Say::Warning, written.error().detail);
  }
  if (auto dropped = drop_privileges(*identity, global.chroot); !dropped) {
    report.say(Say::Alert, dropped.error().detail);
    return kExitConfiguration;
  }
  signal_predecessors(command);
  Server server(
      {std::move(loaded), registry, listeners, std::move(sockets), descriptors, threads, report});
  server.announce();
  if (daemon) daemon->ready();
  return server.run();
}

}  // namespace sluice::app
