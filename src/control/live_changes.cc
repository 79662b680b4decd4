#include "control/live_changes.h"

#include <utility>

#include "control/tracking.h"
#include "model/server_transition.h"

namespace sluice::control {
namespace {

using base::ErrorKind;
using base::Result;
using model::AdminState;
using model::OperState;
using model::ServerLive;
using model::ServerStateWord;

StateChange facts_of(const BackendView& view, const model::Server& config,
                     const ServerLive& server) {
  StateChange facts;
  facts.backend = view.live->name();
  facts.server = server.name();
  facts.name_in_dns = server.name_in_dns;
  facts.is_backup = config.backup;
  facts.after = server.state();
  facts.active = view.live->active_servers.load(std::memory_order_relaxed);
  facts.backups = view.live->backup_servers.load(std::memory_order_relaxed);
  facts.sessions = server.limiter.used();
  return facts;
}

/// Everybody who can be served after a change is: a server that opened, or a backup whose turn has
/// come.
void offer_slots(const BackendView& view) {
  for (const auto& server : view.live->servers()) {
    if (!server->limiter.has_room()) continue;
    if (server->limiter.waiting() != 0 || view.live->queue.waiting_for_any() != 0)
      view.live->queue.hand_over(*server);
  }
}

/// But for the weight: nothing that the history or the log tells of.
bool same_states(const ServerStateWord& a, const ServerStateWord& b) {
  return a.admin == b.admin && a.oper == b.oper && a.inherited_maint == b.inherited_maint &&
         a.inherited_drain == b.inherited_drain && a.unresolved == b.unresolved;
}

void note_history(ServerLive& server, const ServerStateWord& before, const ServerStateWord& after,
                  std::uint64_t now_ms) {
  if (same_states(before, after)) return;
  model::ServerHistory& history = server.history;
  const bool was_down = before.oper == OperState::Down;
  const bool is_down = after.oper == OperState::Down;
  if (!was_down && is_down) ++history.downs;
  if (was_down) history.down_ms += now_ms - history.last_change_ms;
  history.last_change_ms = now_ms;
}

}  // namespace

LiveChanges::LiveChanges(model::WorkerQuery& workers, ChangeHooks hooks)
    : workers_(workers), hooks_(std::move(hooks)) {}

Result<LiveChanges::Work> LiveChanges::find_target(const ServerTarget& target) const {
  Work work;
  work.views = hooks_.views(target.backend);
  if (work.views.empty()) return base::fail(ErrorKind::NotFound, "No such backend.");
  work.now_ms = hooks_.now().ms();
  if (target.server.empty()) return work;
  const ServerRuntime* found = work.newest().servers->find(target.server);
  if (found == nullptr) return base::fail(ErrorKind::NotFound, "No such server.");
  work.config = found->config;
  work.server = found->live.get();
  return work;
}

Result<> LiveChanges::apply(Change change, std::function<void()> acknowledged) {
  const ChangeSource from = change.from;
  Result<> done = try_to(std::move(change), std::move(acknowledged));
  if (!done && hooks_.refused) hooks_.refused(from);
  return done;
}

Result<> LiveChanges::try_to(Change change, std::function<void()> acknowledged) {
  change.when_us = hooks_.now().wall_us;
  auto work = find_target(change.target);
  if (!work) return tl::unexpected(std::move(work.error()));
  const ChangeAction action = change.action;
  Result<> done = std::visit([&](const auto& what) { return act(*work, change, what); }, action);
  if (!done) return done;
  remember(std::move(change));
  finish(std::move(*work), std::move(acknowledged));
  return {};
}

void LiveChanges::report(ServerLive& server, const model::CheckReport& report,
                         std::uint64_t now_ms) {
  if (repeats_itself(server, report)) return;
  auto work = find_target({server.backend().name(), server.name()});
  const ServerStateWord before = server.state();
  if (!work || work->server != &server || before.in_maintenance() || !server.check_enabled) return;
  work->now_ms = now_ms;
  if (report.passed) server.errors.clear();
  take_report(*work, report, model::apply_report(before, report, surroundings_of(server)));
  finish(std::move(*work), nullptr);
}

/// Mostly a check finds what the one before it found: only the time it took is news.
bool LiveChanges::repeats_itself(ServerLive& server, const model::CheckReport& report) {
  model::CheckReport& last = server.history.last_check;
  const ServerStateWord state = server.state();
  const bool same = report.status == last.status && report.passed == last.passed &&
                    report.conditional == last.conditional;
  if (!same || state.in_maintenance() || !server.check_enabled) return false;
  const auto [after, moved] = model::apply_report(state, report, surroundings_of(server));
  if (moved || after.pack() != state.pack()) return false;
  if (report.passed) server.errors.clear();
  last = report;
  return true;
}

void LiveChanges::take_report(Work& work, const model::CheckReport& report,
                              const model::ReportResult& result) {
  model::ServerHistory& history = work.server->history;
  work.check = &report;
  const model::CheckStatus status_before = std::exchange(history.last_check, report).status;
  if (result.moved && !report.passed) ++history.checks_failed;
  if (work.newest().config->log_health_checks && (result.moved || status_before != report.status)) {
    log_check(work, result.state);
  }
  transition(work, result.state);
}

void LiveChanges::errors_observed(ServerLive& server) {
  const model::ErrorWatch::Reached reached = server.errors.take();
  auto work = find_target({server.backend().name(), server.name()});
  if (reached.times == 0 || !work || work->server != &server || !server.check_enabled) return;
  const model::Server& config = *work->config;
  model::CheckReport report;
  report.status = model::CheckStatus::HanaFail;
  report.timed = false;
  report.detail = "Detected " + std::to_string(config.error_limit) +
                  " consecutive errors, last one was: " + std::string(model::text_of(reached.last));
  for (std::uint32_t i = 0; i < reached.times; ++i) {
    ++server.history.errors_observed;
    if (config.on_error == model::OnError::FastInter) continue;
    take_report(*work, report,
                model::apply_errors(server.state(), config.on_error, surroundings_of(server)));
  }
  if (config.check.fastinter_ms != 0 && hooks_.check_within)
    hooks_.check_within(server, config.check.fastinter_ms);
  finish(std::move(*work), nullptr);
}

void LiveChanges::agent_said(ServerLive& server, const model::AgentReport& said) {
  server.history.last_agent = said.check;
  const ServerTarget target{server.backend().name(), server.name()};
  const auto change = [&](ChangeAction action) {
    (void)apply({"agent", ChangeSource::Agent, 0, target, std::move(action), {}, {}, {}}, nullptr);
  };
  const bool up = said.check.status == model::CheckStatus::L7Ok;
  const bool down = said.check.status == model::CheckStatus::L7Status;
  if (up || down) {  // it counts for where "ready" leads
    ServerStateWord state = server.state();
    state.agent_down = down;
    server.set_state(state);
  }
  // It says the same again and again; only what is news is a change to remember.
  const std::uint64_t percent = said.weight_percent.value_or(0);
  const bool new_weight =
      said.weight_percent && percent * server.initial_weight / 100 != server.state().weight;
  if (said.admin && *said.admin != server.state().admin) change(SetAdmin{*said.admin});
  if (new_weight) change(SetWeight{*said.weight_percent, SetWeight::Unit::Percent});
  if (said.maxconn && *said.maxconn != server.limiter.max()) change(SetMaxconn{*said.maxconn});
  if (!up && !down) return;
  auto work = find_target(target);
  if (!work || work->server != &server) return;
  work->check = &said.check;
  transition(*work,
             model::apply_agent(server.state(), up ? model::AgentSays::Up : model::AgentSays::Down,
                                surroundings_of(server)));
  finish(std::move(*work), nullptr);
}

/// `on-marked-down` and `on-marked-up`.
void LiveChanges::end_sessions(const Work& work, const ServerStateWord& before) {
  const OperState after = work.server->state().oper;
  if (before.oper == after || !hooks_.shutdown_sessions) return;
  if (after == OperState::Down && work.config->shutdown_sessions_when_down)
    hooks_.shutdown_sessions(*work.server);
  if (after != OperState::Up || !work.config->shutdown_backup_sessions_when_up) return;
  for (const auto& other : work.newest().live->servers()) {
    if (other->backup) hooks_.shutdown_sessions(*other);
  }
}

void LiveChanges::transition(Work& work, ServerStateWord after) {
  ServerLive& server = *work.server;
  const ServerStateWord before = server.state();
  if (before.pack() == after.pack()) return;
  server.set_state(after);
  if (same_states(before, after) && before.weight == after.weight) return;

  warm_up_.note(server, *work.config, before, after, work.now_ms);
  ask_to_warm_up();
  const std::uint32_t usable_before = work.newest().live->usable_servers();
  for (const BackendView& view : work.views) work.retired.push_back(view.balancer->rebuild());

  // HAProxy sends those who wait for a draining or stopping server elsewhere too, though it would
  // still serve them.
  const bool stops = before.oper == OperState::Up && after.oper == OperState::NoLb;
  const bool closed = stops || (before.accepts_known() && !after.accepts_known()) ||
                      (after.draining() && !before.draining());
  const QueueMoves moves = move_waiting(work, closed);

  note_history(server, before, after, work.now_ms);
  write_lines(work, before, moves);
  if (hooks_.moved) hooks_.moved(server);
  note_backend(work, usable_before);
  end_sessions(work, before);
  lead_trackers(work, before);
}

/// Told in HAProxy's way: of those bound to a server that closes, the ones that it may send
/// elsewhere; of those that wait for any, the ones that a server takes up.
LiveChanges::QueueMoves LiveChanges::move_waiting(const Work& work, bool closed) {
  model::BackendQueue& queue = work.newest().live->queue;
  const std::uint32_t bound = work.server->limiter.waiting();
  if (closed) queue.redistribute(*work.server);
  const std::uint32_t any = queue.waiting_for_any();
  queue.hand_over(*work.server);
  const std::uint32_t left = queue.waiting_for_any();
  offer_slots(work.newest());
  const model::Proxy& config = *work.newest().config;
  if (closed && config.redispatch.enabled && !config.persist) return {bound, 0};
  if (closed) return {0, bound};
  return {any > left ? any - left : 0, work.server->limiter.waiting()};
}

/// Those that track the server move with it, and those that track them.
void LiveChanges::lead_trackers(const Work& work, const ServerStateWord& before) {
  const ServerStateWord after = work.server->state();
  for (const auto& weak : work.server->trackers) {
    const auto tracker = weak.lock();
    if (tracker == nullptr) continue;
    auto theirs = find_target({tracker->backend().name(), tracker->name()});
    if (!theirs || theirs->server != tracker.get()) continue;
    theirs->now_ms = work.now_ms;
    transition(*theirs,
               model::apply_tracked(tracker->state(), before, after, surroundings_of(*tracker)));
    finish(std::move(*theirs), nullptr);
  }
}

void LiveChanges::ask_to_warm_up() {
  const std::uint64_t next = warm_up_.next_ms();
  if (next != WarmUp::kNever && hooks_.warm_up_due) hooks_.warm_up_due(next);
}

void LiveChanges::warm_up() {
  for (const WarmUp::Grown& grown : warm_up_.grow(hooks_.now().ms())) {
    auto work = find_target({grown.backend, grown.server->name()});
    if (!work || work->server != grown.server) {
      warm_up_.forget(grown.server);
      continue;
    }
    for (const BackendView& view : work->views) work->retired.push_back(view.balancer->rebuild());
    offer_slots(work->newest());
    if (grown.complete && grown.server->state().oper == OperState::Up) {
      grown.server->history.last_change_ms = work->now_ms;
      work->told = StateChange::Told::Warm;
      write_lines(*work, grown.server->state(), {0, grown.server->limiter.waiting()});
    }
    finish(std::move(*work), nullptr);
  }
  ask_to_warm_up();
}

void LiveChanges::forget_retired() { warm_up_.forget_retired(); }

void LiveChanges::note_backend(Work& work, std::uint32_t usable_before) {
  model::BackendLive& backend = *work.newest().live;
  const bool was_up = usable_before != 0;
  const bool is_up = backend.usable_servers() != 0;
  if (was_up == is_up) return;
  if (is_up) {
    backend.history.down_ms += work.now_ms - backend.history.last_change_ms;
  } else {
    ++backend.history.downs;
    const model::Proxy& config = *work.newest().config;
    const auto noun =
        config.kind == model::ProxyKind::Listen ? BackendNoun::Proxy : BackendNoun::Backend;
    if (hooks_.log) hooks_.log(config, no_server_line(noun, backend.name()));
  }
  backend.history.last_change_ms = work.now_ms;
}

void LiveChanges::write_lines(const Work& work, const ServerStateWord& before, QueueMoves moves) {
  if (!hooks_.log) return;
  StateChange facts = facts_of(work.newest(), *work.config, *work.server);
  const std::string tracked = tracked_name(*work.server);
  facts.tracked = tracked;
  facts.before = before;
  facts.requeued = moves.requeued;
  facts.queued = moves.remaining;
  facts.operator_text = work.operator_text;
  facts.told = work.told;
  facts.lost_because = work.lost_because;
  facts.came_along = work.came_along;
  // With log-health-checks the reason has just been said by the check's own line.
  if (!work.newest().config->log_health_checks) facts.report = work.check;
  for (const StateLine& line : state_lines(facts)) hooks_.log(*work.newest().config, line);
}

void LiveChanges::log_check(const Work& work, const ServerStateWord& after) {
  if (!hooks_.log) return;
  StateChange facts = facts_of(work.newest(), *work.config, *work.server);
  facts.after = after;
  facts.report = work.check;
  hooks_.log(*work.newest().config, health_check_line(facts, work.server->rise, work.server->fall));
}

/// Keeps what was replaced, and runs `acknowledged`, until and when every worker was quiescent.
void LiveChanges::finish(Work work, std::function<void()> acknowledged) {
  std::erase(work.retired, nullptr);
  if (work.retired.empty() && !acknowledged) return;
  workers_.each([](std::size_t) {},
                [retired = std::move(work.retired), acknowledged = std::move(acknowledged)] {
                  if (acknowledged) acknowledged();
                });
}

void LiveChanges::remember(Change change) {
  if (hooks_.applied) hooks_.applied(change);
  if (recent_.size() == kMaxRecent) recent_.erase(recent_.begin());
  recent_.push_back(std::move(change));
}

}  // namespace sluice::control
