// A frontend, backend, listen or defaults section as plain data: one struct for all, since a listen
// is both and a defaults section is what the others start as (HAProxy's manual, section 4). Made by
// config/, immutable afterwards. Durations in milliseconds; nullopt: not set.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/source.h"
#include "model/balance.h"
#include "model/bind.h"
#include "model/check.h"
#include "model/log_target.h"
#include "model/persistence.h"
#include "model/rule.h"
#include "model/server.h"

namespace sluice::model {

enum class ProxyKind : unsigned char { Defaults, Frontend, Backend, Listen };
enum class Mode : unsigned char { Tcp, Http };

struct Timeouts {
  std::optional<std::uint32_t> connect, client, server, http_request, http_keep_alive, queue, check,
      tunnel, client_fin, server_fin, tarpit;
};

enum class ConnectionMode : unsigned char { KeepAlive, ServerClose, Close };  // http-keep-alive, …
enum class HttpReuse : unsigned char { Never, Safe, Aggressive, Always };

/// `option http-restrict-req-hdr-names`.
enum class RestrictNames : unsigned char { Preserve, Delete, Reject };

/// `monitor fail if …`.
struct MonitorFail {
  base::SourceSpan span;
  std::vector<Word> condition;
  bool negated = false;
};

/// `option forwardfor` and `option originalto`.
struct AddressHeader {
  bool enabled = false;
  std::string header;               // "X-Forwarded-For", "X-Original-To"
  std::vector<std::string> except;  // networks whose addresses are not added
  bool if_none = false;
};

enum RetryOn : std::uint32_t {
  kRetryNone = 0,
  kRetryConnFailure = 1U << 0,
  kRetryEmptyResponse = 1U << 1,
  kRetryJunkResponse = 1U << 2,
  kRetryResponseTimeout = 1U << 3,
  kRetry0RttRejected = 1U << 4,
};
/// The statuses that retry-on may name; their bits follow those above.
inline constexpr std::array<std::uint16_t, 10> kRetryStatuses = {401, 403, 404, 408, 425,
                                                                 500, 501, 502, 503, 504};
[[nodiscard]] constexpr std::uint32_t retry_status(std::uint16_t status) {
  for (std::size_t i = 0; status > 400 && i < kRetryStatuses.size(); ++i) {
    if (kRetryStatuses[i] == status) return 1U << (5 + i);
  }
  return kRetryNone;
}

struct Redispatch {
  bool enabled = false;
  int interval = -1;  // `option redispatch N`; -1: after the last retry
};

/// `capture request header NAME len N`.
struct Capture {
  std::string name;
  std::uint32_t max_length = 0;
};

struct StatsAuth {
  std::string user;
  std::string password;
};

/// `stats …` of a proxy section.
struct StatsPage {
  bool enabled = false;
  std::string uri = "/haproxy?stats";
  std::string realm = "HAProxy Statistics";
  std::uint32_t refresh_s = 0;
  bool hide_version = false;
  bool show_legends = false;
  std::optional<std::string> show_node;    // empty string: the node's name
  std::optional<std::string> description;  // `stats show-desc`
  std::vector<StatsAuth> auth;
  struct Admin {
    base::SourceSpan span;
    std::vector<Word> condition;
    bool negated = false;
  };
  std::vector<Admin> admin;      // any that holds grants everything
  std::vector<Admin> operators;  // `stats operator`: servers' states, weights and drains
  /// `stats http-request`: the first that holds decides.
  struct Access {
    enum class Kind : unsigned char { Allow, Deny, Auth };
    Kind kind = Kind::Allow;
    std::string realm;  // of Auth; empty: the page's
    std::vector<Word> condition;
    bool negated = false;
  };
  std::vector<Access> access;
  std::vector<std::string> scopes;
  base::SourceSpan span;
};

/// What replaces one of our responses: `errorfile`, `errorloc`, `http-error`.
struct ErrorFile {
  std::uint16_t status = 0;
  std::string path;
  std::string content;  // read when the configuration is: a whole HTTP/1 response
  base::SourceSpan span;
  std::optional<Rule> reply;  // or composed, as by `http-request return`
};

/// `load-server-state-from-file`: the states of servers at the start.
enum class LoadServerState : unsigned char { None, Global, Local };

struct Proxy {
  ProxyKind kind = ProxyKind::Backend;
  base::SourceSpan span;
  std::string name;
  std::string defaults_name;  // the defaults section it started from
  std::uint32_t numeric_id = 0;
  bool has_own_id = false;  // written as `id`
  std::string guid;         // no other object has it
  std::string description;
  bool shut_down = false;  // `shutdown frontend`: nothing brings it back but a reload
  bool disabled = false;
  /// An `admin` section: a stats listener without the classic page, kept as a frontend.
  bool is_admin = false;

