// A whole configuration as plain data: what config/ makes of the text and control/ builds from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/proxy.h"
#include "model/userlist.h"

namespace sluice::model {

/// `stats socket PATH|ADDRESS mode … level …`.
struct StatsSocket {
  enum class Level : unsigned char { User, Operator, Admin };
  enum class Severity : unsigned char { None, Number, String };
  base::SourceSpan span;
  base::Address address;
  Level level = Level::Operator;
  std::optional<unsigned> mode;
  std::string user;
  std::string group;
  std::optional<unsigned> uid, gid;
  std::uint32_t maxconn = 0;  // 0: as many as stats_maxconn
  Severity severity = Severity::None;
};

struct Global {
  std::uint32_t nbthread = 0;  // 0: one per core that may be used
  std::uint32_t maxconn = 0;   // 0: computed from the descriptors
  std::uint32_t maxconnrate = 0, maxsessrate = 0, maxsslrate = 0;  // per second; 0: no limit
  std::uint32_t ulimit_n = 0;
  std::uint32_t hard_stop_after_ms = 0;  // 0: none
  std::uint32_t grace_ms = 0;            // from the order to stop softly to doing so
  std::uint32_t close_spread_ms = 0;     // what a soft stop closes is closed over that time
  bool close_spread_infinite = false;    // a soft stop closes nothing by itself
  bool daemon = false;
  bool master_worker = false;
  bool quiet = false;
  std::string pidfile;
  std::string user, group, chroot;
  std::string node, description;
  std::string log_tag = "haproxy";
  std::string log_send_hostname;
  std::vector<LogTarget> logs;
  std::vector<StatsSocket> stats_sockets;
  std::uint32_t stats_timeout_ms = 10'000;
  std::uint32_t stats_maxconn = 10;  // of all runtime sockets
  std::string server_state_base, server_state_file;
  std::string state_dir;  // empty: the usual folder; "none": nothing is kept
  std::string crt_base, ca_base;
  TlsOptions default_bind_tls;
  TlsOptions default_server_tls;
  bool default_server_verify = true;
  std::uint32_t dh_param_bits = 0;  // 0: no DHE but by a certificate's own parameters
  std::uint32_t tune_bufsize = 16'384;
  std::uint32_t tune_maxrewrite = 1'024;
  std::uint32_t tune_http_maxhdr = 101;
  std::uint32_t tune_ssl_cachesize = 20'000;
  std::uint32_t tune_ssl_lifetime_s = 300;
  std::uint32_t spread_checks_percent = 0;
  std::uint32_t max_spread_checks_ms = 0;
  base::SourceSpan span;
};

struct Config {
  Global global;
  std::vector<Proxy> proxies;  // in file order; defaults sections are gone
  std::vector<Resolvers> resolvers;
  std::vector<Userlist> userlists;
  [[nodiscard]] const Userlist* find_userlist(std::string_view name) const {
    for (const Userlist& section : userlists) {
      if (section.name == name) return &section;
    }
    return nullptr;
  }
  [[nodiscard]] const Resolvers* find_resolvers(std::string_view name) const {
    for (const Resolvers& section : resolvers) {
      if (section.name == name) return &section;
    }
    return nullptr;
  }
  [[nodiscard]] const Proxy* find_backend(std::string_view name) const {
    for (const Proxy& proxy : proxies) {
      if (proxy.is_backend() && proxy.name == name) return &proxy;
    }
    return nullptr;
  }
  [[nodiscard]] const Proxy* find_frontend(std::string_view name) const {
    for (const Proxy& proxy : proxies) {
      if (proxy.is_frontend() && proxy.name == name) return &proxy;
    }
    return nullptr;
  }
};

}  // namespace sluice::model
