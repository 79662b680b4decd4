// A configuration made by hand, and what it takes to build and publish it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/build.h"
#include "control/publish.h"

struct FakeResources final : sluice::model::Resources {
  std::shared_ptr<void> bind_tls(const sluice::model::Bind&, const sluice::model::Global&,
                                 sluice::base::Diagnostics&) override {
    return std::make_shared<int>(1);
  }
  std::shared_ptr<void> server_tls(const sluice::model::Server&, const sluice::model::Global&,
                                   sluice::base::Diagnostics&) override {
    return std::make_shared<int>(2);
  }
  sluice::base::Result<std::vector<sluice::base::Address>> resolve(std::string_view host) override {
    ++lookups;
    const auto found = hosts.find(host);
    if (found == hosts.end())
      return sluice::base::fail(sluice::base::ErrorKind::NotFound, "no such host");
    return std::vector{*sluice::base::Address::from_ip(found->second, 0)};
  }
  std::map<std::string, std::string, std::less<>> hosts;
  int lookups = 0;
};

/// Two workers that keep what was installed, and acknowledge when told to.
struct FakeWorkers final : sluice::model::WorkerQuery {
  void each(std::function<void(std::size_t)> ask, std::function<void()> done) override {
    for (std::size_t slot = 0; slot < 2; ++slot) ask(slot);
    waiting.push_back(std::move(done));
  }
  [[nodiscard]] std::size_t workers() const override { return 2; }
  void acknowledge() {
    for (auto& done : std::exchange(waiting, {})) done();
  }
  std::vector<std::function<void()>> waiting;
  std::vector<std::shared_ptr<const sluice::control::Snapshot>> installed{2};
};

struct BuildFixture {
  using Proxy = sluice::model::Proxy;

  Proxy& add(sluice::model::ProxyKind kind, std::string name) {
    Proxy& proxy = config.proxies.emplace_back();
    proxy.kind = kind;
    proxy.name = std::move(name);
    proxy.mode = sluice::model::Mode::Http;
    proxy.span.line = static_cast<std::uint32_t>(10 * config.proxies.size());
    return proxy;
  }
  static sluice::model::Server& add_server(Proxy& proxy, std::string name,
                                           std::string host = "10.0.0.1") {
    auto& server = proxy.servers.emplace_back();
    server.name = std::move(name);
    server.host = std::move(host);
    server.port = 80;
    if (auto address = sluice::base::Address::from_ip(server.host, 80)) server.address = *address;
    return server;
  }
  std::shared_ptr<sluice::control::Snapshot> build() {
    diagnostics = {};
    return sluice::control::build({std::make_shared<sluice::model::Config>(config), ++generation,
                                   registry, resources, diagnostics});
  }
  std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const auto& diagnostic : diagnostics.all()) {
      if (diagnostic.severity == sluice::base::Severity::Error) out.push_back(diagnostic.message);
    }
    return out;
  }

  sluice::model::Config config;
  std::uint64_t generation = 0;
  sluice::control::Registry registry;
  FakeResources resources;
  sluice::base::Diagnostics diagnostics;
  FakeWorkers workers;
  sluice::control::Publisher publisher{
      registry, workers,
      [this](std::size_t slot, std::shared_ptr<const sluice::control::Snapshot> next) {
        workers.installed[slot] = std::move(next);
      }};
};
