// What the workers run: one configuration, built and immutable. A reload publishes the next one; a
// worker holds one shared_ptr per generation, an exchange a worker-local count. Pointers to live
// objects stay valid as long as the snapshot does (it holds them).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "balance/balancer.h"
#include "base/address.h"
#include "model/config.h"
#include "model/proxy_live.h"
#include "rules/balance_key.h"
#include "rules/compile.h"

namespace sluice::control {

struct BackendRuntime;

/// HAProxy's fall-backs applied (design: fall-backs first, then our limits); milliseconds, 0: none.
struct EffectiveTimeouts {
  std::uint32_t connect = 0, client = 0, server = 0, http_request = 0, http_keep_alive = 0,
                queue = 0, check = 0, tunnel = 0, client_fin = 0, server_fin = 0, tarpit = 0;
};

/// A status with its whole response: an `errorfile`, or what `http-error` composes.
struct ErrorPage {
  std::uint16_t status = 0;
  std::string raw;       // as on the wire
  rules::Program reply;  // or one `return`
};

struct CompiledLog {
  std::vector<model::LogTarget> targets;
  std::shared_ptr<const rules::Format> format;        // null: no log
  std::shared_ptr<const rules::Format> error_format;  // null: like format
  std::shared_ptr<const rules::Format> structured;    // log-format-sd; null: none
  // What a connection that fails before its first request is logged by without an error_format;
  // the socket and the reason follow.
  std::shared_ptr<const rules::Format> prefix;
  std::string tag;
  bool names_backend_source = false;  // Format's, of either
};

/// An address and what `option forwardfor` excepts.
struct Network {
  unsigned char bytes[16] = {};
  std::uint8_t length = 0;  // 4 or 16
  std::uint8_t prefix = 0;
  [[nodiscard]] bool contains(const base::Address& address) const noexcept;
};
struct AddressHeaderRuntime {
  bool enabled = false;
  bool if_none = false;
  std::string name;
  std::vector<Network> except;
};

/// One entry of use_backend / default_backend. With a `format`, the name is composed per request.
struct RouteRule {
  std::unique_ptr<const rules::Condition> condition;  // null: always
  BackendRuntime* backend = nullptr;
  std::unique_ptr<const rules::Format> format;
};

struct StatsRuntime {
  bool enabled = false;
  const model::StatsPage* page = nullptr;
  std::vector<std::unique_ptr<const rules::Condition>> admin, operators;  // any that holds
  struct Access {
    const model::StatsPage::Access* written;
    std::unique_ptr<const rules::Condition> condition;  // null: always
  };
  std::vector<Access> access;
};

/// Programs and settings that a frontend and a backend share.
struct ProxyRuntime {
  const model::Proxy* config = nullptr;
  EffectiveTimeouts timeouts;
  rules::Program http_request, http_response, http_after_response, tcp_content,
      tcp_response_content;
  std::vector<ErrorPage> error_pages;  // errorfiles only; others are http/error_replies'
  StatsRuntime stats;
  AddressHeaderRuntime forwardfor, originalto;
  CompiledLog log;
};

struct ServerRuntime {
  const model::Server* config = nullptr;
  std::shared_ptr<model::ServerLive> live;
  std::shared_ptr<void> tls;  // net::tls client context, by model/resources.h
  std::unique_ptr<const rules::Expression> sni;
  const model::Source* source = nullptr;  // its own or its backend's; null: the kernel's choice
  std::atomic<std::uint32_t> next_source_port{0};
};

/// The servers of a backend in the orders in which they are looked for: a request looks for what
/// the balancer gave, the socket and the API for names, by thousands. Built once, then immutable.
class ServerIndex {
 public:
  ServerIndex() = default;
  explicit ServerIndex(const std::vector<std::unique_ptr<ServerRuntime>>& servers) {
    for (const auto& server : servers) {
      by_live_.emplace_back(server->live.get(), server.get());
      by_name_.emplace(server->config->name, server.get());
    }
    std::sort(by_live_.begin(), by_live_.end(), Before());
  }
  [[nodiscard]] ServerRuntime* find(const model::ServerLive* live) const noexcept {
    const auto found = std::lower_bound(by_live_.begin(), by_live_.end(), live, Before());
    return found == by_live_.end() || found->first != live ? nullptr : found->second;
  }
  [[nodiscard]] ServerRuntime* find(std::string_view name) const noexcept {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  using Entry = std::pair<const model::ServerLive*, ServerRuntime*>;
  struct Before {
    using Pointer = const model::ServerLive*;
    bool operator()(const Entry& a, const Entry& b) const { return less(a.first, b.first); }
    bool operator()(const Entry& a, Pointer b) const { return less(a.first, b); }
    std::less<> less = {};
  };
  std::vector<Entry> by_live_;
  std::unordered_map<std::string_view, ServerRuntime*> by_name_;
};

/// `cookie` of a backend: what is the same for every request.
struct CookieRuntime {
  std::string attributes;  // of a Set-Cookie, from "; path=/" on
  std::string removal;     // the Set-Cookie value of servers without a cookie
  bool dynamic = false;    // some server's value may follow its address (model/dynamic_cookie.h)
  /// Servers by the value that the configuration gives them; those that share one, in its order.
  std::vector<std::pair<std::string_view, ServerRuntime*>> servers;
};

struct PersistRuleRuntime {
  model::PersistRule::Effect effect;
  std::unique_ptr<const rules::Condition> condition;
};

/// One entry of use-server. With a `format`, the name is composed per request.
struct UseServerRule {
  std::unique_ptr<const rules::Condition> condition;
  model::ServerLive* server = nullptr;
  std::unique_ptr<const rules::Format> format;
};

struct BackendRuntime : ProxyRuntime {
  std::shared_ptr<model::BackendLive> live;
  std::vector<std::unique_ptr<ServerRuntime>> servers;
  model::ServerSet server_set;  // theirs
  ServerIndex index;            // of them
  /// `dispatch` or `option transparent`, where no algorithm is written: the server without a name
  /// that stands for one. It is not among `servers`.
  std::optional<model::Server> fallback_config;
  std::unique_ptr<ServerRuntime> fallback;
  std::unique_ptr<balance::Balancer> balancer;
  std::unique_ptr<const rules::BalanceKey> balance_key;  // null: the algorithm takes none
  std::vector<UseServerRule> use_servers;
  std::unique_ptr<const CookieRuntime> cookie;  // null: no persistence by cookie
  std::vector<PersistRuleRuntime> persist_rules;
  std::unique_ptr<const rules::Expression> rdp_cookie;  // persist rdp-cookie; null: none
  bool has_minconn = false;    // some server's limit moves with the backend's load
  std::uint32_t fullconn = 0;  // HAProxy's default applied; 0: no frontend's maxconn is known
  [[nodiscard]] ServerRuntime* find(const model::ServerLive* live) const noexcept {
    if (ServerRuntime* found = index.find(live)) return found;
    return fallback != nullptr && fallback->live.get() == live ? fallback.get() : nullptr;
  }
  [[nodiscard]] const ServerRuntime* find_runtime(std::string_view name) const noexcept {
    return index.find(name);
  }
  [[nodiscard]] model::ServerLive* find_by_name(std::string_view name) const noexcept {
    const ServerRuntime* found = index.find(name);
    return found == nullptr ? nullptr : found->live.get();
  }
};

struct BindRuntime {
  const model::Bind* config = nullptr;
  std::shared_ptr<void> tls;                // net::tls server context
  std::shared_ptr<model::Limiter> limiter;  // the socket's own maxconn; null: none
  model::ListenerLive* live = nullptr;      // of the frontend's; null without `option socket-stats`
};

struct FrontendRuntime : ProxyRuntime {
  std::shared_ptr<model::FrontendLive> live;
  rules::Program tcp_connection, tcp_session;
  std::vector<std::unique_ptr<BindRuntime>> binds;
  std::vector<RouteRule> routes;
  BackendRuntime* default_backend = nullptr;
  BackendRuntime* own_backend = nullptr;  // the backend half of a listen
  std::unique_ptr<const rules::Format> unique_id;
  std::string monitor_uri;
  std::vector<std::unique_ptr<const rules::Condition>> monitor_fails;
  std::size_t request_capture_slots = 0;  // of headers, then of rules
};

struct Snapshot {
  std::uint64_t generation = 0;
  std::shared_ptr<const model::Config> config;
  std::vector<std::unique_ptr<FrontendRuntime>> frontends;
  std::vector<std::unique_ptr<BackendRuntime>> backends;
  /// By its name, or by '#' and its id.
  [[nodiscard]] const FrontendRuntime* find_frontend(std::string_view name) const noexcept {
    for (const auto& frontend : frontends) {
      if (frontend->config->name == name) return frontend.get();
    }
    for (const auto& frontend : frontends) {
      if (name == "#" + std::to_string(frontend->config->numeric_id)) return frontend.get();
    }
    return nullptr;
  }
  [[nodiscard]] BackendRuntime* find_backend(std::string_view name) const noexcept {
    for (const auto& backend : backends) {
      if (backend->config->name == name) return backend.get();
    }
    return nullptr;
  }
};

}  // namespace sluice::control
