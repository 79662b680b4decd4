// What one row of the statistics is made from: a Source is where a proxy's numbers live (gathered
// by the caller, who keeps the objects alive), a Sample is one object's numbers at one moment,
// summed over the workers. Control thread. Durations in milliseconds of the monotonic clock.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/counters.h"
#include "model/proxy.h"
#include "model/proxy_live.h"

namespace sluice::stats {

/// The numbers are HAProxy's, as field "type" shows them.
enum class ObjectKind : std::uint8_t { Frontend = 0, Backend = 1, Server = 2, Listener = 3 };

struct ServerSource {
  const model::Server* config = nullptr;
  const model::ServerLive* live = nullptr;
};

/// A bind line's own counters (`option socket-stats`); null pointers: not counted apart.
struct ListenerSource {
  const model::Bind* config = nullptr;
  const model::CounterSet* counters = nullptr;
  const model::Gauge* sessions = nullptr;
  std::uint32_t id = 0;
};

struct Source {
  const model::Proxy* config = nullptr;
  const model::FrontendLive* frontend = nullptr;  // null: no frontend side
  const model::BackendLive* backend = nullptr;    // null: no backend side
  std::vector<ServerSource> servers;
  std::vector<ListenerSource> listeners;
  std::uint32_t fullconn = 0;  // of the backend, HAProxy's default applied
};

/// What the whole process gives to every row.
struct Moment {
  std::uint64_t now_ms = 0;
  std::uint32_t global_maxconn = 0;
};

/// How many servers are in each state, for the aggregated metrics of a backend.
enum class StateLabel : std::uint8_t { Down, Up, Maint, Drain, NoLb };
inline constexpr std::size_t kStateLabels = 5;
[[nodiscard]] std::string_view to_text(StateLabel label);
inline constexpr std::size_t kCheckStatuses =
    static_cast<std::size_t>(model::CheckStatus::HanaFail) + 1;

struct Sample {
  ObjectKind kind = ObjectKind::Frontend;
  const model::Proxy* proxy = nullptr;
  const model::Server* server = nullptr;  // Server only
  const model::ServerLive* server_live = nullptr;
  const model::Bind* bind = nullptr;  // Listener only
  bool legends = true;                // addresses, cookies and algorithms may be shown

  std::array<std::uint64_t, model::kCounterCount> counters{};
  model::RecentTimes recent;                      // of a backend or a server
  const model::CounterSet* counted_in = nullptr;  // what durations are read from when asked for
  std::uint32_t iid = 0, sid = 0;
  std::uint32_t queued = 0, queued_max = 0;
  std::uint32_t sessions = 0, sessions_max = 0, limit = 0;
  std::uint32_t session_rate = 0, session_rate_max = 0;
  std::uint32_t connection_rate = 0, connection_rate_max = 0;
  std::uint32_t request_rate = 0, request_rate_max = 0;
  std::string status;
  StateLabel state = StateLabel::Up;
  std::int64_t last_session_s = -1;  // ago; -1 never
  std::uint64_t last_change_s = 0, down_s = 0, downs = 0;
  std::uint32_t weight = 0, user_weight = 0, warm_share = 16, active = 0, backup = 0;

  // Server only
  model::ServerStateWord word;
  bool checks_shown = false;  // configured, enabled, and not paused by MAINT
  std::uint32_t idle_connections = 0;
  std::string address;
  std::string tracked;  // "BACKEND/SERVER"
  std::string cookie;   // the server's value; of a backend the cookie's name

  // Backend only
  bool has_servers = false;
  std::array<std::uint32_t, kStateLabels> servers_by_state{};
  std::array<std::uint32_t, kCheckStatuses> servers_by_check{};

  [[nodiscard]] std::uint64_t count(model::Counter counter) const {
    return counters[static_cast<std::size_t>(counter)];
  }
  [[nodiscard]] bool is(ObjectKind other) const { return kind == other; }
  [[nodiscard]] bool is_http() const { return proxy->is_http(); }
  [[nodiscard]] std::string_view object_name() const;
};

}  // namespace sluice::stats
