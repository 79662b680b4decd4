#include "app/process.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "app/configuration.h"
#include "app/crash.h"
#include "app/daemon.h"
#include "app/listeners.h"
#include "app/notify.h"
#include "app/opener.h"
#include "app/privileges.h"
#include "app/process_meter.h"
#include "app/report.h"
#include "app/server.h"
#include "app/state_dir.h"
#include "app/version.h"

namespace sluice::app {

namespace {

constexpr int kExitConfiguration = 1;
constexpr int kExitNoListener = 2;

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
  const bool quiet = command.verbosity == Verbosity::Quiet || loaded.config->global.quiet;
  if (!quiet) std::puts("Configuration file is valid");
  return 0;
}

/// -C, -m and what the flags themselves have to say; false after an error.
bool obey_flags(const RunCommand& command, Report& report) {
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) {
    report.say(Say::Alert, "cannot change to " + command.directory + ": " + std::strerror(errno));
    return false;
  }
  if (command.memory_mb && !limit_memory(*command.memory_mb)) {
    report.say(Say::Alert, "-m: the memory limit could not be set");
    return false;
  }
  for (const std::string& warning : command.warnings) report.say(Say::Warning, warning);
  const auto files = configuration_files(command.files);
  if (files) return true;
  report.say(Say::Alert, files.error().detail);
  return false;
}

/// Nobody is told where NOTIFY_SOCKET cannot be used; that is no reason not to serve.
Notifier service_manager(Report& report) {
  auto notify = Notifier::from_environment();
  if (notify) return std::move(*notify);
  report.say(Say::Warning, notify.error().detail);
  return {};
}

/// What is open when the process goes to the background and gives up its rights.
struct Opened {
  Listeners listeners;
  std::vector<OpenRuntimeSocket> sockets;
  std::optional<Pidfile> pidfile;
  std::optional<Daemon> daemon;
  std::unique_ptr<Opener> opener;
  StateDir state_dir;
  std::unique_ptr<ProcessMeter> meter;
};

/// 0, or the exit code.
int open_everything(const Loaded& loaded, const RunCommand& command, std::uint32_t threads,
                    Opened& opened, Report& report) {
  base::Diagnostics diagnostics;
  opened.listeners.probe_ports(!command.replaces);
  if (opened.listeners.open(*loaded.snapshot, threads, nullptr, diagnostics)) {
    opened.sockets = open_runtime_sockets(*loaded.config, nullptr, diagnostics);
  }
  if (!diagnostics.ok()) {
    report.diagnostics(diagnostics);
    return kExitConfiguration;
  }
  if (opened.listeners.count() == 0) {
    report.say(Say::Alert, "no listener: no frontend has a bind line, so there is nothing to do");
    return kExitNoListener;
  }
  return 0;
}

/// The folder of states, background, pidfile, user, group and chroot; an error's text when the
/// process must not go on.
base::Result<> settle_down(const model::Global& global, const RunCommand& command, Opened& opened,
                           Report& report) {
  auto identity = find_identity(global.user, global.group);
  if (!identity) return tl::unexpected(identity.error());
  auto state_dir = open_state_dir(global, command, *identity);
  if (!state_dir) return tl::unexpected(state_dir.error());
  opened.state_dir = std::move(*state_dir);
  if (!global.pidfile.empty()) {
    auto pidfile = Pidfile::open(global.pidfile);
    if (!pidfile) return tl::unexpected(pidfile.error());
    opened.pidfile.emplace(std::move(*pidfile));
  }
  if (global.daemon) {
    auto detached = Daemon::detach();
    if (!detached) return tl::unexpected(detached.error());
    opened.daemon.emplace(std::move(*detached));
  }
  if (opened.pidfile) {
    auto written = opened.pidfile->write(::getpid());
    if (!written) report.say(Say::Warning, written.error().detail);
  }
  const bool gives_up = identity->user || identity->group || !global.chroot.empty();
  if (gives_up && ::geteuid() == 0) {
    auto opener = Opener::fork(command);
    if (!opener) return tl::unexpected(opener.error());
    opened.opener = std::move(*opener);
  }
  opened.meter = std::make_unique<ProcessMeter>();
  if (auto dropped = drop_privileges(*identity, global.chroot); !dropped) return dropped;
  auto settled = settle_state_dir(opened.state_dir);
  if (!opened.state_dir.notice.empty()) report.say(Say::Notice, opened.state_dir.notice);
  return settled;
}

}  // namespace

int run_proxy(const RunCommand& command) {
  install_crash_handler(kVersion);
  ::signal(SIGPIPE, SIG_IGN);
  Report report(command.verbosity == Verbosity::Quiet);
  if (!obey_flags(command, report)) return kExitConfiguration;
  control::Registry registry;
  base::Diagnostics diagnostics;
  OwnSurroundings surroundings;
  Loaded loaded = load_configuration(command, 1, registry, surroundings, diagnostics);
  if (command.check_only) return check_only(loaded, diagnostics, report, command);
  if (command.poison) ::mallopt(M_PERTURB, *command.poison);
  report.diagnostics(diagnostics);
  const bool refused = command.zero_warning && diagnostics.warnings() != 0;
  if (!loaded.snapshot || refused) return kExitConfiguration;
  if (loaded.config->global.quiet) report.be_quiet();

  const std::uint32_t threads = thread_count(loaded.config->global);
  DescriptorPlan descriptors = plan_descriptors(loaded, threads);
  if (auto warning = raise_descriptor_limit(descriptors)) report.say(Say::Warning, *warning);
  Notifier notifier = service_manager(report);
  Opened opened;
  if (const int code = open_everything(loaded, command, threads, opened, report); code != 0) {
    return code;
  }
  if (auto settled = settle_down(loaded.config->global, command, opened, report); !settled) {
    report.say(Say::Alert, settled.error().detail);
    return kExitConfiguration;
  }
  signal_predecessors(command);
  Server server({std::move(loaded), registry, opened.listeners, std::move(opened.sockets),
                 descriptors, threads, report, command, notifier, std::move(opened.opener),
                 std::move(opened.state_dir), std::move(opened.meter)});
  server.announce();
  if (opened.daemon) opened.daemon->ready();
  return server.run();
}

}  // namespace sluice::app
