#include "app/server.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "app/crash.h"
#include "app/version.h"
#include "app/watchdog.h"
#include "base/limits.h"
#include "net/turn_counter.h"

namespace sluice::app {

namespace {

constexpr std::uint32_t kStopPollMs = 20;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

proxy::WorkerLimits limits_of(const model::Global& global, std::size_t pipes) {
  proxy::WorkerLimits limits;
  limits.block_bytes = global.tune_bufsize;
  limits.max_rewrite_bytes = global.tune_maxrewrite;
  limits.max_fields = global.tune_http_maxhdr;
  limits.pipes = pipes;
  return limits;
}

}  // namespace

std::vector<OpenRuntimeSocket> open_runtime_sockets(const model::Config& config, Opener* opener,
                                                    base::Diagnostics& diagnostics) {
  std::vector<OpenRuntimeSocket> out;
  for (const model::StatsSocket& settings : config.global.stats_sockets) {
    auto socket = open_listener(listen_options(settings), opener);
    if (!socket) {
      diagnostics.error(settings.span, "stats socket: " + socket.error().detail);
      continue;
    }
    out.push_back({std::move(*socket), settings});
  }
  return out;
}

Server::Server(ServerParts parts)
    : parts_(std::move(parts)),
      config_(parts_.loaded.config),
      loop_(net::make_uv_loop()),
      mailbox_(*loop_),
      logs_(*loop_, shared_.dropped_logs),
      workers_(parts_.threads, shared_,
               limits_of(config_->global, parts_.descriptors.pipes / parts_.threads), *loop_,
               mailbox_),
      publisher_(parts_.registry, workers_,
                 [this](std::size_t slot, std::shared_ptr<const control::Snapshot> snapshot) {
                   workers_.worker(slot).use(std::move(snapshot), plan_[slot]);
                 }),
      changes_(workers_, hooks()),
      keeper_(change_log_, keeper_hooks()),
      services_(mailbox_, view_, shared_.logins),
      observations_(mailbox_, [this] { take_observations(); }),
      checker_(*loop_, *this),
      names_(*loop_, changes_),
      runtime_limits_(config_->global.stats_maxconn),
      started_ms_(loop_->now_ms()) {
  shared_.hostname = host_name();
  logs_.set_hostname(config_->global.log_send_hostname);
  shared_.pid = static_cast<std::uint32_t>(::getpid());
  shared_.services = &services_;
  shared_.give_back = [this](std::shared_ptr<const control::Snapshot> snapshot) {
    mailbox_.run([this, snapshot = std::move(snapshot)]() mutable {
      snapshot.reset();
      publisher_.collect();
    });
  };
  shared_.show_sample = [this](std::vector<std::uint64_t> ids, model::RequestSample sample) {
    mailbox_.run([this, ids = std::move(ids), sample = std::move(sample)] {
      services_.api().tail().take(ids, sample);
    });
  };
  files_ = std::move(parts_.loaded.files);
  loaded_us_ = loop_->now().wall_us;
  take_limits(parts_.descriptors);
  take_rate_limits(nullptr);
  answers_ = std::move(parts_.loaded.answers);
  view_.facts.start_wall_s = loop_->now().wall_us / 1'000'000;
  shared_.observations = &observations_;
  fill_view();
  plan_ = parts_.listeners.plan(*parts_.loaded.snapshot, parts_.threads, parts_.threads);
  publisher_.publish(std::move(parts_.loaded.snapshot), {});
  start_histories();
  restore_states();
  start_checks(std::move(parts_.loaded.checks));
  names_.configure(*publisher_.current());
  for (OpenRuntimeSocket& open : parts_.runtime_sockets) {
    sockets_.push_back(
        std::make_unique<admin::RuntimeSocket>(*loop_, view_, std::move(open.socket), open.settings,
                                               config_->global.stats_timeout_ms, runtime_limits_));
  }
  signals_ = std::make_unique<Signals>(*loop_, *this);
  start_api();
  follow_drains_soon();
}

/// Figures are sampled for those who may ask for them: a process without a stats listener does not.
void Server::start_api() {
  const auto& proxies = config_->proxies;
  if (std::none_of(proxies.begin(), proxies.end(),
                   [](const model::Proxy& proxy) { return proxy.is_stats_listener(); }))
    return;
  api_timer_.next_ms = loop_->now_ms();
  api_second();
}

void Server::api_second() {
  constexpr std::uint64_t kSecondMs = 1'000;
  services_.api().second();
  // Not `now`: what is late now is on time the next time, unless it was very late.
  api_timer_.next_ms = std::max(api_timer_.next_ms + kSecondMs, loop_->now_ms());
  api_timer_.arm(loop_->timers(), api_timer_.next_ms);
}

Server::~Server() {
  keeper_.stop();
  services_.api().close();
  workers_.stop();
  shared_.give_back = nullptr;
  sockets_.clear();
}

/// The states of those that are new count from now on.
void Server::start_histories() {
  const std::uint64_t now_ms = loop_->now_ms();
  for (const auto& backend : publisher_.current()->backends) {
    if (backend->live->history.last_change_ms == 0) backend->live->history.last_change_ms = now_ms;
    for (const auto& server : backend->servers) {
      model::ServerHistory& history = server->live->history;
      if (history.last_change_ms == 0) history.last_change_ms = now_ms;
    }
  }
}

control::ChangeHooks Server::hooks() {
  control::ChangeHooks hooks;
  hooks.views = [this](std::string_view backend) { return publisher_.views(backend); };
  hooks.now = [this] { return loop_->now(); };
  hooks.log = [this](const model::Proxy& proxy, const control::StateLine& line) {
    log_state(proxy, line);
  };
  hooks.shutdown_sessions = [this](model::ServerLive& server) {
    workers_.each([this, live = &server](
                      std::size_t slot) { workers_.worker(slot).shutdown_sessions(*live); },
                  {});
  };
  hooks.check_within = [this](model::ServerLive& server, std::uint32_t within_ms) {
    checker_.check_within(server, within_ms);
  };
  hooks.applied = [this](const control::Change& change) {
    change_log_.note(change);
    drains_.note(change);
  };
  hooks.refused = [this](control::ChangeSource from) {
    // Whoever waits for an answer counts what it is told.
    if (from == control::ChangeSource::Agent || from == control::ChangeSource::Names)
      change_log_.refused(from);
  };
  hooks.moved = [this](const model::ServerLive& server) {
    follow_drains_soon();
    if (api_timer_.next_ms == 0) return;
    services_.api().model().moved(server);
    settle_timer_.arm(loop_->timers(), loop_->now_ms());
  };
  hooks.warm_up_due = [this](std::uint64_t at_ms) { warm_up_timer_.arm(loop_->timers(), at_ms); };
  return hooks;
}

void Server::log_state(const model::Proxy& proxy, const control::StateLine& line) {
  parts_.report.say(line.level == control::LogLevel::Notice ? Say::Notice : Say::Warning,
                    line.text);
  const std::string& tag = proxy.log_tag.empty() ? config_->global.log_tag : proxy.log_tag;
  const auto level = static_cast<int>(line.level);
  logs_.send(proxy.logs, level, tag, shared_.pid, line.text);
  if (proxy.log_global) logs_.send(config_->global.logs, level, tag, shared_.pid, line.text);
}

void Server::fill_view() {
  view_.snapshot = [this] { return publisher_.current(); };
  view_.changes = &changes_;
  view_.log = &change_log_;
  view_.states = &keeper_;
  view_.drains = &drains_;
  view_.now = [this] { return loop_->now(); };
  view_.connections = &shared_.connections;
  view_.now_ms = [this] { return loop_->now_ms(); };
  view_.stopping = [this] { return stopping_; };
  view_.startup_logs = [this] { return parts_.report.transcript(); };
  view_.measure = [this](stats::ProcessGauges& gauges) { measure(gauges); };
  view_.use = [this] { return use(); };
  view_.reload = [this](Told told, control::ChangeOrigin origin) {
    reload(std::move(told), std::move(origin));
  };
  view_.resolvers = [this] { return names_.reports(); };
  view_.rename = [this](model::ServerLive& server, const std::string& name) {
    return names_.rename(server, name);
  };
  view_.configuration = [this] { return running_files(); };
  view_.check_configuration = [this](base::Diagnostics& diagnostics,
                                     const admin::ConfigurationText* text) {
    return text != nullptr ? check_text(diagnostics, *text) : check_files(diagnostics);
  };
  view_.watch_requests = [this](std::shared_ptr<const model::RequestWatch> filters) {
    workers_.each([this, filters](std::size_t slot) { workers_.worker(slot).watch().use(filters); },
                  {});
  };
  view_.shutdown_sessions = [this](const model::FrontendLive& frontend) {
    workers_.each([this, live = &frontend](
                      std::size_t slot) { workers_.worker(slot).shutdown_sessions(*live); },
                  {});
  };
  view_.limits_changed = [this](const model::FrontendLive*) {
    workers_.each([this](std::size_t slot) { workers_.worker(slot).resume_listeners(); }, {});
  };
  view_.check_password = [this](std::string clear, std::string hash,
                                std::function<void(bool)> told) {
    return shared_.passwords.ask(std::move(clear), std::move(hash), mailbox_, std::move(told)) !=
           nullptr;
  };
  view_.password_counts = [this] { return shared_.passwords.counts(); };
  ask_workers();
  take_facts();
}

void Server::measure(stats::ProcessGauges& gauges) const {
  gauges.max_connections = shared_.connections.max();
  gauges.connections = shared_.connections.used();
  gauges.connections_total = shared_.connections_total.load(std::memory_order_relaxed);
  gauges.requests_total = shared_.requests.load(std::memory_order_relaxed);
  const std::uint64_t now_ms = loop_->now_ms();
  gauges.connection_rate = shared_.connection_rate.read(now_ms);
  gauges.connection_rate_max = shared_.connection_rate.max();
  gauges.tls_connections = shared_.tls.connections.value();
  gauges.tls_connections_total = shared_.tls.total.load(std::memory_order_relaxed);
  gauges.tls_rate = shared_.tls.sessions.read(now_ms);
  gauges.tls_rate_max = shared_.tls.sessions.max();
  gauges.tls_keys = {shared_.tls.client_keys.read(now_ms), shared_.tls.client_keys.max(),
                     shared_.tls.server_keys.read(now_ms), shared_.tls.server_keys.max()};
  gauges.dropped_logs = shared_.dropped_logs.load(std::memory_order_relaxed);
  gauges.listeners = static_cast<std::uint32_t>(parts_.listeners.count());
  gauges.stopping = stopping_;
  gauges.reloads = reloads_;
  gauges.reloads.generations = static_cast<std::uint32_t>(publisher_.generations());
  gauges.reloads.threads = static_cast<std::uint32_t>(workers_.threads());
}

stats::ProcessUsage Server::use() const {
  stats::ProcessUsage usage = parts_.meter->read();
  usage.start_s = static_cast<std::uint64_t>(std::max<std::int64_t>(0, view_.facts.start_wall_s));
  return usage;
}

void Server::take_facts() {
  stats::ProcessFacts& facts = view_.facts;
  facts.version = kVersion;
  facts.release_date = kReleaseDate;
  facts.pid = shared_.pid;
  facts.threads = parts_.threads;
  facts.node = config_->global.node.empty() ? shared_.hostname : config_->global.node;
  facts.description = config_->global.description;
  facts.start_ms = started_ms_;
  facts.ulimit_n = parts_.descriptors.limit;
  show_rate_limits();
  facts.max_sockets = parts_.descriptors.limit;
  facts.hard_max_connections = parts_.descriptors.maxconn;
}

void Server::start_checks(health::CheckTargets targets) {
  health::CheckerOptions options;
  options.spread.percent = config_->global.spread_checks_percent;
  options.spread.max_ms = config_->global.max_spread_checks_ms;
  options.reply_limit = config_->global.tune_bufsize;
  options.node = view_.facts.node;
  options.seed = loop_->now().monotonic_ns ^ shared_.pid;
  checker_.configure(options, std::move(targets));
}

std::string Server::running_with() const {
  return std::to_string(parts_.threads) + (parts_.threads == 1 ? " thread" : " threads") +
         ", maxconn " + std::to_string(parts_.descriptors.maxconn);
}

void Server::announce() {
  for (const std::string& line : Listeners::describe(*publisher_.current()))
    parts_.report.say(Say::Notice, line);
  parts_.report.say(Say::Notice,
                    std::string("Sluice ") + kVersion + " is running with " + running_with());
}

int Server::run() {
  const CrashStack stack;
  const auto turns = net::count_turns(*loop_);
  Watchdog dog(turns->turns());
  if (auto watched = dog.start(); !watched) {
    parts_.report.say(Say::Warning, "no watchdog: " + watched.error().detail);
  }
  workers_.start();
  parts_.notifier.ready("running with " + running_with());
  if (parts_.notifier.alive_period_ms() != 0) tell_alive();
  loop_->run();
  keeper_.stop();
  services_.api().close();
  workers_.stop();
  const std::uint64_t end_ms = loop_->now_ms() + base::limits::kLastLogsMs;
  workers_.finish_logs(end_ms);
  logs_.finish(end_ms);
  return 0;
}

/// Every worker answers before the word goes out: one that hangs is what the watchdog is for.
void Server::tell_alive() {
  workers_.each([](std::size_t) {},
                [this] {
                  parts_.notifier.alive();
                  alive_timer_.arm(loop_->timers(),
                                   loop_->now_ms() + parts_.notifier.alive_period_ms());
                });
}

void Server::report(model::ServerLive& server, const model::CheckReport& report) {
  changes_.report(server, report, loop_->now_ms());
  if (report.status == model::CheckStatus::L4Timeout) names_.hurry(server);
}

void Server::agent_said(model::ServerLive& server, const model::AgentReport& said) {
  changes_.agent_said(server, said);
}

void Server::take_observations() {
  for (const auto& backend : publisher_.current()->backends) {
    for (const auto& server : backend->servers) {
      if (server->config->observe != model::Observe::None) changes_.errors_observed(*server->live);
    }
  }
}

void Server::on_order(Order order) noexcept {
  switch (order) {
    case Order::StopNow:
      stop_now();
      return;
    case Order::StopSoftly:
      stop_softly();
      return;
    case Order::Reload:
      reload(nullptr, {"", control::ChangeSource::Reload, "signal", ""});
      return;
  }
}

void Server::stop_softly() {
  if (stopping_) return;
  stopping_ = true;
  shared_.stopping.store(true, std::memory_order_relaxed);
  answer_waiting();
  const std::uint32_t grace_ms = config_->global.grace_ms;
  if (grace_ms == 0) return stop_accepting();
  parts_.report.say(Say::Notice, "stopping: not ready any more, in " + std::to_string(grace_ms) +
                                     " ms no new connections");
  parts_.notifier.stopping("stopping: not ready any more, the grace runs");
  grace_alarm_.arm(loop_->timers(), loop_->now_ms() + grace_ms);
}

void Server::stop_accepting() {
  parts_.report.say(Say::Notice, "stopping: no new connections, the present ones finish");
  parts_.notifier.stopping("stopping: no new connections, the present ones finish");
  services_.api().close();
  keeper_.stop();  // who comes after it takes over what was set
  const std::uint64_t now_ms = loop_->now_ms();
  const std::uint32_t bound = config_->global.hard_stop_after_ms;
  hard_stop_at_ms_ = bound != 0 ? now_ms + bound : 0;
  const std::uint64_t spread_ms = config_->global.close_spread_infinite
                                      ? proxy::Worker::kForever
                                      : config_->global.close_spread_ms;
  parts_.listeners.refuse_new();
  workers_.each(
      [this, spread_ms](std::size_t slot) { workers_.worker(slot).stop_softly(spread_ms); },
      [this] {
        parts_.listeners.close();
        Timer::arm(loop_->timers(), loop_->now_ms());
      });
}

void Server::on_timer() noexcept {
  const std::uint64_t now_ms = loop_->now_ms();
  if (workers_.load() == 0 || (hard_stop_at_ms_ != 0 && now_ms >= hard_stop_at_ms_)) {
    stop_now();
    return;
  }
  Timer::arm(loop_->timers(), now_ms + kStopPollMs);
}

void Server::stop_now() {
  if (!stopping_) parts_.notifier.stopping("stopping: the present connections are closed");
  stopping_ = true;
  loop_->stop();
}

}  // namespace sluice::app
