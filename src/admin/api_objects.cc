#include "admin/api_objects.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "stats/collect.h"

namespace sluice::admin {

using model::Counter;

namespace {

Json or_null(std::uint64_t value) { return value != 0 ? Json(value) : Json(nullptr); }

void add_totals(Json& out, const stats::Sample& sample) {
  out["smax"] = sample.sessions_max;
  out["stot"] = sample.count(Counter::Sessions);
  out["req_tot"] = sample.count(Counter::Requests);
  out["bin"] = sample.count(Counter::BytesIn);
  out["bout"] = sample.count(Counter::BytesOut);
}

Json start_of(const stats::Source& source, std::string key) {
  Json out = {{"key", std::move(key)},
              {"pxname", source.config->name},
              {"mode", source.config->is_http() ? "http" : "tcp"}};
  if (!source.config->description.empty()) out["desc"] = source.config->description;
  return out;
}

/// Backends that a frontend's rules name; a name that is composed per request is left out.
Json backends_of(const model::Proxy& proxy) {
  std::vector<std::string> names;
  if (proxy.is_backend()) names.push_back(proxy.name);
  if (!proxy.default_backend.empty()) names.push_back(proxy.default_backend);
  for (const model::UseBackend& use : proxy.use_backends) {
    if (use.backend.text.find('%') == std::string::npos) names.push_back(use.backend.text);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Json sides_of(const model::Proxy& proxy) {
  Json legacy = Json::array();
  Json fresh = Json::array();
  for (const model::Server& server : proxy.servers) {
    if (server.role == model::ServerRole::Legacy) legacy.push_back(server.name);
    if (server.role == model::ServerRole::New) fresh.push_back(server.name);
  }
  if (legacy.empty() && fresh.empty()) return nullptr;
  return {{"legacy", std::move(legacy)}, {"new", std::move(fresh)}};
}

Json report_object(const model::CheckReport& report, bool enabled) {
  const bool has_result =
      report.status != model::CheckStatus::Unknown && report.status != model::CheckStatus::Init;
  return {{"enabled", enabled},
          {"check_status", model::code_of(report.status)},
          {"check_code", has_result ? or_null(report.code) : Json(nullptr)},
          {"check_duration", has_result && report.timed ? Json(report.duration_ms) : Json(nullptr)},
          {"check_desc", model::description_of(report.status)},
          {"last_chk", report.detail}};
}

Json check_object(const model::Server& config, const model::ServerLive& live) {
  if (!config.check.enabled) return nullptr;
  Json out = report_object(live.history.last_check, live.check_enabled);
  out["check_rise"] = live.rise.load(std::memory_order_relaxed);
  out["check_fall"] = live.fall.load(std::memory_order_relaxed);
  out["check_health"] = live.state().health;
  return out;
}

std::string_view to_text(model::OperState oper) {
  switch (oper) {
    case model::OperState::Up:
      return "up";
    case model::OperState::NoLb:
      return "nolb";
    case model::OperState::Down:
      return "down";
  }
  return "down";
}

Json role_of(const model::Server& server) {
  switch (server.role) {
    case model::ServerRole::Legacy:
      return "legacy";
    case model::ServerRole::New:
      return "new";
    case model::ServerRole::None:
      return nullptr;
  }
  return nullptr;
}

void add_state(Json& out, const stats::Sample& sample, const model::ServerLive& live,
               const WallClock& clock) {
  out["status"] = sample.status;
  out["admin"] = model::to_text(sample.word.admin);
  out["oper"] = to_text(sample.word.oper);
  // The share that counts while it warms up is told apart, as throttle.
  out["weight"] = sample.word.weight;
  out["uweight"] = sample.word.weight;
  out["iweight"] = live.initial_weight.load(std::memory_order_relaxed);
  constexpr std::uint32_t kFull = model::ServerLive::kFullShare;
  if (sample.warm_share != kFull) out["throttle"] = (100 * sample.warm_share + kFull - 1) / kFull;
  out["since"] = clock.at_ms(live.history.last_change_ms);
}

}  // namespace

double WallClock::seconds(std::int64_t wall_us) {
  return static_cast<double>(wall_us / 1000) / 1000.0;
}

double WallClock::at_ms(std::uint64_t monotonic_ms) const {
  return seconds(static_cast<std::int64_t>(monotonic_ms) * 1000 + offset_us);
}

std::string frontend_key(std::string_view name) { return "f:" + std::string(name); }
std::string backend_key(std::string_view name) { return "b:" + std::string(name); }
std::string server_key(std::string_view backend, std::string_view server) {
  return "s:" + std::string(backend) + "/" + std::string(server);
}

Json frontend_object(const stats::Source& source, const stats::Moment& moment) {
  const stats::Sample sample = stats::collect_frontend(source, moment);
  Json out = start_of(source, frontend_key(source.config->name));
  const bool full = sample.limit != 0 && sample.sessions >= sample.limit;
  out["status"] = sample.status == "OPEN" && full ? "FULL" : sample.status;
  out["slim"] = sample.limit;
  add_totals(out, sample);
  out["dreq"] = sample.count(Counter::DeniedRequests);
  out["ereq"] = sample.count(Counter::RequestErrors);
  out["backends"] = backends_of(*source.config);
  return out;
}

Json backend_object(const stats::Source& source, const stats::Moment& moment,
                    const WallClock& clock) {
  const stats::Sample sample = stats::collect_backend(source, moment);
  Json out = start_of(source, backend_key(source.config->name));
  out["status"] = sample.status;
  out["algo"] = source.config->balance.name();
  out["slim"] = sample.limit;
  out["qmax"] = sample.queued_max;
  add_totals(out, sample);
  out["act"] = sample.active;
  out["bck"] = sample.backup;
  out["weight"] = sample.weight;
  out["since"] = clock.at_ms(source.backend->history.last_change_ms);
  if (!sample.cookie.empty()) out["cookie"] = sample.cookie;
  out["sides"] = sides_of(*source.config);
  return out;
}

Json server_object(const stats::Source& source, const stats::ServerSource& server,
                   const stats::Moment& moment, const WallClock& clock) {
  const stats::Sample sample = stats::collect_server(source, server, moment);
  const model::ServerLive& live = *server.live;
  const std::string& backend = source.config->name;
  Json out = {{"key", server_key(backend, live.name())},
              {"pxname", backend},
              {"svname", live.name()},
              {"addr", sample.address},
              {"role", role_of(*server.config)},
              {"backup", live.backup.load(std::memory_order_relaxed)}};
  if (!sample.cookie.empty()) out["cookie"] = sample.cookie;
  if (!sample.tracked.empty()) out["tracked"] = sample.tracked;
  add_state(out, sample, live, clock);
  out["slim"] = or_null(sample.limit);
  out["qlimit"] = or_null(server.config->maxqueue);
  add_totals(out, sample);
  out["econ"] = sample.count(Counter::ConnectionErrors);
  out["eresp"] = sample.count(Counter::ResponseErrors);
  out["wretr"] = sample.count(Counter::Retries);
  out["wredis"] = sample.count(Counter::Redispatches);
  out["chkfail"] = live.history.checks_failed;
  out["chkdown"] = sample.downs;
  out["downtime"] = sample.down_s;
  out["check"] = check_object(*server.config, live);
  out["agent"] = server.config->agent.enabled
                     ? report_object(live.history.last_agent, live.agent_enabled)
                     : Json(nullptr);
  out["drain"] = nullptr;
  out["dynamic"] = server.config->added;
  return out;
}

Json process_object(const Picture& picture, const std::string& classic) {
  const stats::ProcessFacts& facts = picture.process.facts;
  const stats::ProcessGauges& gauges = picture.process.gauges;
  return {{"name", "Sluice"},
          {"version", facts.version},
          {"node", facts.node},
          {"description", facts.description},
          {"pid", facts.pid},
          {"started", facts.start_wall_s},
          {"nbthread", facts.threads},
          {"maxconn", gauges.max_connections},
          {"curr_conns", gauges.connections},
          {"stopping", gauges.stopping},
          {"classic", classic.empty() ? Json(nullptr) : Json(classic)}};
}

namespace {

void mix(std::uint64_t& sum, std::uint64_t value) { sum = (sum ^ value) * 0x9E3779B97F4A7C15ULL; }

}  // namespace

std::uint64_t settings_print(const model::ServerLive& server) {
  model::ServerStateWord state = server.state();
  state.health = 0;
  state.checked = false;
  std::uint64_t sum = state.pack();
  mix(sum, server.address_generation());
  mix(sum, server.limiter.full_max());
  mix(sum, server.check_enabled ? 1 : 2);
  mix(sum, server.agent_enabled ? 1 : 2);
  return sum;
}

std::uint64_t fingerprint(const model::ServerLive& server) {
  const model::ServerHistory& history = server.history;
  std::uint64_t sum = settings_print(server);
  mix(sum, server.state().pack());
  for (const model::CheckReport* report : {&history.last_check, &history.last_agent}) {
    mix(sum, static_cast<std::uint64_t>(report->status) << 16 | report->code);
    mix(sum, std::hash<std::string>{}(report->detail));
  }
  mix(sum, server.warm_share.load(std::memory_order_relaxed));
  return sum;
}

}  // namespace sluice::admin
