#include "admin/process_changes.h"

#include <utility>

namespace sluice::admin {

namespace {

void note(const View& view, const control::ChangeOrigin& origin, control::LoggedItem item) {
  if (view.log == nullptr) return;
  view.log->note(origin, view.now ? view.now().wall_us : 0, std::move(item));
}

void tell_workers(const View& view, const model::FrontendLive* frontend) {
  if (view.limits_changed) view.limits_changed(frontend);
}

std::string words(bool enabled) { return enabled ? "enabled" : "disabled"; }

void clear_maxima(model::FrontendLive& live) {
  live.sessions.clear_max();
  live.limiter.clear_peak();
  for (model::Rate* rate : {&live.connection_rate, &live.session_rate, &live.request_rate})
    rate->clear_max();
}
void clear_maxima(model::BackendLive& live) {
  live.counters.clear_time_maxima();
  live.sessions.clear_max();
  live.queued.clear_max();
  live.session_rate.clear_max();
  live.request_rate.clear_max();
}
void clear_maxima(model::ServerLive& live) {
  live.counters.clear_time_maxima();
  live.sessions.clear_max();
  live.queued.clear_max();
  live.limiter.clear_peak();
  live.session_rate.clear_max();
}

}  // namespace

void set_frontend_enabled(const View& view, model::FrontendLive& frontend, bool enabled,
                          const control::ChangeOrigin& origin) {
  const bool before = frontend.enabled.exchange(enabled, std::memory_order_release);
  tell_workers(view, &frontend);
  note(view, origin, {"f:" + frontend.name(), "state", words(before), words(enabled)});
}

void shut_frontend_sessions(const View& view, model::FrontendLive& frontend,
                            const control::ChangeOrigin& origin) {
  if (view.shutdown_sessions) view.shutdown_sessions(frontend);
  note(view, origin, {"f:" + frontend.name(), "sessions", "", "shutdown"});
}

void set_frontend_maxconn(const View& view, model::FrontendLive& frontend, std::uint32_t value,
                          const control::ChangeOrigin& origin) {
  const std::uint32_t before = frontend.limiter.max();
  frontend.limiter.set_max(value);
  tell_workers(view, &frontend);
  note(view, origin,
       {"f:" + frontend.name(), "maxconn", std::to_string(before), std::to_string(value)});
}

void set_process_maxconn(const View& view, std::uint32_t value,
                         const control::ChangeOrigin& origin) {
  const std::uint32_t before = view.connections->max();
  const std::uint32_t after = value == 0 ? view.facts.hard_max_connections : value;
  view.connections->set_max(after);
  tell_workers(view, nullptr);
  note(view, origin, {"*", "maxconn", std::to_string(before), std::to_string(after)});
}

void set_process_rate_limit(const View& view, RateLimit which, std::string_view word,
                            std::uint32_t per_second, const control::ChangeOrigin& origin) {
  const auto& limits = view.facts.rate_limits;
  const std::uint32_t before = which == RateLimit::Connections ? limits.connections
                               : which == RateLimit::Sessions  ? limits.sessions
                                                               : limits.tls;
  view.set_rate_limit(which, per_second);
  note(
      view, origin,
      {"*", "rate-limit " + std::string(word), std::to_string(before), std::to_string(per_second)});
}

void clear_counters(const View& view, Clear what, const control::ChangeOrigin& origin) {
  const bool all = what == Clear::Everything;
  const auto snapshot = view.snapshot();
  if (snapshot == nullptr) return;
  for (const auto& frontend : snapshot->frontends) {
    clear_maxima(*frontend->live);
    if (all) frontend->live->counters.clear();
    for (const auto& bind : frontend->binds) {
      if (bind->live == nullptr) continue;
      bind->live->sessions.clear_max();
      if (all) bind->live->counters.clear();
    }
  }
  for (const auto& backend : snapshot->backends) {
    clear_maxima(*backend->live);
    if (all) {
      backend->live->counters.clear();
      backend->live->history.downs = backend->live->history.down_ms = 0;
    }
    for (const auto& server : backend->servers) {
      clear_maxima(*server->live);
      if (!all) continue;
      server->live->counters.clear();
      server->live->history.checks_failed = server->live->history.downs =
          server->live->history.down_ms = 0;
    }
  }
  note(view, origin, {"*", "counters", "", all ? "clear-all" : "clear"});
}

}  // namespace sluice::admin
