#include "stats/fields.h"

#include <cassert>

namespace sluice::stats {

using model::CheckStatus;
using model::Counter;
using model::TimePart;

namespace {

using S = const Sample&;

template <Counter counter>
Value count(S s) {
  return u64(s.count(counter));
}
/// A counter that only HTTP proxies show.
template <Counter counter>
Value http_count(S s) {
  return s.is_http() ? u64(s.count(counter)) : nothing();
}
/// What Sluice does not do yet, so that its count is truly zero.
Value http_zero(S s) { return s.is_http() ? u64(0) : nothing(); }
Value none(S) { return nothing(); }

/// Of the latest requests, in milliseconds.
template <TimePart part>
Value average(S s) {
  return u32(s.recent.mean_ms(part));
}
template <TimePart part>
Value longest(S s) {
  return u32(s.recent.max_ms(part));
}

const model::CheckReport& check(S s) { return s.server_live->history.last_check; }
bool has_result(S s) {
  return s.checks_shown && check(s).status != CheckStatus::Unknown &&
         check(s).status != CheckStatus::Init;
}
bool has_code(CheckStatus status) {
  return status == CheckStatus::L7Ok || status == CheckStatus::L7OkConditional ||
         status == CheckStatus::L7Status;
}

bool has_agent(S s) { return s.is(ObjectKind::Server) && s.server_live->agent_enabled; }
const model::CheckReport& agent(S s) { return s.server_live->history.last_agent; }
Value agent_status(S s) {
  if (!has_agent(s)) return nothing();
  std::string out = s.server_live->history.agent_running ? "* " : "";
  return text(out += model::code_of(agent(s).status));
}
Value agent_duration(S s) {
  const bool asked = has_agent(s) && agent(s).status != CheckStatus::Unknown &&
                     agent(s).status != CheckStatus::Init;
  return asked ? u64(agent(s).duration_ms) : nothing();
}
Value agent_description(S s) {
  return has_agent(s) ? text(model::description_of(agent(s).status)) : nothing();
}
Value last_agent(S s) { return has_agent(s) ? text(agent(s).detail) : nothing(); }

Value check_status(S s) {
  if (!s.checks_shown) return nothing();
  std::string out = s.server_live->history.check_running ? "* " : "";
  return text(out += model::code_of(check(s).status));
}
Value check_code(S s) {
  return has_result(s) && has_code(check(s).status) ? u32(check(s).code) : nothing();
}
Value check_duration(S s) { return has_result(s) ? u64(check(s).duration_ms) : nothing(); }
Value check_description(S s) {
  return s.checks_shown ? text(model::description_of(check(s).status)) : nothing();
}
Value last_check(S s) { return s.checks_shown ? text(check(s).detail) : nothing(); }

Value limit(S s) { return s.is(ObjectKind::Server) && s.limit == 0 ? nothing() : u32(s.limit); }
Value throttle(S s) {
  constexpr std::uint32_t kFull = model::ServerLive::kFullShare;
  return s.warm_share == kFull ? nothing() : u32((100 * s.warm_share + kFull - 1) / kFull);
}
Value weight(S s) { return u32(s.weight); }
/// Servers that are not checked have no failures to tell of; a backend counts its own downs.
Value downs(S s) {
  return s.is(ObjectKind::Server) && !s.server_live->check_enabled ? nothing() : u64(s.downs);
}
Value downtime(S s) {
  if (s.is(ObjectKind::Server) && !s.server_live->check_enabled) return nothing();
  if (s.is(ObjectKind::Backend) && !s.has_servers) return nothing();
  return u32(s.down_s);
}
Value queue_limit(S s) { return s.server->maxqueue != 0 ? u32(s.server->maxqueue) : nothing(); }
Value mode(S s) { return text(s.is_http() ? "http" : "tcp"); }
Value algorithm(S s) { return s.legends ? text(s.proxy->balance.name()) : nothing(); }
Value address(S s) { return s.legends && !s.address.empty() ? text(s.address) : nothing(); }
Value cookie(S s) { return s.legends && !s.cookie.empty() ? text(s.cookie) : nothing(); }
Value idle_limit(S s) {
  return s.server->pool_max_conn ? u32(*s.server->pool_max_conn) : nothing();
}

// Columns: name, objects, tag, description, value[, tag of a backend].
constexpr Field kFields[] = {
    {"pxname", kF | kB | kS | kL, tag("KNS"), "Name of the proxy",
     [](S s) { return text(s.proxy->name); }},
    {"svname", kF | kB | kS | kL, tag("KNS"),
     "Name of the server or listener, or FRONTEND, BACKEND",
     [](S s) { return text(s.object_name()); }},
    {"qcur", kB | kS, tag("MGP"), "Requests waiting in the queue now",
     [](S s) { return u32(s.queued); }},
    {"qmax", kB | kS, tag("MMP"), "Most requests seen waiting at once",
     [](S s) { return u32(s.queued_max); }},
    {"scur", kF | kB | kS | kL, tag("MGP"), "Sessions now", [](S s) { return u32(s.sessions); }},
    {"smax", kF | kB | kS | kL, tag("MMP"), "Most sessions seen at once",
     [](S s) { return u32(s.sessions_max); }},
    {"slim", kF | kB | kS | kL, tag("CLP"), "Limit of sessions: maxconn, for a backend fullconn",
     limit},
    {"stot", kF | kB | kS | kL, tag("MCP"), "Sessions since the start", count<Counter::Sessions>},
    {"bin", kF | kB | kS | kL, tag("MCP"), "Bytes of requests since the start",
     count<Counter::BytesIn>},
    {"bout", kF | kB | kS | kL, tag("MCP"), "Bytes of responses since the start",
     count<Counter::BytesOut>},
    {"dreq", kF | kB | kL, tag("MCP"), "Requests denied by rules", count<Counter::DeniedRequests>},
    {"dresp", kF | kB | kS | kL, tag("MCP"), "Responses denied by rules",
     count<Counter::DeniedResponses>},
    {"ereq", kF | kL, tag("MCP"), "Requests that were malformed, late or broken off",
     count<Counter::RequestErrors>},
    {"econ", kB | kS, tag("MCP"), "Connections to servers that failed",
     count<Counter::ConnectionErrors>},
    {"eresp", kB | kS, tag("MCP"), "Responses that were malformed or broken off",
     count<Counter::ResponseErrors>},
    {"wretr", kB | kS, tag("MCP"), "Retries of a connection to a server", count<Counter::Retries>},
    {"wredis", kB | kS, tag("MCP"), "Requests sent to another server after failed connections",
     count<Counter::Redispatches>},
    {"status", kF | kB | kS | kL, tag("SGP"), "State of the object",
     [](S s) { return text(s.status); }},
    {"weight", kB | kS, tag("MaP"),
     "Effective weight, for a backend the sum of its usable servers'", weight},
    {"act", kB | kS, tag("SGP"), "1 for an active server; a backend's usable active servers",
     [](S s) { return u32(s.active); }, tag("MGP")},
    {"bck", kB | kS, tag("SGP"), "1 for a backup server; a backend's usable backup servers",
     [](S s) { return u32(s.backup); }, tag("MGP")},
    {"chkfail", kS, tag("MCP"), "Checks that failed while the server was up",
     [](S s) {
       return s.server_live->check_enabled ? u64(s.server_live->history.checks_failed) : nothing();
     }},
    {"chkdown", kB | kS, tag("MCP"), "Changes from UP to DOWN", downs},
    {"lastchg", kB | kS, tag("MAP"), "Seconds since the state last changed",
     [](S s) { return u32(s.last_change_s); }},
    {"downtime", kB | kS, tag("MCP"), "Seconds spent DOWN", downtime},
    {"qlimit", kS, tag("CLS"), "Limit of the server's own queue (maxqueue)", queue_limit},
    {"pid", kF | kB | kS | kL, tag("KGP"), "Relative process number, always 1",
     [](S) { return u32(1); }},
    {"iid", kF | kB | kS | kL, tag("KGS"), "Number of the proxy", [](S s) { return u32(s.iid); }},
    {"sid", kF | kB | kS | kL, tag("KGS"), "Number of the server or listener",
     [](S s) { return u32(s.sid); }},
    {"throttle", kS, tag("MGP"), "Percentage of its weight that a starting server has", throttle},
    {"lbtot", kB | kS, tag("MCP"), "Requests that balancing sent here",
     count<Counter::LoadBalanced>},
    {"tracked", kS, tag("CNS"), "The server whose state this one follows",
     [](S s) { return s.tracked.empty() ? nothing() : text(s.tracked); }},
    {"type", kF | kB | kS | kL, tag("CGS"), "0 frontend, 1 backend, 2 server, 3 listener",
     [](S s) { return u32(static_cast<std::uint64_t>(s.kind)); }},
    {"rate", kF | kB | kS, tag("MRP"), "Sessions during the last second",
     [](S s) { return u32(s.session_rate); }, tag("MGP")},
    {"rate_lim", kF, tag("CLP"), "Limit of new sessions per second, 0 for none",
     [](S s) { return u32(s.proxy->session_rate_limit); }},
    {"rate_max", kF | kB | kS, tag("MMP"), "Most sessions seen in a second",
     [](S s) { return u32(s.session_rate_max); }, tag("MGP")},
    {"check_status", kS, tag("MOP"),
     "Result of the latest health check, after an asterisk while one runs", check_status},
    {"check_code", kS, tag("MOP"), "Status code that the latest check received", check_code},
    {"check_duration", kS, tag("MDP"), "Milliseconds that the latest check took", check_duration},
    {"hrsp_1xx", kF | kB | kS, tag("MCP"), "HTTP responses with status 100 to 199",
     http_count<Counter::Responses1xx>},
    {"hrsp_2xx", kF | kB | kS, tag("MCP"), "HTTP responses with status 200 to 299",
     http_count<Counter::Responses2xx>},
    {"hrsp_3xx", kF | kB | kS, tag("MCP"), "HTTP responses with status 300 to 399",
     http_count<Counter::Responses3xx>},
    {"hrsp_4xx", kF | kB | kS, tag("MCP"), "HTTP responses with status 400 to 499",
     http_count<Counter::Responses4xx>},
    {"hrsp_5xx", kF | kB | kS, tag("MCP"), "HTTP responses with status 500 to 599",
     http_count<Counter::Responses5xx>},
    {"hrsp_other", kF | kB | kS, tag("MCP"), "HTTP responses with any other status",
     http_count<Counter::ResponsesOther>},
    {"hanafail", kS, tag("MCP"), "Failures that live traffic showed",
     [](S s) {
       const bool observed = s.server->observe != model::Observe::None;
       return s.server_live->check_enabled && observed ? u64(s.server_live->history.errors_observed)
                                                       : nothing();
     }},
    {"req_rate", kF, tag("MRP"), "HTTP requests during the last second",
     [](S s) { return s.is_http() ? u32(s.request_rate) : nothing(); }},
    {"req_rate_max", kF, tag("MMP"), "Most HTTP requests seen in a second",
     [](S s) { return s.is_http() ? u32(s.request_rate_max) : nothing(); }},
    {"req_tot", kF | kB | kS, tag("MCP"), "HTTP requests", http_count<Counter::Requests>},
    {"cli_abrt", kB | kS, tag("MCP"), "Transfers that the client broke off",
     count<Counter::ClientAborts>},
    {"srv_abrt", kB | kS, tag("MCP"), "Transfers that the server broke off",
     count<Counter::ServerAborts>},
    {"comp_in", kF | kB, tag("MCP"), "Bytes given to the compressor", http_zero},
    {"comp_out", kF | kB, tag("MCP"), "Bytes that the compressor made of them", http_zero},
    {"comp_byp", kF | kB, tag("MCP"), "Bytes left uncompressed for want of resources", http_zero},
    {"comp_rsp", kF | kB, tag("MCP"), "Responses that were compressed", http_zero},
    {"lastsess", kB | kS, tag("MAP"), "Seconds since the last session came here, -1 for never",
     [](S s) { return s32(s.last_session_s); }},
    {"last_chk", kS, tag("MOP"), "What the latest check said", last_check},
    {"last_agt", kS, tag("MOP"), "What the latest agent check said", last_agent},
    {"qtime", kB | kS, tag("MaP"), "Mean milliseconds in the queue", average<TimePart::Queue>},
    {"ctime", kB | kS, tag("MaP"), "Mean milliseconds to connect", average<TimePart::Connect>},
    {"rtime", kB | kS, tag("MaP"), "Mean milliseconds to the response, 0 for tcp",
     average<TimePart::Response>},
    {"ttime", kB | kS, tag("MaP"), "Mean milliseconds of a whole exchange",
     average<TimePart::Total>},
    {"agent_status", kS, tag("MOP"), "Result of the latest agent check", agent_status},
    {"agent_code", kS, tag("MOP"), "Unused", none},
    {"agent_duration", kS, tag("MDP"), "Milliseconds that the latest agent check took",
     agent_duration},
    {"check_desc", kS, tag("MOP"), "The latest check's result in words", check_description},
    {"agent_desc", kS, tag("MOP"), "The latest agent check's result in words", agent_description},
    {"check_rise", kS, tag("CGS"), "Passed checks that make a server UP",
     [](S s) { return s.checks_shown ? u32(s.server_live->rise) : nothing(); }},
    {"check_fall", kS, tag("CGS"), "Failed checks that make a server DOWN",
     [](S s) { return s.checks_shown ? u32(s.server_live->fall) : nothing(); }},
    {"check_health", kS, tag("CGS"), "Health by checks, from 0 to rise + fall - 1",
     [](S s) { return s.checks_shown ? u32(s.word.health) : nothing(); }},
    {"agent_rise", kS, tag("CGS"), "Passed agent checks that make a server UP",
     [](S s) { return has_agent(s) ? u32(1) : nothing(); }},
    {"agent_fall", kS, tag("CGS"), "Failed agent checks that make a server DOWN",
     [](S s) { return has_agent(s) ? u32(1) : nothing(); }},
    {"agent_health", kS, tag("CGS"), "Health by agent checks",
     [](S s) { return has_agent(s) ? u32(s.word.agent_down ? 0 : 1) : nothing(); }},
    {"addr", kS | kL, tag("CGS"), "Address and port", address},
    {"cookie", kB | kS, tag("CNS"), "The server's cookie value, or the backend's cookie", cookie},
    {"mode", kF | kB | kS | kL, tag("CGS"), "tcp or http", mode},
    {"algo", kB, tag("CGS"), "Balancing algorithm", algorithm},
    {"conn_rate", kF, tag("MRP"), "Connections during the last second",
     [](S s) { return u32(s.connection_rate); }},
    {"conn_rate_max", kF, tag("MMP"), "Most connections seen in a second",
     [](S s) { return u32(s.connection_rate_max); }},
    {"conn_tot", kF, tag("MCP"), "Connections accepted", count<Counter::Connections>},
    {"intercepted", kF, tag("MCP"), "Requests answered by the proxy itself",
     http_count<Counter::Intercepted>},
    {"dcon", kF | kL, tag("MCP"), "Connections refused by tcp-request connection rules",
     count<Counter::DeniedConnections>},
    {"dses", kF | kL, tag("MCP"), "Sessions refused by tcp-request session rules",
     count<Counter::DeniedSessions>},
    {"wrew", kF | kB | kS | kL, tag("MCP"), "Header rewrites that failed",
     count<Counter::FailedRewrites>},
    {"connect", kB | kS, tag("MCP"), "Attempts to connect to a server", count<Counter::Connects>},
    {"reuse", kB | kS, tag("MCP"), "Requests sent on an idle connection", count<Counter::Reuses>},
    {"cache_lookups", kF | kB, tag("MCP"), "Lookups in the cache", http_zero},
    {"cache_hits", kF | kB, tag("MCP"), "Lookups that found their object", http_zero},
    {"srv_icur", kS, tag("MGP"), "Idle connections kept for reuse",
     [](S s) { return u32(s.idle_connections); }},
    {"src_ilim", kS, tag("CLP"), "Limit of idle connections (pool-max-conn)", idle_limit},
    {"qtime_max", kB | kS, tag("MMP"), "Longest wait in the queue", longest<TimePart::Queue>},
    {"ctime_max", kB | kS, tag("MMP"), "Longest wait for a connection", longest<TimePart::Connect>},
    {"rtime_max", kB | kS, tag("MMP"), "Longest wait for a response", longest<TimePart::Response>},
    {"ttime_max", kB | kS, tag("MMP"), "Longest exchange", longest<TimePart::Total>},
    {"eint", kF | kB | kS | kL, tag("MCP"), "Errors inside the proxy",
     count<Counter::InternalErrors>},
    {"idle_conn_cur", kS, tag("MGP"), "Idle connections not proven safe for reuse",
     [](S) { return u32(0); }},
    {"safe_conn_cur", kS, tag("MGP"), "Idle connections that any request may reuse",
     [](S s) { return u32(s.idle_connections); }},
    {"used_conn_cur", kS, tag("MGP"), "Connections at work", [](S s) { return u32(s.sessions); }},
    {"need_conn_est", kS, tag("MGP"), "Connections that will be needed, estimated", none},
    {"uweight", kB | kS, tag("MaP"), "Weight as set, for a backend the sum of its usable servers'",
     [](S s) { return u32(s.user_weight); }},
    // The three aggregates are metrics by state (stats/metrics.cc); as one number they say how
    // many.
    {"agg_server_check_status", kB, tag("MGP"), "Servers per state (older name)",
     [](S) { return u32(0); }},
    {"agg_server_status", kB, tag("MGP"), "Servers per state", [](S) { return u32(0); }},
    {"agg_check_status", kB, tag("MGP"), "Servers per result of their latest check",
     [](S) { return u32(0); }},
    {"srid", kS, tag("KGS"), "Number of the server that is never used again",
     [](S s) { return u32(s.server_live->id()); }},
    {"sess_other", kF, tag("MCP"), "Sessions that are neither HTTP/1, 2 nor 3", none},
    {"h1sess", kF, tag("MCP"), "HTTP/1 sessions", none},
    {"h2sess", kF, tag("MCP"), "HTTP/2 sessions", none},
    {"h3sess", kF, tag("MCP"), "HTTP/3 sessions", none},
    {"req_other", kF, tag("MCP"), "Requests that are neither HTTP/1, 2 nor 3", none},
    {"h1req", kF, tag("MCP"), "HTTP/1 requests", none},
    {"h2req", kF, tag("MCP"), "HTTP/2 requests", none},
    {"h3req", kF, tag("MCP"), "HTTP/3 requests", none},
    {"proto", kL, tag("CNS"), "Protocol of the listener", none},
    {"priv_idle_cur", kS, tag("MGP"), "Idle connections private to one client", none},
    {"reqbin", kF | kL, tag("MCP"), "Bytes of requests received from clients",
     count<Counter::BytesIn>},
    {"reqbout", kB | kS, tag("MCP"), "Bytes of requests sent to servers", count<Counter::BytesIn>},
    {"resbin", kB | kS, tag("MCP"), "Bytes of responses received from servers",
     count<Counter::BytesOut>},
    {"resbout", kF | kL, tag("MCP"), "Bytes of responses sent to clients",
     count<Counter::BytesOut>},
    {"cache_hint_hits", kF | kB, tag("MCP"), "Lookups answered from the cache's hints", http_zero},
};

}  // namespace

std::span<const Field> fields() { return kFields; }

std::size_t field_index(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    if (kFields[i].name == name) return i;
  }
  assert(false && "no such field");
  return 0;
}

}  // namespace sluice::stats
