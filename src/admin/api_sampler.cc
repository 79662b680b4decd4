// Once a second: the figures of every object, and what changed without anybody's saying so.
#include <algorithm>

#include "admin/api_model.h"

namespace sluice::admin {

using model::Counter;

namespace {

template <class Live>
std::uint64_t requests_of(const Live& live, bool http) {
  return live.counters.sum(http ? Counter::Requests : Counter::Sessions);
}

/// What was counted since; none where the counters were cleared meanwhile.
std::uint64_t since(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

std::uint32_t narrowed(double value) {
  return static_cast<std::uint32_t>(std::clamp(value + 0.5, 0.0, 4'294'967'295.0));
}

void add_quantiles(Figures& figures, const model::Durations& timed) {
  if (timed.count() == 0) return;
  figures.p50 = pack_ms(timed.quantile_ms(0.50));
  figures.p95 = pack_ms(timed.quantile_ms(0.95));
  figures.p99 = pack_ms(timed.quantile_ms(0.99));
}

}  // namespace

void ApiModel::sample(const std::string& key, const Counts& counts, std::uint32_t scur,
                      std::uint32_t qcur, const model::Durations& timed) {
  Object& known = object(key);
  const bool fresh = known.seen == 0;
  known.seen = second_ + 1;
  const Counts before = std::exchange(known.counts, counts);
  Figures figures;
  figures.scur = scur;
  figures.qcur = qcur;
  add_quantiles(figures, timed);
  const double seconds = static_cast<double>(view_.now_ms() - sampled_ms_) / 1000.0;
  if (!fresh && seconds > 0) {
    figures.req_rate =
        static_cast<float>(static_cast<double>(since(counts.requests, before.requests)) / seconds);
    const auto rate = [seconds](std::uint64_t now, std::uint64_t then) {
      return narrowed(static_cast<double>(since(now, then)) / seconds);
    };
    figures.hrsp_4xx = rate(counts.r4xx, before.r4xx);
    figures.hrsp_5xx = rate(counts.r5xx, before.r5xx);
    figures.errors = rate(counts.errors, before.errors);
  }
  known.series.put(second_, figures);
  if (known.figures == figures) return;
  known.figures = figures;
  Json row = figure_row(figures);
  row.insert(row.begin(), key);
  const std::string text = dump(row);
  const auto add = [&text](std::string& rows) {
    if (!rows.empty()) rows += ',';
    rows += text;
  };
  add(rows_);
  if (key[0] != 's') add(proxy_rows_);
}

void ApiModel::walk_servers(const stats::Source& source, model::Durations& of_backend,
                            std::vector<std::string>& changed) {
  for (const stats::ServerSource& server : source.servers) {
    const model::ServerLive& live = *server.live;
    const std::string key = server_key(source.config->name, live.name());
    const auto& counters = live.counters;
    Object& known = object(key);
    model::Durations timed;
    if (known.latency.take(counters, timed)) of_backend.add(timed);
    sample(key,
           {requests_of(live, source.config->is_http()), counters.sum(Counter::Responses4xx),
            counters.sum(Counter::Responses5xx),
            counters.sum(Counter::ConnectionErrors) + counters.sum(Counter::ResponseErrors)},
           live.sessions.value(), live.queued.value(), timed);
    const std::uint64_t print = fingerprint(live);
    if (known.print != 0 && known.print != print) changed.push_back(key);
    if (known.print == 0) known.settings = settings_print(live);
    known.print = print;
    if (known.status.empty())
      known.status = server_object(source, server, {view_.now_ms(), 0}, clock_)["status"];
  }
}

/// A backend's requests are those of its servers, and those that reached none.
void ApiModel::walk_backend(const stats::Source& source, std::vector<std::string>& changed) {
  const auto& live = *source.backend;
  const std::string key = backend_key(live.name());
  model::Durations timed;
  object(key).latency.take(live.counters, timed);
  walk_servers(source, timed, changed);
  sample(
      key,
      {requests_of(live, source.config->is_http()), live.counters.sum(Counter::Responses4xx),
       live.counters.sum(Counter::Responses5xx),
       live.counters.sum(Counter::ConnectionErrors) + live.counters.sum(Counter::ResponseErrors)},
      live.sessions.value(), live.queued.value(), timed);
}

void ApiModel::walk(const Picture& picture) {
  std::vector<std::string> changed;
  for (const stats::Source& source : picture.sources) {
    if (source.frontend != nullptr) {
      const auto& live = *source.frontend;
      const std::string key = frontend_key(live.name());
      model::Durations timed;
      object(key).latency.take(live.counters, timed);
      sample(key,
             {requests_of(live, source.config->is_http()), live.counters.sum(Counter::Responses4xx),
              live.counters.sum(Counter::Responses5xx), live.counters.sum(Counter::RequestErrors)},
             live.sessions.value(), 0, timed);
    }
    if (source.backend != nullptr && !source.config->is_stats_listener())
      walk_backend(source, changed);
  }
  for (const std::string& key : changed) touch(key);
}

/// Of a configuration that was replaced.
void ApiModel::forget_gone() {
  for (auto each = objects_.begin(); each != objects_.end();) {
    if (each->second.seen == second_ + 1) {
      ++each;
      continue;
    }
    events_.publish(each->first[0] == 's'   ? "server"
                    : each->first[0] == 'b' ? "backend"
                                            : "frontend",
                    dump({{"key", each->first}, {"deleted", true}}));
    each = objects_.erase(each);
  }
}

void ApiModel::second() {
  const Picture picture = take_picture(view_);
  const std::uint64_t now_ms = view_.now_ms();
  second_ = (now_ms - start_ms_ + 500) / 1000;
  rows_.clear();
  proxy_rows_.clear();
  walk(picture);
  sampled_ms_ = now_ms;
  forget_gone();
  const std::string at = std::to_string(first_second_s_ + static_cast<std::int64_t>(second_));
  const auto framed = [&at](const std::string& rows) {
    return "{\"at\":" + at + ",\"rows\":[" + rows + "]}";
  };
  settle();
  events_.publish_rates(framed(rows_), framed(proxy_rows_));
  events_.beat(now_ms);
}

}  // namespace sluice::admin
