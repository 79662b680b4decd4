// A server line as plain data. Live data (state, counters) is in server_live.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/source.h"
#include "model/bind.h"
#include "model/observation.h"
#include "model/resolvers.h"
#include "model/source.h"

namespace sluice::model {

/// How an address that is a name is found at start (`init-addr`), tried in order.
enum class InitAddress : unsigned char { Last, Libc, None, Ip };

/// Health-check settings of a server (`check` and its options). Milliseconds.
struct CheckOptions {
  bool enabled = false;  // `check`
  std::uint32_t inter_ms = 2'000;
  std::uint32_t fastinter_ms = 0;  // 0: inter
  std::uint32_t downinter_ms = 0;  // 0: inter
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
  std::uint16_t port = 0;  // 0: the server's
  std::string address;     // `addr`, empty: the server's
  bool tls = false;        // check-ssl
};

/// `agent-check` and its options.
struct AgentOptions {
  bool enabled = false;
  std::uint32_t inter_ms = 0;  // 0: inter
  std::uint16_t port = 0;
  std::string address;  // empty: the server's
  std::string send;
};

/// `track [BACKEND/]SERVER`, the backend filled in.
struct TrackedServer {
  std::string backend;
  std::string server;
  base::SourceSpan span;
};

struct ServerTls {
  bool enabled = false;  // `ssl`
  bool verify = true;    // `verify required` (the default with a ca-file) or none
  bool verify_set = false;
  std::string ca_file;         // ca-base applied; "@system-ca" for the system's
  std::string certificate;     // crt
  std::string sni_expression;  // `sni EXPR`, words joined
  base::SourceSpan sni_span;
  std::string verify_host;
  std::vector<std::string> alpn;
  TlsOptions options;

  /// Would a connection be made and trusted in the same way? Where it was written does not matter.
  friend bool operator==(const ServerTls& a, const ServerTls& b) {
    return a.enabled == b.enabled && a.verify == b.verify && a.ca_file == b.ca_file &&
           a.certificate == b.certificate && a.sni_expression == b.sni_expression &&
           a.verify_host == b.verify_host && a.alpn == b.alpn && a.options == b.options;
  }
};

/// Which side of a migration a server is on (`role`).
enum class ServerRole : unsigned char { None, Legacy, New };

struct Server {
  base::SourceSpan span;
  std::string name;
  std::string host;              // as written: an IP, a name, or a unix path
  std::uint16_t port = 0;        // 0 with port_is_client's: the port that the client came to
  bool port_is_clients = false;  // no port written: the client's destination port (HAProxy)
  Observe observe = Observe::None;
  int port_offset = 0;              // "+N" / "-N"
  bool address_is_clients = false;  // "*", 0.0.0.0 or ::: the address that the client came to
  base::Address address;            // set where host is a literal or was resolved
  base::SourceSpan address_span;
  std::vector<InitAddress> init_address;  // empty: last,libc
  base::Address init_address_ip;          // for InitAddress::Ip
  NameUse naming;                         // how the name is followed while the process runs
  std::uint16_t weight = 1;
  std::uint32_t maxconn = 0;  // 0: none
  std::uint32_t minconn = 0;
  std::uint32_t maxqueue = 0;
  std::uint32_t slowstart_ms = 0;
  bool backup = false;
  bool disabled = false;
  bool added = false;            // at run time: its checks begin when they are enabled
  bool begins_in_maint = false;  // as an operator's word, not the configuration's
  CheckOptions check;
  AgentOptions agent;
  std::optional<TrackedServer> track;
  OnError on_error = OnError::FailCheck;
  std::uint32_t error_limit = 10;                 // errors in a row that `observe` bears
  bool shutdown_sessions_when_down = false;       // on-marked-down
  bool shutdown_backup_sessions_when_up = false;  // on-marked-up
  ServerTls tls;
  std::uint32_t numeric_id = 0;  // 0: assigned
  bool has_own_id = false;       // written as `id`
  std::string guid;              // no other object has it
  std::optional<std::uint32_t> pool_max_conn;
  std::uint32_t pool_purge_delay_ms = 5'000;
  std::optional<std::uint32_t> max_reuse;  // how often a connection is used again; none: any number
  std::string cookie;
  ServerRole role = ServerRole::None;
  Source source;
  std::uint32_t user_timeout_ms = 0;  // tcp-ut; 0: as the kernel does
  bool fast_open = false;             // tfo
};

}  // namespace sluice::model
