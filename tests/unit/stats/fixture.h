// A small proxy with live objects: a frontend, a backend, two servers, numbers set by hand.
#pragma once

#include <memory>
#include <string>

#include "stats/sample.h"

namespace sluice::stats_test {

struct Fixture {
  model::Proxy config;
  model::FrontendLive frontend{"web"};
  model::BackendLive backend{"web"};
  stats::Source source;
  stats::Moment moment{100'000, 2'000};

  explicit Fixture(std::string name = "web") {
    config.name = std::move(name);
    config.kind = model::ProxyKind::Listen;
    config.mode = model::Mode::Http;
    config.numeric_id = 7;
    config.servers.resize(2);
    config.servers[0].name = "s1";
    config.servers[0].cookie = "c1";
    config.servers[1].name = "s2";
    source.config = &config;
    source.frontend = &frontend;
    source.backend = &backend;
    source.fullconn = 200;
    for (std::uint32_t i = 0; i < 2; ++i) {
      model::ServerLive& live = backend.server(config.servers[i].name, i + 1);
      live.numeric_id = i + 1;
      live.set_address(*base::Address::from_ip("127.0.0.1", static_cast<std::uint16_t>(8001 + i)));
      live.history.last_change_ms = 90'000;
      source.servers.push_back({&config.servers[i], &live});
    }
    checked(0);
    backend.history.last_change_ms = 80'000;
    backend.active_servers = 2;
    backend.total_weight = 2;
  }
  model::ServerLive& server(std::size_t i) { return *backend.servers()[i]; }
  /// A server whose checks run and pass.
  void checked(std::size_t i) {
    model::ServerLive& live = server(i);
    live.check_enabled = true;
    live.history.last_check = {model::CheckStatus::L7Ok, true, false, 200, 3, ""};
    set(i, [](model::ServerStateWord& word) {
      word.checked = true;
      word.health = 4;
    });
  }
  template <class Edit>
  void set(std::size_t i, Edit edit) {
    model::ServerStateWord word = server(i).state();
    edit(word);
    server(i).set_state(word);
  }
};

}  // namespace sluice::stats_test
