#include "stats/collect.h"

#include "stats/status.h"

namespace sluice::stats {

using model::OperState;

namespace {

void take_counters(Sample& sample, const model::CounterSet& set) {
  sample.counters = set.sums();
  sample.counted_in = &set;
}

std::uint64_t seconds_since(std::uint64_t then_ms, std::uint64_t now_ms) {
  return now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;
}

std::int64_t last_session(std::uint64_t at_ms, std::uint64_t now_ms) {
  return at_ms == 0 ? -1 : static_cast<std::int64_t>(seconds_since(at_ms, now_ms));
}

Sample begin(const Source& source, ObjectKind kind, std::uint32_t fallback_iid) {
  Sample sample;
  sample.kind = kind;
  sample.proxy = source.config;
  sample.iid = source.config->numeric_id != 0 ? source.config->numeric_id : fallback_iid;
  return sample;
}

/// HAProxy's "up" hides servers in maintenance and those that are DOWN and not on their way up.
bool is_hidden(const Sample& sample, unsigned hide) {
  if (!sample.is(ObjectKind::Server)) return false;
  if (sample.state == StateLabel::Maint)
    return (hide & (Selection::kMaint | Selection::kDown)) != 0;
  if ((hide & Selection::kDown) == 0 || sample.state != StateLabel::Down) return false;
  return !sample.checks_shown || sample.word.health == 0;
}

std::string cookie_of(const model::Server& config, const model::ServerLive& live) {
  const std::uint64_t made = live.dynamic_cookie();
  if (!config.cookie.empty() || made == 0) return config.cookie;
  std::string out(model::kDynamicCookieBytes, '0');
  model::write_dynamic_cookie(made, out.data());
  return out;
}

}  // namespace

Sample collect_frontend(const Source& source, const Moment& moment) {
  const model::FrontendLive& live = *source.frontend;
  Sample sample = begin(source, ObjectKind::Frontend, live.numeric_id);
  take_counters(sample, live.counters);
  sample.sessions = live.sessions.value();
  sample.sessions_max = live.sessions.max();
  sample.limit = live.limiter.max() != 0 ? live.limiter.max() : moment.global_maxconn;
  sample.session_rate = live.session_rate.read(moment.now_ms);
  sample.session_rate_max = live.session_rate.max();
  sample.connection_rate = live.connection_rate.read(moment.now_ms);
  sample.connection_rate_max = live.connection_rate.max();
  sample.request_rate = live.request_rate.read(moment.now_ms);
  sample.request_rate_max = live.request_rate.max();
  const bool enabled = live.enabled.load(std::memory_order_relaxed);
  const bool stopped = source.config->disabled || source.config->shut_down;
  sample.status = stopped ? "STOP" : enabled ? "OPEN" : "PAUSED";
  sample.state = enabled && !stopped ? StateLabel::Up : StateLabel::Down;
  return sample;
}

Sample collect_listener(const Source& source, const ListenerSource& listener, const Moment&) {
  Sample sample = begin(source, ObjectKind::Listener, source.frontend->numeric_id);
  sample.bind = listener.config;
  sample.sid = listener.id;
  if (listener.counters != nullptr) take_counters(sample, *listener.counters);
  if (listener.sessions != nullptr) {
    sample.sessions = listener.sessions->value();
    sample.sessions_max = listener.sessions->max();
  }
  sample.limit = listener.config->maxconn;
  const bool enabled = source.frontend->enabled.load(std::memory_order_relaxed);
  sample.status = !enabled                                               ? "WAITING"
                  : sample.sessions >= sample.limit && sample.limit != 0 ? "FULL"
                                                                         : "OPEN";
  sample.state = enabled ? StateLabel::Up : StateLabel::Down;
  sample.address = listener.config->address.to_string();
  return sample;
}

Sample collect_server(const Source& source, const ServerSource& server, const Moment& moment) {
  const model::ServerLive& live = *server.live;
  Sample sample = begin(source, ObjectKind::Server, source.backend->numeric_id);
  sample.server = server.config;
  sample.server_live = &live;
  sample.sid = live.numeric_id;
  take_counters(sample, live.counters);
  sample.recent = live.counters.recent_times();
  sample.word = live.state();
  sample.status = server_status(sample.word, check_settings(live));
  sample.state = server_state_label(sample.word);
  sample.checks_shown = live.check_enabled && !sample.word.in_maintenance();
  sample.queued = live.queued.value();
  sample.queued_max = live.queued.max();
  sample.sessions = live.sessions.value();
  sample.sessions_max = live.sessions.max();
  sample.limit = live.limiter.full_max();
  sample.session_rate = live.session_rate.read(moment.now_ms);
  sample.session_rate_max = live.session_rate.max();
  sample.last_session_s =
      last_session(live.last_session_ms.load(std::memory_order_relaxed), moment.now_ms);
  sample.last_change_s = seconds_since(live.history.last_change_ms, moment.now_ms);
  sample.down_s = live.history.down_ms / 1000;
  if (sample.word.oper == OperState::Down) {
    sample.down_s = (live.history.down_ms + (moment.now_ms > live.history.last_change_ms
                                                 ? moment.now_ms - live.history.last_change_ms
                                                 : 0)) /
                    1000;
  }
  sample.downs = live.history.downs;
  sample.weight = live.effective_weight();
  sample.user_weight = sample.word.weight;
  sample.warm_share = live.warm_share.load(std::memory_order_relaxed);
  sample.active = live.backup ? 0 : 1;
  sample.backup = live.backup ? 1 : 0;
  sample.idle_connections = live.idle_connections.load(std::memory_order_relaxed);
  const base::Address address = live.shown_address();
  sample.address = address.is_unix() ? "unix" : address.is_set() ? address.to_string() : "";
  sample.cookie = cookie_of(*server.config, live);
  if (const auto tracked = live.tracked.lock())
    sample.tracked = tracked->backend().name() + "/" + tracked->name();
  return sample;
}

Sample collect_backend(const Source& source, const Moment& moment) {
  const model::BackendLive& live = *source.backend;
  Sample sample = begin(source, ObjectKind::Backend, live.numeric_id);
  take_counters(sample, live.counters);
  sample.recent = live.counters.recent_times();
  sample.queued = live.queued.value();
  sample.queued_max = live.queued.max();
  sample.sessions = live.sessions.value();
  sample.sessions_max = live.sessions.max();
  sample.limit = source.fullconn;
  sample.session_rate = live.session_rate.read(moment.now_ms);
  sample.session_rate_max = live.session_rate.max();
  sample.last_session_s =
      last_session(live.last_session_ms.load(std::memory_order_relaxed), moment.now_ms);
  sample.weight = sample.user_weight = live.total_weight.load(std::memory_order_relaxed);
  sample.active = live.active_servers.load(std::memory_order_relaxed);
  sample.backup = live.backup_servers.load(std::memory_order_relaxed);
  sample.cookie = source.config->cookie.name;
  sample.has_servers = !source.servers.empty();
  const bool up = live.usable_servers() != 0 || !sample.has_servers;
  sample.status = up ? "UP" : "DOWN";
  sample.state = up ? StateLabel::Up : StateLabel::Down;
  sample.last_change_s = seconds_since(live.history.last_change_ms, moment.now_ms);
  const std::uint64_t present = up || moment.now_ms < live.history.last_change_ms
                                    ? 0
                                    : moment.now_ms - live.history.last_change_ms;
  sample.down_s = (live.history.down_ms + present) / 1000;
  sample.downs = live.history.downs;
  for (const ServerSource& server : source.servers) {
    const model::ServerStateWord word = server.live->state();
    ++sample.servers_by_state[static_cast<std::size_t>(server_state_label(word))];
    if (server.live->check_enabled && !word.in_maintenance()) {
      ++sample.servers_by_check[static_cast<std::size_t>(server.live->history.last_check.status)];
    }
  }
  return sample;
}

bool selects_proxy(const Selection& selection, const Source& source) {
  if (!selection.proxy_name.empty()) return source.config->name == selection.proxy_name;
  if (selection.iid < 0) return true;
  std::uint32_t iid = source.config->numeric_id;
  if (iid == 0)
    iid = source.frontend != nullptr ? source.frontend->numeric_id.load()
                                     : source.backend->numeric_id.load();
  return static_cast<std::int64_t>(iid) == selection.iid;
}

bool RowCursor::produce(std::size_t row, Sample& sample) const {
  if (source_->frontend != nullptr) {
    if (row == 0) {
      sample = collect_frontend(*source_, moment_);
      return true;
    }
    --row;
    if (row < source_->listeners.size()) {
      sample = collect_listener(*source_, source_->listeners[row], moment_);
      return true;
    }
    row -= source_->listeners.size();
  }
  if (source_->backend == nullptr) return false;
  if (row < source_->servers.size()) {
    sample = collect_server(*source_, source_->servers[row], moment_);
    return true;
  }
  if (row != source_->servers.size()) return false;
  sample = collect_backend(*source_, moment_);
  return true;
}

bool RowCursor::next(Sample& sample) {
  while (produce(row_, sample)) {
    ++row_;
    if ((selection_.types >> static_cast<unsigned>(sample.kind) & 1U) == 0) continue;
    const bool has_sid = sample.is(ObjectKind::Server) || sample.is(ObjectKind::Listener);
    if (selection_.sid >= 0 && has_sid && static_cast<std::int64_t>(sample.sid) != selection_.sid)
      continue;
    if (is_hidden(sample, selection_.hide)) continue;
    return true;
  }
  return false;
}

}  // namespace sluice::stats