  std::optional<Mode> mode;  // after validation always set
  Timeouts timeouts;
  std::uint32_t maxconn = 0;   // frontend; 0: the global one
  std::uint32_t fullconn = 0;  // 0: 10 % of the maxconn of the frontends that may come here
  std::uint32_t session_rate_limit = 0;         // rate-limit sessions; 0: none
  std::uint32_t backlog = 0;                    // for binds that have none of their own
  std::uint32_t inspect_delay_ms = 0;           // tcp-request inspect-delay
  std::uint32_t response_inspect_delay_ms = 0;  // tcp-response inspect-delay

  // What a frontend has
  std::vector<Bind> binds;
  std::string default_backend;
  base::SourceSpan default_backend_span;
  std::vector<UseBackend> use_backends;
  std::string monitor_uri;
  std::vector<MonitorFail> monitor_fails;  // any that holds makes it 503
  FormatText unique_id_format;
  std::string unique_id_header;
  std::vector<Capture> request_captures;
  std::vector<Capture> response_captures;
  std::optional<Capture> cookie_capture;  // `capture cookie`: the name is a beginning

  // What a backend has
  std::vector<Server> servers;
  Server default_server;
  std::optional<Server> dispatch;  // `dispatch`: where requests go that no algorithm leads
  bool transparent = false;        // `option transparent`: to where their clients came
  BalanceText balance;
  HashUse hash;
  std::vector<UseServer> use_servers;
  std::uint32_t retries = 3;
  std::uint32_t retry_on = kRetryConnFailure;
  Redispatch redispatch;
  HttpReuse http_reuse = HttpReuse::Safe;
  bool prefer_last_server = false;
  std::optional<std::uint32_t> max_keep_alive_queue;  // with it; none: any number may wait
  std::string send_name_header;                       // carries the server's name; empty: none
  PersistenceCookie cookie;
  std::string dynamic_cookie_key;
  FormatText rdp_cookie;  // persist rdp-cookie: its name; not set: none
  LoadServerState load_server_state = LoadServerState::None;
  std::string server_state_file_name;  // empty: the backend's name
  std::vector<PersistRule> persist_rules;
  ProxyCheck check;
  Source source;  // of servers that have none of their own

  // Options; a `no option` clears, a section inherits from its defaults
  ConnectionMode connection_mode = ConnectionMode::KeepAlive;
  bool http_pretend_keepalive = false;
  bool http_buffer_request = false;
  bool http_ignore_probes = false;
  bool abortonclose = false;
  bool dontlognull = false;
  bool dontlog_normal = false;
  bool log_separate_errors = false;
  bool logasap = false;
  bool log_health_checks = false;
  bool tcpka_client = false;
  bool tcpka_server = false;
  KeepAliveProbes client_probes, server_probes;
  bool allbackups = false;
  bool persist = false;  // a cookie leads to its server even when that is down
  bool nolinger = false;
  bool socket_stats = false;
  bool independent_streams = false;
  bool idle_close_on_response = false;
  bool checkcache = false;
  RestrictNames restrict_header_names = RestrictNames::Preserve;
  AddressHeader forwardfor;
  AddressHeader originalto;

  // Logs
  bool log_global = false;
  std::vector<LogTarget> logs;
  std::string log_tag;
  enum class LogFormatChoice : unsigned char { Default, Tcp, Http, Clf, Custom };
  LogFormatChoice log_format_choice = LogFormatChoice::Default;
  FormatText log_format;  // Custom
  FormatText error_log_format;
  FormatText log_format_sd;  // structured data of RFC 5424 lines

  // Rules, in file order
  std::vector<AclLine> acls;
  std::vector<Rule> rules;

  StatsPage stats;
  std::vector<ErrorFile> error_files;

  [[nodiscard]] bool is_frontend() const {
    return kind == ProxyKind::Frontend || kind == ProxyKind::Listen;
  }
  [[nodiscard]] bool is_backend() const {
    return kind == ProxyKind::Backend || kind == ProxyKind::Listen;
  }
  [[nodiscard]] bool is_http() const { return mode && *mode == Mode::Http; }
  /// A listen or frontend with `stats enable` in its own body, no server and no backend; or an
  /// `admin` section.
  [[nodiscard]] bool is_stats_listener() const {
    return is_frontend() && stats.enabled && stats.span.line != 0 && servers.empty() &&
           default_backend.empty() && use_backends.empty();
  }
};

}  // namespace sluice::model
