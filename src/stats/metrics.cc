#include "stats/metrics.h"

#include <array>

#include "stats/fields.h"

namespace sluice::stats {

namespace {

constexpr auto kCounter = MetricKind::Counter;
constexpr auto kGauge = MetricKind::Gauge;
constexpr auto kMs = MetricForm::Milliseconds;
constexpr auto kLeftOut = WhenEmpty::LeftOut;

constexpr MetricRow kRows[] = {
    {"current_queue", kB | kS, kGauge, "qcur"},
    {"max_queue", kB | kS, kGauge, "qmax"},
    {"current_sessions", kF | kB | kS | kL, kGauge, "scur"},
    {"max_sessions", kF | kB | kS | kL, kGauge, "smax"},
    {"limit_sessions", kF | kB | kS | kL, kGauge, "slim"},
    {"sessions_total", kF | kB | kS | kL, kCounter, "stot"},
    {"bytes_in_total", kF | kB | kS | kL, kCounter, "bin"},
    {"bytes_out_total", kF | kB | kS | kL, kCounter, "bout"},
    {"requests_denied_total", kF | kB | kL, kCounter, "dreq"},
    {"responses_denied_total", kF | kB | kS | kL, kCounter, "dresp"},
    {"request_errors_total", kF | kL, kCounter, "ereq"},
    {"connection_errors_total", kB | kS, kCounter, "econ"},
    {"response_errors_total", kB | kS, kCounter, "eresp"},
    {"retry_warnings_total", kB | kS, kCounter, "wretr"},
    {"redispatch_warnings_total", kB | kS, kCounter, "wredis"},
    {"status", kF | kB | kS | kL, kGauge, "status", MetricForm::State},
    {"weight", kB | kS, kGauge, "weight"},
    {"active_servers", kB, kGauge, "act"},
    {"backup_servers", kB, kGauge, "bck"},
    {"active", kS, kGauge, "act"},
    {"backup", kS, kGauge, "bck"},
    {"check_failures_total", kS, kCounter, "chkfail", MetricForm::Number, kLeftOut},
    {"check_up_down_total", kB | kS, kCounter, "chkdown", MetricForm::Number, kLeftOut},
    {"check_last_change_seconds", kB | kS, kGauge, "lastchg"},
    {"downtime_seconds_total", kB | kS, kCounter, "downtime"},
    {"queue_limit", kS, kGauge, "qlimit"},
    {"current_throttle", kS, kGauge, "throttle"},
    {"loadbalanced_total", kB | kS, kCounter, "lbtot"},
    {"limit_session_rate", kF, kGauge, "rate_lim"},
    {"max_session_rate", kF | kB | kS, kGauge, "rate_max"},
    {"check_status", kS, kGauge, "check_status", MetricForm::CheckState, kLeftOut},
    {"check_code", kS, kGauge, "check_code", MetricForm::Number, kLeftOut},
    {"check_duration_seconds", kS, kGauge, "check_duration", kMs, kLeftOut},
    {"agent_status", kS, kGauge, "agent_status", MetricForm::AgentState, kLeftOut},
    {"agent_code", kS, kGauge, "agent_code", MetricForm::Number, kLeftOut},
    {"agent_duration_seconds", kS, kGauge, "agent_duration", kMs, kLeftOut},
    {"http_responses_total", kF | kB | kS, kCounter, "hrsp_1xx", MetricForm::Code, kLeftOut},
    {"http_requests_rate_max", kF, kGauge, "req_rate_max", MetricForm::Number, kLeftOut},
    {"http_requests_total", kF | kB, kCounter, "req_tot", MetricForm::Number, kLeftOut},
    {"client_aborts_total", kB | kS, kCounter, "cli_abrt"},
    {"server_aborts_total", kB | kS, kCounter, "srv_abrt"},
    {"http_comp_bytes_in_total", kF | kB, kCounter, "comp_in", MetricForm::Number, kLeftOut},
    {"http_comp_bytes_out_total", kF | kB, kCounter, "comp_out", MetricForm::Number, kLeftOut},
    {"http_comp_bytes_bypassed_total", kF | kB, kCounter, "comp_byp", MetricForm::Number, kLeftOut},
    {"http_comp_responses_total", kF | kB, kCounter, "comp_rsp", MetricForm::Number, kLeftOut},
    {"last_session_seconds", kB | kS, kGauge, "lastsess"},
    {"queue_time_average_seconds", kB | kS, kGauge, "qtime", kMs},
    {"connect_time_average_seconds", kB | kS, kGauge, "ctime", kMs},
    {"response_time_average_seconds", kB | kS, kGauge, "rtime", kMs},
    {"total_time_average_seconds", kB | kS, kGauge, "ttime", kMs},
    {"connections_rate_max", kF, kGauge, "conn_rate_max"},
    {"connections_total", kF, kCounter, "conn_tot"},
    {"intercepted_requests_total", kF, kCounter, "intercepted", MetricForm::Number, kLeftOut},
    {"denied_connections_total", kF | kL, kCounter, "dcon"},
    {"denied_sessions_total", kF | kL, kCounter, "dses"},
    {"failed_header_rewriting_total", kF | kB | kS | kL, kCounter, "wrew"},
    {"connection_attempts_total", kB | kS, kCounter, "connect"},
    {"connection_reuses_total", kB | kS, kCounter, "reuse"},
    {"http_cache_lookups_total", kF | kB, kCounter, "cache_lookups", MetricForm::Number, kLeftOut},
    {"http_cache_hits_total", kF | kB, kCounter, "cache_hits", MetricForm::Number, kLeftOut},
    {"http_cache_hint_hits_total", kF | kB, kCounter, "cache_hint_hits", MetricForm::Number,
     kLeftOut},
    {"idle_connections_current", kS, kGauge, "srv_icur"},
    {"idle_connections_limit", kS, kGauge, "src_ilim"},
    {"max_queue_time_seconds", kB | kS, kGauge, "qtime_max", kMs},
    {"max_connect_time_seconds", kB | kS, kGauge, "ctime_max", kMs},
    {"max_response_time_seconds", kB | kS, kGauge, "rtime_max", kMs},
    {"max_total_time_seconds", kB | kS, kGauge, "ttime_max", kMs},
    {"internal_errors_total", kF | kB | kS | kL, kCounter, "eint"},
    {"unsafe_idle_connections_current", kS, kGauge, "idle_conn_cur"},
    {"safe_idle_connections_current", kS, kGauge, "safe_conn_cur"},
    {"used_connections_current", kS, kGauge, "used_conn_cur"},
    {"need_connections_current", kS, kGauge, "need_conn_est"},
    {"uweight", kB | kS, kGauge, "uweight"},
    {"agg_server_check_status", kB, kGauge, "agg_server_check_status", MetricForm::ServersByState},
    {"agg_server_status", kB, kGauge, "agg_server_status", MetricForm::ServersByState},
    {"agg_check_status", kB, kGauge, "agg_check_status", MetricForm::ServersByCheck},
};

constexpr ProcessMetricRow kProcessRows[] = {
    {"nbthread", kGauge, "Nbthread"},
    {"nbproc", kGauge, "Nbproc"},
    {"relative_process_id", kGauge, "Process_num"},
    {"uptime_seconds", kGauge, "Uptime_sec"},
    {"pool_failures_total", kCounter, "PoolFailed"},
    {"max_fds", kGauge, "Ulimit-n"},
    {"max_sockets", kGauge, "Maxsock"},
    {"max_connections", kGauge, "Maxconn"},
    {"hard_max_connections", kGauge, "Hard_maxconn"},
    {"current_connections", kGauge, "CurrConns"},
    {"connections_total", kCounter, "CumConns"},
    {"requests_total", kCounter, "CumReq"},
    {"max_ssl_connections", kGauge, "MaxSslConns"},
    {"current_ssl_connections", kGauge, "CurrSslConns"},
    {"ssl_connections_total", kCounter, "CumSslConns"},
    {"max_pipes", kGauge, "Maxpipes"},
    {"pipes_used_total", kCounter, "PipesUsed"},
    {"pipes_free_total", kCounter, "PipesFree"},
    {"current_connection_rate", kGauge, "ConnRate"},
    {"limit_connection_rate", kGauge, "ConnRateLimit"},
    {"max_connection_rate", kGauge, "MaxConnRate"},
    {"current_session_rate", kGauge, "SessRate"},
    {"limit_session_rate", kGauge, "SessRateLimit"},
    {"max_session_rate", kGauge, "MaxSessRate"},
    {"current_ssl_rate", kGauge, "SslRate"},
    {"limit_ssl_rate", kGauge, "SslRateLimit"},
    {"max_ssl_rate", kGauge, "MaxSslRate"},
    {"current_frontend_ssl_key_rate", kGauge, "SslFrontendKeyRate"},
    {"max_frontend_ssl_key_rate", kGauge, "SslFrontendMaxKeyRate"},
    {"frontend_ssl_reuse", kGauge, "SslFrontendSessionReuse_pct"},
    {"current_backend_ssl_key_rate", kGauge, "SslBackendKeyRate"},
    {"max_backend_ssl_key_rate", kGauge, "SslBackendMaxKeyRate"},
    {"ssl_cache_lookups_total", kCounter, "SslCacheLookups"},
    {"ssl_cache_misses_total", kCounter, "SslCacheMisses"},
    {"http_comp_bytes_in_total", kCounter, "CompressBpsIn"},
    {"http_comp_bytes_out_total", kCounter, "CompressBpsOut"},
    {"limit_http_comp", kGauge, "CompressBpsRateLim"},
    {"current_zlib_memory", kGauge, "ZlibMemUsage"},
    {"max_zlib_memory", kGauge, "MaxZlibMemUsage"},
    {"current_tasks", kGauge, "Tasks"},
    {"current_run_queue", kGauge, "Run_queue"},
    {"idle_time_percent", kGauge, "Idle_pct"},
    {"sluice_reloads_total", kCounter, "Reloads"},
    {"sluice_reloads_failed_total", kCounter, "ReloadsFailed"},
    {"sluice_configuration_generations", kGauge, "Generations"},
    {"sluice_workers_running", kGauge, "WorkersRunning"},
    {"sluice_last_reload_success", kGauge, "LastReload_ok", {}, kLeftOut},
    {"sluice_last_reload_timestamp_seconds", kGauge, "LastReload_sec", {}, kLeftOut},
    {"sluice_build_info", kGauge, "Version", "version"},
    {"node", kGauge, "node", "node"},
    {"description", kGauge, "description", "desc"},
    {"stopping", kGauge, "Stopping"},
    {"jobs", kGauge, "Jobs"},
    {"unstoppable_jobs", kGauge, "Unstoppable Jobs"},
    {"listeners", kGauge, "Listeners"},
    {"active_peers", kGauge, "ActivePeers"},
    {"connected_peers", kGauge, "ConnectedPeers"},
    {"dropped_logs_total", kCounter, "DroppedLogs"},
    {"busy_polling_enabled", kGauge, "BusyPolling"},
    {"failed_resolutions", kCounter, "FailedResolutions"},
    {"bytes_out_total", kCounter, "TotalBytesOut"},
    {"spliced_bytes_out_total", kCounter, "TotalSplicdedBytesOut"},
    {"bytes_out_rate", kGauge, "BytesOutRate"},
    {"recv_logs_total", kCounter, "CumRecvLogs"},
    {"build_info", kGauge, "Version", "version"},
    {"max_memory_bytes", kGauge, "Memmax_bytes"},
    {"pool_allocated_bytes", kGauge, "PoolAlloc_bytes"},
    {"pool_used_bytes", kGauge, "PoolUsed_bytes"},
    {"start_time_seconds", kGauge, "Start_time_sec"},
};

constexpr UsageMetricRow kUsageRows[] = {
    {"process_cpu_seconds_total", kCounter, &ProcessUsage::cpu_us, 6,
     "Processor time, user and system, in seconds"},
    {"process_start_time_seconds", kGauge, &ProcessUsage::start_s, 0,
     "When the process started, in seconds since the epoch"},
    {"process_resident_memory_bytes", kGauge, &ProcessUsage::resident_bytes, 0,
     "Memory that is in use"},
    {"process_virtual_memory_bytes", kGauge, &ProcessUsage::virtual_bytes, 0,
     "Addresses that are in use"},
    {"process_open_fds", kGauge, &ProcessUsage::open_fds, 0, "File descriptors that are open"},
    {"process_max_fds", kGauge, &ProcessUsage::max_fds, 0, "Limit of file descriptors"},
};

using Counts = model::NameServerCounts;
constexpr ResolverMetricRow kResolverRows[] = {
    {"sent", &Counts::sent, "Queries sent"},
    {"send_error", &Counts::send_errors, "Queries that could not be sent"},
    {"valid", &Counts::valid, "Answers that were valid"},
    {"update", &Counts::updates, "Answers that changed something"},
    {"cname", &Counts::aliases, "Answers that were an alias"},
    {"cname_error", &Counts::alias_errors, "Aliases that led nowhere"},
    {"any_err", &Counts::empty, "Answers without a record"},
    {"nx", &Counts::nx, "Answers that the name does not exist"},
    {"timeout", &Counts::timeouts, "Queries without an answer in time"},
    {"refused", &Counts::refused, "Queries that were refused"},
    {"other", &Counts::other, "Answers with any other error"},
    {"invalid", &Counts::invalid, "Answers that were malformed"},
    {"too_big", &Counts::too_big, "Answers that were too large"},
    {"truncated", &Counts::truncated, "Answers that were cut off"},
    {"outdated", &Counts::outdated, "Answers that came too late"},
};

}  // namespace

std::span<const MetricRow> metric_rows() {
  static const auto rows = [] {
    auto out = std::to_array(kRows);
    for (MetricRow& row : out) row.field_at = field_index(row.field);
    return out;
  }();
  return rows;
}
std::span<const UsageMetricRow> usage_metric_rows() { return kUsageRows; }
std::span<const ResolverMetricRow> resolver_metric_rows() { return kResolverRows; }

std::string_view help_of(const MetricRow& row) {
  return row.form == MetricForm::Code ? "HTTP responses by class of their status"
                                      : fields()[row.index()].description;
}

std::span<const ProcessMetricRow> process_metric_rows() { return kProcessRows; }

std::string_view scope_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::Frontend:
      return "frontend";
    case ObjectKind::Backend:
      return "backend";
    case ObjectKind::Server:
      return "server";
    case ObjectKind::Listener:
      return "listener";
  }
  return "";
}

std::string metric_name(ObjectKind kind, const MetricRow& row) {
  std::string name = "haproxy_";
  name += scope_of(kind);
  name += '_';
  return name += row.suffix;
}

std::string metric_name(const ProcessMetricRow& row) {
  if (row.suffix.starts_with("sluice_")) return std::string(row.suffix);  // none of HAProxy's
  std::string name = "haproxy_process_";
  return name += row.suffix;
}

}  // namespace sluice::stats
