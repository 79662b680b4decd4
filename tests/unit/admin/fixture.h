// A small configuration as it runs: a stats listener, a frontend, a backend of two servers; and a
// recorder in the place of control::Changes that applies what the tests look at.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/view.h"
#include "http/service.h"
#include "model/login_sessions.h"

namespace sluice::admin_test {

class RecordingChanges final : public control::Changes {
 public:
  explicit RecordingChanges(std::shared_ptr<const control::Snapshot>& snapshot)
      : snapshot_(snapshot) {}
  base::Result<> apply(control::Change change, std::function<void()> acknowledged) override {
    const auto* backend = snapshot_->find_backend(change.target.backend);
    model::ServerLive* server =
        backend != nullptr ? backend->live->find(change.target.server) : nullptr;
    if (server == nullptr) return base::fail(base::ErrorKind::NotFound, "No such server.");
    model::ServerStateWord word = server->state();
    fill_values(change, *server, word);
    if (const auto* admin = std::get_if<control::SetAdmin>(&change.action))
      word.admin = admin->state;
    if (const auto* weight = std::get_if<control::SetWeight>(&change.action)) {
      word.weight = static_cast<std::uint16_t>(weight->unit == control::SetWeight::Unit::Absolute
                                                   ? weight->value
                                                   : server->initial_weight * weight->value / 100);
    }
    if (const auto* maxconn = std::get_if<control::SetMaxconn>(&change.action))
      server->limiter.set_max(maxconn->value);
    const auto* agent = std::get_if<control::SetAgent>(&change.action);
    if (agent != nullptr && !server->agent_enabled)
      return base::fail(base::ErrorKind::Configuration, "no agent");
    server->set_state(word);
    if (log != nullptr) log->note(change);
    changes.push_back(std::move(change));
    if (acknowledged) acknowledged();
    return {};
  }
  void report(model::ServerLive&, const model::CheckReport&, std::uint64_t) override {}
  void errors_observed(model::ServerLive&) override {}
  void agent_said(model::ServerLive&, const model::AgentReport&) override {}
  const std::vector<control::Change>& recent() const override { return changes; }

  std::vector<control::Change> changes;
  control::ChangeLog* log = nullptr;

 private:
  static void fill_values(control::Change& change, const model::ServerLive& server,
                          const model::ServerStateWord& word) {
    if (const auto* admin = std::get_if<control::SetAdmin>(&change.action)) {
      change.old_value = model::to_text(word.admin);
      change.new_value = model::to_text(admin->state);
    }
    if (const auto* weight = std::get_if<control::SetWeight>(&change.action)) {
      change.old_value = std::to_string(word.weight);
      change.new_value = std::to_string(weight->value);
    }
    if (const auto* maxconn = std::get_if<control::SetMaxconn>(&change.action)) {
      change.old_value = std::to_string(server.limiter.full_max());
      change.new_value = std::to_string(maxconn->value);
    }
  }
  std::shared_ptr<const control::Snapshot>& snapshot_;
};

struct Fixture {
  std::shared_ptr<model::Config> config = std::make_shared<model::Config>();
  std::shared_ptr<const control::Snapshot> snapshot;
  RecordingChanges changes{snapshot};
  model::Limiter connections{500};
  bool stopping = false;
  admin::View view;
  model::LoginSessions sessions;
  int limits_changed = 0;

  Fixture() {
    add_stats_listener();
    add_proxy(model::ProxyKind::Frontend, "fe_main", 3).default_backend = "be_a";
    model::Proxy& backend = add_proxy(model::ProxyKind::Backend, "be_a", 4);
    for (const char* name : {"s1", "s2"}) {
      backend.servers.emplace_back().name = name;
      backend.servers.back().host = "127.0.0.1";
    }
    backend.servers[0].check.enabled = true;
    build();
    view.snapshot = [this] { return snapshot; };
    view.changes = &changes;
    view.connections = &connections;
    view.facts.version = "0.1.0";
    view.facts.release_date = "2026/11/24";
    view.facts.pid = 4242;
    view.facts.node = "node1";
    view.facts.hard_max_connections = 1'000;
    view.now_ms = [] { return std::uint64_t{100'000}; };
    view.stopping = [this] { return stopping; };
    view.limits_changed = [this](const model::FrontendLive*) { ++limits_changed; };
  }

  model::Proxy& stats_proxy() { return config->proxies[0]; }
  model::ServerLive& server(const char* name) {
    return *snapshot->find_backend("be_a")->live->find(name);
  }
  model::FrontendLive& frontend(std::size_t i) { return *snapshot->frontends[i]->live; }

  /// The live side of what the configuration says now.
  void build() {
    auto made = std::make_shared<control::Snapshot>();
    made->config = config;
    for (const model::Proxy& proxy : config->proxies) {
      if (proxy.is_frontend()) {
        auto frontend = std::make_unique<control::FrontendRuntime>();
        frontend->config = &proxy;
        frontend->live = std::make_shared<model::FrontendLive>(proxy.name);
        made->frontends.push_back(std::move(frontend));
      }
      if (proxy.is_backend()) made->backends.push_back(build_backend(proxy));
    }
    snapshot = made;
  }

  static http::ServiceRequest request(std::string method, std::string path) {
    http::ServiceRequest out;
    out.service = "stats";
    out.method = std::move(method);
    out.path = std::move(path);
    out.proxy = "stats";
    out.fields = {{"host", "proxy.example:8001"}};
    return out;
  }

 private:
  model::Proxy& add_proxy(model::ProxyKind kind, std::string name, std::uint32_t id) {
    model::Proxy& proxy = config->proxies.emplace_back();
    proxy.kind = kind;
    proxy.name = std::move(name);
    proxy.numeric_id = id;
    proxy.mode = model::Mode::Http;
    return proxy;
  }
  void add_stats_listener() {
    config->proxies.reserve(4);
    model::Proxy& proxy = add_proxy(model::ProxyKind::Listen, "stats", 2);
    proxy.stats.enabled = true;
    proxy.stats.uri = "/";
    proxy.stats.span.line = 1;
  }
  static std::unique_ptr<control::BackendRuntime> build_backend(const model::Proxy& proxy) {
    auto backend = std::make_unique<control::BackendRuntime>();
    backend->config = &proxy;
    backend->live = std::make_shared<model::BackendLive>(proxy.name);
    std::uint32_t id = 0;
    for (const model::Server& server : proxy.servers) {
      ++id;
      model::ServerLive& live = backend->live->server(server.name, id);
      live.numeric_id = id;
      live.set_address(*base::Address::from_ip("127.0.0.1", static_cast<std::uint16_t>(8000 + id)));
      live.check_enabled = server.check.enabled;
      live.history.last_change_ms = 90'000;
      if (server.check.enabled) {
        live.history.last_check = {model::CheckStatus::L7Ok, true, false, 200, 1, ""};
        model::ServerStateWord word;
        word.health = 4;
        word.checked = true;
        live.set_state(word);
      }
      auto runtime = std::make_unique<control::ServerRuntime>();
      runtime->config = &server;
      runtime->live = backend->live->servers().back();
      backend->servers.push_back(std::move(runtime));
    }
    backend->index = control::ServerIndex(backend->servers);
    backend->live->active_servers = id;
    return backend;
  }
};

/// The whole body of a reply.
inline std::string body_of(http::ServiceReply& reply) {
  std::string out = reply.body;
  if (!reply.more) return out;
  for (;;) {
    const std::string piece = reply.more();
    if (piece.empty() && !(reply.works && reply.works())) return out;
    out += piece;
  }
}
inline std::string field_of(const http::ServiceReply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.fields) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace sluice::admin_test
