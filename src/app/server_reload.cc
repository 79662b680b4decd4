// A reload: the files are read again, checked and built; what has to be opened is opened; only then
// is anything changed. See the walk in ARCHITECTURE.md.
#include <algorithm>
#include <atomic>
#include <utility>

#include "admin/login_lists.h"
#include "app/server.h"

namespace sluice::app {

namespace {

constexpr std::uint32_t kFadeAgainMs = 200;  // while somebody waits in a backlog for a slot

const char* boundary(bool any) { return any ? ", " : ""; }

/// What a running process cannot take on.
void warn_of_what_stays(const model::Global& before, const model::Global& now,
                        base::Diagnostics& diagnostics) {
  std::string words;
  const auto note = [&](bool changed, const char* word) {
    if (changed) words += std::string(boundary(!words.empty())) + "'" + word + "'";
  };
  note(before.user != now.user, "user");
  note(before.group != now.group, "group");
  note(before.chroot != now.chroot, "chroot");
  note(before.daemon != now.daemon, "daemon");
  note(before.pidfile != now.pidfile, "pidfile");
  note(before.state_dir != now.state_dir, "state-dir");
  note(before.tune_bufsize != now.tune_bufsize, "tune.bufsize");
  note(before.tune_maxrewrite != now.tune_maxrewrite, "tune.maxrewrite");
  note(before.tune_http_maxhdr != now.tune_http_maxhdr, "tune.http.maxhdr");
  if (!words.empty())
    diagnostics.warning(now.span, words + " changed: that takes effect at the next start");
}

admin::ReloadResult stopping_result() { return {false, "the process is stopping\n"}; }

std::string first_error(const base::Diagnostics& diagnostics) {
  for (const base::Diagnostic& each : diagnostics.all()) {
    if (each.severity != base::Severity::Error) continue;
    if (each.span.file == nullptr) return each.message;
    return each.span.file->name + ":" + std::to_string(each.span.line) + ": " + each.message;
  }
  return "warnings count as errors (-dW)";
}

}  // namespace

void Server::reload(Told told, control::ChangeOrigin origin) {
  if (stopping_) {
    if (told) told(stopping_result());
    return;
  }
  if (reloading_) {
    waiting_.push_back({std::move(told), std::move(origin)});
    return;
  }
  reloading_ = true;
  told_.push_back(std::move(told));
  reload_origin_ = std::move(origin);
  reload_began_ms_ = loop_->now_ms();
  parts_.notifier.reloading("reading the configuration again");
  parts_.report.begin_transcript();
  base::Diagnostics diagnostics;
  auto prepared = prepare_reload(diagnostics);
  if (parts_.opener) parts_.opener->end_session();
  parts_.report.diagnostics(diagnostics);
  if (!prepared) return reload_failed(diagnostics);
  take_over(std::move(*prepared));
}

/// Nothing when something was wrong; then nothing has changed.
std::optional<Server::Prepared> Server::prepare_reload(base::Diagnostics& diagnostics) {
  Opener* opener = parts_.opener.get();
  std::unique_ptr<Surroundings> surroundings;
  if (opener == nullptr) {
    surroundings = std::make_unique<OwnSurroundings>();
  } else {
    auto read = opener->read();
    if (!read) {
      diagnostics.error({}, read.error().detail);
      return std::nullopt;
    }
    surroundings = std::move(*read);
  }
  Prepared out;
  out.loaded = load_configuration(parts_.command, ++generation_, parts_.registry, *surroundings,
                                  diagnostics);
  if (!out.loaded.snapshot) return std::nullopt;
  const model::Global& global = out.loaded.config->global;
  warn_of_what_stays(config_->global, global, diagnostics);
  if (parts_.command.zero_warning && diagnostics.warnings() != 0) return std::nullopt;
  out.threads = thread_count(global);
  out.descriptors = plan_descriptors(out.loaded, out.threads);
  if (auto warning = raise_descriptor_limit(out.descriptors))
    diagnostics.warning(global.span, *warning);
  open_sockets(out, diagnostics);
  if (diagnostics.ok() &&
      parts_.listeners.open(*out.loaded.snapshot, out.threads, opener, diagnostics))
    return out;
  return std::nullopt;
}

/// Runtime sockets that are not there yet.
void Server::open_sockets(Prepared& prepared, base::Diagnostics& diagnostics) {
  model::Config missing;
  for (const model::StatsSocket& wanted : prepared.loaded.config->global.stats_sockets) {
    const bool have = std::ranges::any_of(
        config_->global.stats_sockets,
        [&](const model::StatsSocket& each) { return each.address == wanted.address; });
    if (!have) missing.global.stats_sockets.push_back(wanted);
  }
  prepared.sockets = open_runtime_sockets(missing, parts_.opener.get(), diagnostics);
}

void Server::take_over(Prepared prepared) {
  const std::shared_ptr<const model::Config> before = config_;
  const std::uint64_t last = publisher_.current()->generation;
  workers_.grow(prepared.threads);
  std::vector<OpenRuntimeSocket> sockets = std::move(prepared.sockets);
  const std::uint32_t threads = prepared.threads;
  files_ = std::move(prepared.loaded.files);
  loaded_us_ = loop_->now().wall_us;
  put_in_force(std::move(prepared), [this, threads] { reload_done(threads); });
  bound_generation(before->global, last);
  if (api_timer_.next_ms == 0) start_api();  // there may be a stats listener only now
  take_sockets(std::move(sockets));
}

/// `done` runs when every worker has it.
void Server::put_in_force(Prepared prepared, std::function<void()> done) {
  const std::shared_ptr<const model::Config> before =
      std::exchange(config_, prepared.loaded.config);
  const control::Snapshot& snapshot = *prepared.loaded.snapshot;
  answers_ = std::move(prepared.loaded.answers);
  parts_.listeners.fade_all_but(snapshot);
  plan_ = parts_.listeners.plan(snapshot, prepared.threads, proxy::WorkerTable::kSlots);
  logs_.set_hostname(config_->global.log_send_hostname);
  take_limits(prepared.descriptors);
  take_rate_limits(&before->global);
  parts_.threads = prepared.threads;
  take_facts();
  publisher_.publish(std::move(prepared.loaded.snapshot), std::move(done));
  admin::end_orphans(shared_.logins, *config_);
  reload_items_ = keeper_.follow();
  start_histories();
  follow_drains_soon();
  start_checks(std::move(prepared.loaded.checks));
  names_.configure(*publisher_.current());
}

/// A limit that was set at run time holds while the configuration says what it said.
void Server::take_limits(const DescriptorPlan& descriptors) {
  const bool first = publisher_.current() == nullptr;
  if (first || descriptors.maxconn != parts_.descriptors.maxconn)
    shared_.connections.set_max(descriptors.maxconn);
  parts_.descriptors = descriptors;
}

/// Sockets that are not named any more answer whom they talk to, perhaps about this very reload.
void Server::take_sockets(std::vector<OpenRuntimeSocket> fresh) {
  std::erase_if(closing_sockets_, [](const auto& socket) { return socket->connections() == 0; });
  const auto& wanted = config_->global.stats_sockets;
  for (auto& socket : sockets_) {
    const auto found = std::ranges::find_if(
        wanted, [&](const model::StatsSocket& each) { return each.address == socket->address(); });
    if (found != wanted.end()) {
      socket->take_settings(*found, config_->global.stats_timeout_ms);
      continue;
    }
    socket->stop_listening();
    closing_sockets_.push_back(std::move(socket));
  }
  std::erase(sockets_, nullptr);
  for (OpenRuntimeSocket& open : fresh) {
    sockets_.push_back(
        std::make_unique<admin::RuntimeSocket>(*loop_, view_, std::move(open.socket), open.settings,
                                               config_->global.stats_timeout_ms, runtime_limits_));
  }
  runtime_limits_.set_max(config_->global.stats_maxconn);
}

/// Every worker has the new configuration.
void Server::reload_done(std::uint32_t threads) {
  workers_.settle(threads, config_->global.hard_stop_after_ms);
  services_.api().tail().tell_workers();  // there may be new ones
  changes_.forget_retired();
  if (!parts_.listeners.fading().empty())
    fading_alarm_.arm(loop_->timers(), loop_->now_ms() + kFadeMs);
  note_reload();
  ++reloads_.done;
  reloads_.last_error.clear();
  reloads_.last_ms = loop_->now_ms() - reload_began_ms_;
  const std::string text = "reloaded: configuration " + std::to_string(generation_) + ", " +
                           std::to_string(parts_.listeners.count()) + " listeners, " +
                           std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  parts_.report.say(Say::Notice, text);
  logs_.send(config_->global.logs, static_cast<int>(control::LogLevel::Notice),
             config_->global.log_tag, shared_.pid, text);
  parts_.notifier.ready(text);
  end_reload(true);
}

void Server::reload_failed(const base::Diagnostics& diagnostics) {
  publisher_.collect();  // what only the failed build had made
  ++reloads_.failed;
  if (reload_origin_.from == control::ChangeSource::Reload)  // others count what they answer
    change_log_.refused(control::ChangeSource::Reload);
  reloads_.last_error = first_error(diagnostics);
  reloads_.last_ms = loop_->now_ms() - reload_began_ms_;
  const std::string text = "not reloaded, the configuration in force stays: " + reloads_.last_error;
  parts_.report.say(Say::Alert, text);
  logs_.send(config_->global.logs, static_cast<int>(control::LogLevel::Alert),
             config_->global.log_tag, shared_.pid, text);
  parts_.notifier.ready(text);
  end_reload(false);
}

void Server::end_reload(bool done) {
  reloads_.last_wall_s = loop_->now().wall_us / 1'000'000;
  reloads_.any = true;
  const admin::ReloadResult result{done, parts_.report.transcript()};
  for (const Told& told : std::exchange(told_, {})) {
    if (told) told(result);
  }
  reloading_ = false;
  next_job();
}

/// Who asked meanwhile for a reload, or for a change of the configuration. Not from here: this may
/// be the answer of a worker, or of a connection that asked. Until then they wait: a stop that
/// comes between answers them.
void Server::next_job() {
  if (waiting_.empty() && edits_.empty()) return;
  mailbox_.run([this] {
    if (reloading_) return;
    if (!waiting_.empty()) {
      std::vector<Asked> waiting = std::exchange(waiting_, {});
      Asked first = std::move(waiting.back());
      waiting.pop_back();
      for (Asked& each : waiting) told_.push_back(std::move(each.told));
      reload(std::move(first.told), std::move(first.origin));
    } else if (!edits_.empty()) {
      Edit edit = std::move(edits_.front());
      edits_.pop_front();
      reconfigure(std::move(edit));
    }
  });
}

/// The process stops: nothing is reloaded any more.
void Server::answer_waiting() {
  for (const Asked& each : std::exchange(waiting_, {})) {
    if (each.told) each.told(stopping_result());
  }
  for (const Edit& each : std::exchange(edits_, {}))
    each.told(base::fail(base::ErrorKind::Internal, "The process is stopping."));
}

void Server::let_fading_go() {
  const std::vector<int> descriptors = parts_.listeners.fading();
  const auto waiting = std::make_shared<std::atomic<bool>>(false);
  workers_.each(
      [this, descriptors, waiting](std::size_t slot) {
        if (workers_.worker(slot).let_go(descriptors)) waiting->store(true);
      },
      [this, waiting, descriptors] {
        // A reload may have come between: others fade, or some were taken back.
        if (waiting->load() || parts_.listeners.fading() != descriptors)
          fading_alarm_.arm(loop_->timers(), loop_->now_ms() + kFadeAgainMs);
        else
          parts_.listeners.close_fading();
      });
}

void Server::bound_generation(const model::Global& global, std::uint64_t generation) {
  if (global.hard_stop_after_ms == 0) return;
  old_generations_.push_back({loop_->now_ms() + global.hard_stop_after_ms, generation});
  end_old_generations();
}

void Server::end_old_generations() {
  const std::uint64_t now_ms = loop_->now_ms();
  std::uint64_t last = 0;
  std::uint64_t next_ms = net::Timer::kNever;
  for (const OldGeneration& old : old_generations_) {
    if (old.ends_at_ms <= now_ms)
      last = std::max(last, old.generation);
    else
      next_ms = std::min(next_ms, old.ends_at_ms);
  }
  std::erase_if(old_generations_,
                [now_ms](const OldGeneration& old) { return old.ends_at_ms <= now_ms; });
  if (last != 0) {
    workers_.each([this, last](std::size_t slot) { workers_.worker(slot).end_generations(last); },
                  {});
  }
  if (next_ms != net::Timer::kNever) generations_alarm_.arm(loop_->timers(), next_ms);
}

}  // namespace sluice::app
