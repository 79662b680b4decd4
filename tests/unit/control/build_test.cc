#include "control/build.h"

#include "build_fixture.h"
#include "support/catch.h"

using namespace sluice;
using control::Snapshot;
using model::InitAddress;
using model::ProxyKind;

namespace {

model::UseBackend use(std::string name) {
  model::UseBackend out;
  out.backend.text = std::move(name);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(BuildFixture,
                 "routes lead to the backends that they name, wherever these are written") {
  auto& web = add(ProxyKind::Frontend, "web");
  web.use_backends = {use("api"), use("%[path]")};
  web.default_backend = "app";
  add(ProxyKind::Backend, "app");
  add(ProxyKind::Backend, "api");
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  const auto& frontend = *snapshot->frontends.at(0);
  CHECK(frontend.routes.at(0).backend == snapshot->find_backend("api"));
  CHECK(frontend.routes.at(0).condition == nullptr);
  CHECK(frontend.routes.at(1).backend == nullptr);
  CHECK(frontend.routes.at(1).format != nullptr);
  CHECK(frontend.default_backend == snapshot->find_backend("app"));
  CHECK(frontend.own_backend == nullptr);
}

TEST_CASE_METHOD(BuildFixture, "a listen is a frontend and a backend of one name") {
  add_server(add(ProxyKind::Listen, "both"), "s");
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  CHECK(snapshot->frontends.at(0)->own_backend == snapshot->find_backend("both"));
  CHECK(snapshot->find_backend("both")->servers.size() == 1);
}

TEST_CASE_METHOD(BuildFixture,
                 "every error is collected, and a failed build leaves nothing behind") {
  auto& web = add(ProxyKind::Frontend, "web");
  web.use_backends = {use("ap")};
  web.default_backend = "nowhere";
  web.forwardfor.except = {"10.0.0.0/33"};
  auto& app = add(ProxyKind::Backend, "app");
  app.balance.algorithm = "roundrobbin";
  add_server(app, "s", "no.such.host");
  CHECK(build() == nullptr);
  CHECK(errors() == Texts{"could not resolve address 'no.such.host'",
                          "'roundrobbin' is no balance algorithm that Sluice has",
                          "'10.0.0.0/33' is no address or network", "there is no backend 'ap'",
                          "there is no backend 'nowhere'"});
  CHECK(diagnostics.all().at(1).hint == "did you mean 'roundrobin'?");
  CHECK(diagnostics.all().at(3).hint == "did you mean 'app'?");
  CHECK(registry.find_backend("app") == nullptr);
  CHECK(registry.find_frontend("web") == nullptr);
}

TEST_CASE_METHOD(BuildFixture, "a failed build changes nothing of what is live") {
  auto& app = add(ProxyKind::Backend, "app");
  add_server(app, "s").weight = 5;
  auto good = build();
  publisher.publish(good, nullptr);
  config.proxies[0].servers[0].weight = 9;
  config.proxies[0].balance.algorithm = "nonsense";
  CHECK(build() == nullptr);
  CHECK(registry.find_server("app", "s")->state().weight == 5);
  CHECK(publisher.current() == good);
}

TEST_CASE_METHOD(BuildFixture,
                 "`log global` means the global targets, and a log without targets has no format") {
  config.global.logs.resize(2);
  config.global.log_tag = "sluice";
  auto& web = add(ProxyKind::Frontend, "web");
  web.log_global = true;
  web.logs.resize(1);
  web.log_tag = "web";
  add(ProxyKind::Frontend, "silent");
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  CHECK(snapshot->frontends[0]->log.targets.size() == 3);
  CHECK(snapshot->frontends[0]->log.format != nullptr);
  CHECK(snapshot->frontends[0]->log.error_format == nullptr);
  CHECK(snapshot->frontends[0]->log.tag == "web");
  CHECK(snapshot->frontends[1]->log.targets.empty());
  CHECK(snapshot->frontends[1]->log.format == nullptr);
  CHECK(snapshot->frontends[1]->log.tag == "sluice");
}

TEST_CASE_METHOD(BuildFixture,
                 "forwardfor except takes networks of both families, with either form of mask") {
  auto& web = add(ProxyKind::Frontend, "web");
  web.forwardfor.enabled = true;
  web.forwardfor.except = {"10.1.0.0/12", "192.168.1.1", "172.16.0.0/255.240.0.0", "2001:db8::/32"};
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  const auto& header = snapshot->frontends[0]->forwardfor;
  CHECK(header.name == "X-Forwarded-For");
  const auto excepted = [&](std::string_view ip) {
    const auto address = *base::Address::from_ip(ip, 0);
    for (const auto& network : header.except) {
      if (network.contains(address)) return true;
    }
    return false;
  };
  CHECK(excepted("10.15.255.1"));
  CHECK_FALSE(excepted("10.16.0.1"));
  CHECK(excepted("192.168.1.1"));
  CHECK_FALSE(excepted("192.168.1.2"));
  CHECK(excepted("172.31.0.1"));
  CHECK_FALSE(excepted("172.32.0.1"));
  CHECK(excepted("2001:db8:1::1"));
  CHECK_FALSE(excepted("2001:db9::1"));
}

TEST_CASE_METHOD(BuildFixture, "a network with a bad mask is refused") {
  for (const char* text :
       {"10.0.0.0/255.0.255.0", "10.0.0.0/", "10.0.0.0/x", "::1/129", "::1/255.0.0.0", "host"}) {
    config = {};
    add(ProxyKind::Frontend, "web").forwardfor.except = {text};
    INFO(text);
    CHECK(build() == nullptr);
  }
}

TEST_CASE_METHOD(BuildFixture, "a server's name is looked up, in the order of its init-addr") {
  resources.hosts["app.example"] = "10.9.9.9";
  auto& app = add(ProxyKind::Backend, "app");
  add_server(app, "libc", "app.example");
  auto& given = add_server(app, "given", "gone.example");
  given.init_address = {InitAddress::Libc, InitAddress::Ip};
  given.init_address_ip = *base::Address::from_ip("10.8.8.8", 0);
  add_server(app, "none", "gone.example").init_address = {InitAddress::Last, InitAddress::Libc,
                                                          InitAddress::None};
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  publisher.publish(snapshot, nullptr);
  CHECK(registry.find_server("app", "libc")->address().to_string() == "10.9.9.9:80");
  CHECK(registry.find_server("app", "given")->address().to_string() == "10.8.8.8:80");
  CHECK(registry.find_server("app", "none")->state().unresolved);
  CHECK(diagnostics.warnings() == 1);
  CHECK(registry.find_backend("app")->active_servers.load() == 2);
}

TEST_CASE_METHOD(BuildFixture,
                 "a reload keeps the address that a name had last, without a lookup") {
  resources.hosts["app.example"] = "10.9.9.9";
  add_server(add(ProxyKind::Backend, "app"), "s", "app.example");
  publisher.publish(build(), nullptr);
  CHECK(resources.lookups == 1);
  resources.hosts.clear();
  const auto next = build();
  REQUIRE(next != nullptr);
  CHECK(resources.lookups == 1);
  CHECK(next->backends[0]->servers[0]->config->address.to_string() == "10.9.9.9:80");
}

TEST_CASE_METHOD(BuildFixture, "a name that is followed may have no address at start") {
  auto& app = add(ProxyKind::Backend, "app");
  add_server(app, "name", "gone.example").naming.resolvers = "dns";
  add_server(app, "service", "_http._tcp.example").naming.resolvers = "dns";
  auto& none = add_server(app, "none", "gone.example");
  none.init_address = {InitAddress::None};
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  CHECK(diagnostics.warnings() == 1);  // of what was tried in vain
  publisher.publish(snapshot, nullptr);
  for (const char* name : {"name", "service", "none"})
    CHECK(registry.find_server("app", name)->state().unresolved);
}

TEST_CASE_METHOD(BuildFixture, "an address that a name has lost does not come back by a reload") {
  resources.hosts["app.example"] = "10.9.9.9";
  add_server(add(ProxyKind::Backend, "app"), "s", "app.example").naming.resolvers = "dns";
  publisher.publish(build(), nullptr);
  model::ServerLive& live = *registry.find_server("app", "s");
  model::ServerStateWord state = live.state();
  state.unresolved = true;
  live.set_state(state);
  resources.hosts.clear();
  const auto next = build();
  REQUIRE(next != nullptr);
  CHECK_FALSE(next->backends[0]->servers[0]->config->address.is_set());
}

TEST_CASE_METHOD(BuildFixture, "a backend's servers are found by name and by what lives on") {
  auto& app = add(ProxyKind::Backend, "app");
  app.servers.reserve(500);
  for (int i = 0; i < 500; ++i) add_server(app, "s" + std::to_string(i));
  add_server(add(ProxyKind::Backend, "other"), "s7");
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  const control::BackendRuntime& backend = *snapshot->find_backend("app");
  for (const auto& server : backend.servers) {
    CHECK(backend.find(server->live.get()) == server.get());
    CHECK(backend.find_runtime(server->config->name) == server.get());
  }
  CHECK(backend.find_by_name("s500") == nullptr);
  CHECK(backend.find(snapshot->find_backend("other")->servers[0]->live.get()) == nullptr);
  CHECK(backend.find(nullptr) == nullptr);
}

TEST_CASE_METHOD(BuildFixture, "TLS contexts are made where they are asked for") {
  auto& web = add(ProxyKind::Frontend, "web");
  web.binds.resize(2);
  web.binds[1].tls = true;
  auto& app = add(ProxyKind::Backend, "app");
  add_server(app, "clear");
  add_server(app, "tls").tls.enabled = true;
  add_server(app, "checked").check.tls = true;
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  CHECK(snapshot->frontends[0]->binds[0]->tls == nullptr);
  CHECK(snapshot->frontends[0]->binds[1]->tls != nullptr);
  CHECK(snapshot->backends[0]->servers[0]->tls == nullptr);
  CHECK(snapshot->backends[0]->servers[1]->tls != nullptr);
  CHECK(snapshot->backends[0]->servers[2]->tls != nullptr);
}

TEST_CASE_METHOD(
    BuildFixture,
    "a disabled backend may be named but serves nobody, a disabled frontend is not there") {
  auto& web = add(ProxyKind::Frontend, "web");
  web.default_backend = "app";
  add(ProxyKind::Frontend, "off").disabled = true;
  auto& app = add(ProxyKind::Backend, "app");
  app.disabled = true;
  add_server(app, "s");
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  publisher.publish(snapshot, nullptr);
  CHECK(snapshot->frontends.size() == 1);
  CHECK(snapshot->backends[0]->balancer->pick({}).result == balance::PickResult::NoneUsable);
}

TEST_CASE_METHOD(BuildFixture, "error files are kept with their status") {
  add(ProxyKind::Frontend, "web")
      .error_files.push_back({.status = 503, .path = "f", .content = "HTTP/1.0 503 X\r\n\r\n"});
  const auto snapshot = build();
  REQUIRE(snapshot != nullptr);
  REQUIRE(snapshot->frontends[0]->error_pages.size() == 1);
  CHECK(snapshot->frontends[0]->error_pages[0].status == 503);
  CHECK(snapshot->frontends[0]->error_pages[0].raw == "HTTP/1.0 503 X\r\n\r\n");
}
