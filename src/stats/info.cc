#include "stats/info.h"

#include <algorithm>
#include <cassert>
#include <cstdio>

#include "stats/json.h"

namespace sluice::stats {

using model::Counter;

namespace {

using P = const ProcessSample&;

template <class Number>
Value optional_u32(const std::optional<Number>& number) {
  return number ? u32(*number) : nothing();
}
template <class Number>
Value optional_u64(const std::optional<Number>& number) {
  return number ? u64(*number) : nothing();
}
/// A limit that cannot be set (HAProxy's 0, "none") or a thing that Sluice has none of.
Value zero(P) { return u32(0); }
Value zero64(P) { return u64(0); }
Value none(P) { return nothing(); }

std::string build_name(P p) { return "Sluice " + p.facts.version; }
Value description(P p) {
  return text(p.facts.description.empty() ? build_name(p) : p.facts.description);
}
Value last_reload_ok(P p) {
  return p.gauges.reloads.any ? u32(p.gauges.reloads.last_error.empty() ? 1 : 0) : nothing();
}
constexpr std::uint64_t kMiB = 1024U * 1024U;

constexpr InfoField kInfo[] = {
    {"Name", tag("POS"), "Product whose interfaces this process speaks",
     [](P) { return text("HAProxy"); }},
    {"Version", tag("POS"), "Version of Sluice", [](P p) { return text(p.facts.version); }},
    {"Release_date", tag("POS"), "Date of this version",
     [](P p) { return text(p.facts.release_date); }},
    {"Nbthread", tag("CGS"), "Worker threads (nbthread)", [](P p) { return u32(p.facts.threads); }},
    {"Nbproc", tag("CGS"), "Worker processes, always 1", [](P) { return u32(1); }},
    {"Process_num", tag("KGP"), "Number of this process, always 1", [](P) { return u32(1); }},
    {"Pid", tag("SGP"), "Process id", [](P p) { return u32(p.facts.pid); }},
    {"Uptime", tag("MDP"), "Time since the start, in words",
     [](P p) { return text(uptime_text(p.uptime_s())); }},
    {"Uptime_sec", tag("MDP"), "Seconds since the start", [](P p) { return u32(p.uptime_s()); }},
    {"Memmax_MB", tag("CLP"), "Limit of memory in MB, 0 for none", zero},
    {"PoolAlloc_MB", tag("MGP"), "MB of memory in pools",
     [](P p) { return u32(p.gauges.pool_allocated_bytes.value_or(0) / kMiB); }},
    {"PoolUsed_MB", tag("MGP"), "MB of pool memory in use",
     [](P p) { return u32(p.gauges.pool_used_bytes.value_or(0) / kMiB); }},
    {"PoolFailed", tag("MCP"), "Times that a pool was exhausted",
     [](P p) { return u32(p.gauges.pool_failures.value_or(0)); }},
    {"Ulimit-n", tag("CLP"), "Limit of file descriptors",
     [](P p) { return u32(p.facts.ulimit_n); }},
    {"Maxsock", tag("CLP"), "Limit of sockets", [](P p) { return u32(p.facts.max_sockets); }},
    {"Maxconn", tag("CLP"), "Limit of connections",
     [](P p) { return u32(p.gauges.max_connections); }},
    {"Hard_maxconn", tag("CLP"), "Highest limit of connections that may be set",
     [](P p) { return u32(p.facts.hard_max_connections); }},
    {"CurrConns", tag("MGP"), "Connections now", [](P p) { return u32(p.gauges.connections); }},
    {"CumConns", tag("MCP"), "Connections since the start",
     [](P p) { return u32(p.gauges.connections_total); }},
    {"CumReq", tag("MCP"), "Requests since the start",
     [](P p) { return u32(p.gauges.requests_total); }},
    {"MaxSslConns", tag("MMP"), "Limit of TLS connections, 0 for none", zero},
    {"CurrSslConns", tag("MGP"), "TLS connections now",
     [](P p) { return u32(p.gauges.tls_connections.value_or(0)); }},
    {"CumSslConns", tag("MCP"), "TLS connections since the start",
     [](P p) { return u32(p.gauges.tls_connections_total.value_or(0)); }},
    {"Maxpipes", tag("CLP"), "Limit of pipes for splicing, 0 for none", zero},
    {"PipesUsed", tag("MGP"), "Pipes at work", zero},
    {"PipesFree", tag("MGP"), "Pipes kept for later", zero},
    {"ConnRate", tag("MRP"), "Connections during the last second",
     [](P p) { return u32(p.gauges.connection_rate); }},
    {"ConnRateLimit", tag("CLP"), "Limit of ConnRate, 0 for none",
     [](P p) { return u32(p.facts.rate_limits.connections); }},
    {"MaxConnRate", tag("MMP"), "Most connections in a second",
     [](P p) { return u32(p.gauges.connection_rate_max); }},
    {"SessRate", tag("MRP"), "Sessions during the last second",
     [](P p) { return u32(p.gauges.session_rate); }},
    {"SessRateLimit", tag("CLP"), "Limit of SessRate, 0 for none",
     [](P p) { return u32(p.facts.rate_limits.sessions); }},
    {"MaxSessRate", tag("MRP"), "Most sessions in a second",
     [](P p) { return u32(p.gauges.session_rate_max); }},
    {"SslRate", tag("MRP"), "TLS connections during the last second",
     [](P p) { return u32(p.gauges.tls_rate.value_or(0)); }},
    {"SslRateLimit", tag("CLP"), "Limit of SslRate, 0 for none",
     [](P p) { return u32(p.facts.rate_limits.tls); }},
    {"MaxSslRate", tag("MMP"), "Most TLS connections in a second",
     [](P p) { return u32(p.gauges.tls_rate_max.value_or(0)); }},
    {"SslFrontendKeyRate", tag("MGP"), "TLS keys made for clients during the last second", none},
    {"SslFrontendMaxKeyRate", tag("MMP"), "Most TLS keys made for clients in a second", none},
    {"SslFrontendSessionReuse_pct", tag("MGP"), "Percentage of TLS sessions that were resumed",
     none},
    {"SslBackendKeyRate", tag("MRP"), "TLS keys made for servers during the last second", none},
    {"SslBackendMaxKeyRate", tag("MMP"), "Most TLS keys made for servers in a second", none},
    {"SslCacheLookups", tag("MCP"), "Lookups in the TLS session cache",
     [](P p) { return optional_u32(p.gauges.tls_cache_lookups); }},
    {"SslCacheMisses", tag("MCP"), "Lookups that found no TLS session",
     [](P p) { return optional_u32(p.gauges.tls_cache_misses); }},
    {"CompressBpsIn", tag("MRP"), "Bytes given to the compressor during the last second", zero},
    {"CompressBpsOut", tag("MRP"), "Bytes that it made of them", zero},
    {"CompressBpsRateLim", tag("CLP"), "Limit of CompressBpsOut, 0 for none", zero},
    {"ZlibMemUsage", tag("MGP"), "Memory that the compressor uses", none},
    {"MaxZlibMemUsage", tag("CLP"), "Limit of that memory", none},
    {"Tasks", tag("MGP"), "What the threads look after: connections and listeners",
     [](P p) { return u32(p.gauges.connections + p.gauges.listeners); }},
    {"Run_queue", tag("MGP"), "Tasks that wait for a thread: none, events are served as they come",
     zero},
    {"Idle_pct", tag("MaP"), "Percentage of time that the workers waited",
     [](P p) { return optional_u32(p.gauges.idle_percent); }},
    {"node", tag("COS"), "Name of the node", [](P p) { return text(p.facts.node); }},
    {"description", tag("COS"), "Description of the node", description},
    {"Stopping", tag("MGP"), "1 while the process is stopping",
     [](P p) { return u32(p.gauges.stopping ? 1 : 0); }},
    {"Jobs", tag("MGP"), "Connections and listeners at work",
     [](P p) { return u32(p.gauges.jobs.value_or(p.gauges.connections + p.gauges.listeners)); }},
    {"Unstoppable Jobs", tag("MGP"), "Jobs that a soft stop does not wait for", zero},
    {"Listeners", tag("MGP"), "Listening sockets", [](P p) { return u32(p.gauges.listeners); }},
    {"ActivePeers", tag("MGP"), "Peers that are synchronised", zero},
    {"ConnectedPeers", tag("MGP"), "Peers that are connected", zero},
    {"DroppedLogs", tag("MCP"), "Log lines that could not be sent",
     [](P p) { return optional_u32(p.gauges.dropped_logs); }},
    {"BusyPolling", tag("MGP"), "1 while busy polling is on", zero},
    {"FailedResolutions", tag("MCP"), "Names that could not be resolved",
     [](P p) { return optional_u32(p.gauges.failed_resolutions); }},
    {"TotalBytesOut", tag("MCP"), "Bytes sent to clients",
     [](P p) { return u64(p.gauges.bytes_out_total); }},
    {"TotalSplicdedBytesOut", tag("MCP"), "Bytes sent through a pipe", zero64},
    {"BytesOutRate", tag("MRP"), "Bytes sent to clients during the last second",
     [](P p) { return optional_u64(p.gauges.bytes_out_rate); }},
    {"DebugCommandsIssued", tag("MCP"), "Debug commands that were given", zero},
    {"CumRecvLogs", tag("MCP"), "Log lines received to be forwarded", zero},
    {"Build info", tag("POS"), "Name and version of this program",
     [](P p) { return text(build_name(p)); }},
    {"Memmax_bytes", tag("CLP"), "Limit of memory in bytes, 0 for none", zero},
    {"PoolAlloc_bytes", tag("MGP"), "Bytes of memory in pools",
     [](P p) { return optional_u64(p.gauges.pool_allocated_bytes); }},
    {"PoolUsed_bytes", tag("MGP"), "Bytes of pool memory in use",
     [](P p) { return optional_u64(p.gauges.pool_used_bytes); }},
    {"Start_time_sec", tag("MDP"), "When the process started, in seconds since the epoch",
     [](P p) {
       return u32(static_cast<std::uint64_t>(std::max<std::int64_t>(0, p.facts.start_wall_s)));
     }},
    {"Tainted", tag("SGP"), "Experimental features in use", [](P) { return text("0"); }},
    {"Reloads", tag("MCP"), "Times that the configuration was read again and taken",
     [](P p) { return u64(p.gauges.reloads.done); }},
    {"ReloadsFailed", tag("MCP"), "Times that it was read again and refused",
     [](P p) { return u64(p.gauges.reloads.failed); }},
    {"Generations", tag("MGP"),
     "Configurations that some request still holds, with the one in force",
     [](P p) { return u32(p.gauges.reloads.generations); }},
    {"WorkersRunning", tag("MGP"), "Worker threads, with those that only finish what they have",
     [](P p) { return u32(p.gauges.reloads.threads); }},
    {"LastReload_ok", tag("MGP"), "Whether the last reload was taken, 1 or 0", last_reload_ok},
    {"LastReload_sec", tag("MDP"), "When that was, in seconds since the epoch",
     [](P p) {
       return p.gauges.reloads.any ? u64(static_cast<std::uint64_t>(p.gauges.reloads.last_wall_s))
                                   : nothing();
     }},
    {"LastReload_ms", tag("MDP"), "How long it took, in milliseconds",
     [](P p) { return p.gauges.reloads.any ? u64(p.gauges.reloads.last_ms) : nothing(); }},
    {"LastReload_error", tag("MOP"), "Why it was refused",
     [](P p) {
       return p.gauges.reloads.last_error.empty() ? nothing() : text(p.gauges.reloads.last_error);
     }},
};

/// The plain form keeps to one line per row, whatever a description holds.
void append_one_line(std::string& out, const Value& value) {
  const std::size_t from = out.size();
  append_plain(out, value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

}  // namespace

std::span<const InfoField> info_fields() { return kInfo; }

std::size_t info_index(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kInfo); ++i) {
    if (kInfo[i].name == name) return i;
  }
  assert(false && "no such row");
  return 0;
}

void add_frontend(ProcessGauges& gauges, const Source& source, std::uint64_t now_ms) {
  if (source.frontend == nullptr) return;
  const model::FrontendLive& live = *source.frontend;
  gauges.connections_total += live.counters.sum(Counter::Connections);
  gauges.requests_total += live.counters.sum(Counter::Requests);
  gauges.bytes_out_total += live.counters.sum(Counter::BytesOut);
  gauges.connections += live.sessions.value();
  gauges.connection_rate += live.connection_rate.read(now_ms);
  gauges.session_rate += live.session_rate.read(now_ms);
  // The frontends' maxima need not fall in one second: their largest is what surely happened.
  gauges.connection_rate_max = std::max(gauges.connection_rate_max, live.connection_rate.max());
  gauges.session_rate_max = std::max(gauges.session_rate_max, live.session_rate.max());
  if (live.enabled.load(std::memory_order_relaxed)) {
    gauges.listeners += static_cast<std::uint32_t>(source.config->binds.size());
  }
}

std::string uptime_text(std::uint64_t seconds) {
  char out[64];
  const int length = std::snprintf(out, sizeof out, "%llud %lluh%02llum%02llus",
                                   static_cast<unsigned long long>(seconds / 86'400),
                                   static_cast<unsigned long long>(seconds % 86'400 / 3'600),
                                   static_cast<unsigned long long>(seconds % 3'600 / 60),
                                   static_cast<unsigned long long>(seconds % 60));
  return std::string(out, static_cast<std::size_t>(length));
}

std::string info_text(const ProcessSample& sample, Descriptions descriptions) {
  std::string out;
  for (const InfoField& field : kInfo) {
    const Value value = field.value(sample);
    if (value.empty()) continue;
    out += field.name;
    out += ": ";
    append_one_line(out, value);
    if (descriptions == Descriptions::With) {
      out += ":\"";
      out += field.description;
      out += '"';
    }
    out += '\n';
  }
  return out;
}

std::string info_typed(const ProcessSample& sample, Descriptions descriptions) {
  std::string out;
  std::size_t position = 0;
  for (const InfoField& field : kInfo) {
    const Value value = field.value(sample);
    if (!value.empty()) {
      out += std::to_string(position);
      out += '.';
      out += field.name;
      out += ".1";
      append_typed_tail(
          out, field.tag, value,
          descriptions == Descriptions::With ? field.description : std::string_view{});
    }
    ++position;
  }
  return out;
}

std::string info_json(const ProcessSample& sample) {
  std::string out = "[";
  std::size_t position = 0;
  for (const InfoField& field : kInfo) {
    const Value value = field.value(sample);
    if (!value.empty()) {
      if (out.size() > 1) out += ',';
      out += '{';
      append_json_item_tail(out, position, field.name, field.tag, value);
    }
    ++position;
  }
  return out += "]";
}

}  // namespace sluice::stats
