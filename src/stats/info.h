// Information about the process: HAProxy's `show info` rows in HAProxy's order, from one table.
// Facts are fixed at start, gauges are asked for each time; a gauge that nobody measures stays
// empty and its row is left out, as HAProxy leaves out what was not compiled in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "stats/sample.h"
#include "stats/typed.h"
#include "stats/value.h"

namespace sluice::stats {

struct ProcessFacts {
  std::string version;       // three numbers, "0.1.0"
  std::string release_date;  // "2026/11/24"
  std::uint32_t pid = 0;
  std::uint32_t threads = 1;
  std::string node, description;
  std::int64_t start_wall_s = 0;
  std::uint64_t start_ms = 0;  // monotonic
  std::uint64_t ulimit_n = 0;
  std::uint64_t max_sockets = 0;
  std::uint32_t hard_max_connections = 0;
  struct {
    std::uint32_t connections = 0, sessions = 0, tls = 0;
  } rate_limits;
};

/// What became of reading the configuration again.
struct Reloads {
  std::uint64_t done = 0, failed = 0;
  bool any = false;  // the last ones are set
  std::int64_t last_wall_s = 0;
  std::uint64_t last_ms = 0;      // how long it took
  std::string last_error;         // empty: it went well
  std::uint32_t generations = 1;  // configurations that something still holds
  std::uint32_t threads = 0;      // workers that there are, leaving ones included
};

struct ProcessGauges {
  std::uint32_t max_connections = 0;
  std::uint32_t connections = 0;
  std::uint64_t connections_total = 0, requests_total = 0, bytes_out_total = 0;
  std::uint32_t connection_rate = 0, connection_rate_max = 0;
  std::uint32_t session_rate = 0, session_rate_max = 0;
  std::uint32_t listeners = 0;
  bool stopping = false;
  Reloads reloads;
  std::optional<std::uint32_t> idle_percent;
  std::optional<std::uint64_t> jobs, dropped_logs, failed_resolutions, bytes_out_rate;
  std::optional<std::uint32_t> tls_connections, tls_rate, tls_rate_max;
  std::optional<std::uint64_t> tls_connections_total, tls_cache_lookups, tls_cache_misses;
  std::optional<std::uint64_t> pool_allocated_bytes, pool_used_bytes, pool_failures;
};

/// What the process takes of its machine; what could not be measured is empty.
struct ProcessUsage {
  std::optional<std::uint64_t> cpu_us, start_s, resident_bytes, virtual_bytes, open_fds, max_fds;
};

struct ProcessSample {
  ProcessFacts facts;
  ProcessGauges gauges;
  ProcessUsage usage;  // measured for metrics only
  std::uint64_t now_ms = 0;
  [[nodiscard]] std::uint64_t uptime_s() const {
    return now_ms > facts.start_ms ? (now_ms - facts.start_ms) / 1000 : 0;
  }
};

/// Adds what the frontends of a Source contribute to the gauges.
void add_frontend(ProcessGauges& gauges, const Source& source, std::uint64_t now_ms);

struct InfoField {
  std::string_view name;
  Tag tag;
  std::string_view description;
  Value (*value)(const ProcessSample&);
};
[[nodiscard]] std::span<const InfoField> info_fields();
[[nodiscard]] std::size_t info_index(std::string_view name);

/// "0d 0h00m02s".
[[nodiscard]] std::string uptime_text(std::uint64_t seconds);

[[nodiscard]] std::string info_text(const ProcessSample& sample, Descriptions descriptions);
[[nodiscard]] std::string info_typed(const ProcessSample& sample, Descriptions descriptions);
[[nodiscard]] std::string info_json(const ProcessSample& sample);

}  // namespace sluice::stats
