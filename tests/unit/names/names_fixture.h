// A loop whose time the test moves, name servers that answer when the test says so, and a sink that
// notes what it is told.
#pragma once

#include <string>
#include <vector>

#include "model/proxy_live.h"
#include "names/resolver.h"
#include "support/catch.h"

namespace sluice::names::test {

class ManualLoop final : public net::Loop, private net::TimerDriver {
 public:
  void run() override {}
  void stop() noexcept override {}
  [[nodiscard]] base::Moment now() noexcept override { return {now_ms_ * 1'000'000, 0}; }
  [[nodiscard]] net::TimerWheel& timers() noexcept override { return wheel_; }
  void defer(net::Deferred&) noexcept override {}
  [[nodiscard]] base::Result<std::unique_ptr<net::Stream>> connect(const net::ConnectOptions&,
                                                                   net::Stream::Events&) override {
    return base::fail(base::ErrorKind::Internal, "not here");
  }
  [[nodiscard]] std::unique_ptr<net::Stream> adopt(int, const net::TlsServerContext*,
                                                   net::Stream::Events&) override {
    return nullptr;
  }
  void discard(int) noexcept override {}
  [[nodiscard]] std::unique_ptr<net::Acceptor> accept_on(int, net::Acceptor::Events&) override {
    return nullptr;
  }
  [[nodiscard]] std::unique_ptr<net::Watch> watch(int, net::Watch::Events&) override {
    return nullptr;
  }
  [[nodiscard]] std::unique_ptr<net::Wakeup> make_wakeup(net::Wakeup::Events&) override {
    return nullptr;
  }
  /// Every timer that is due by then fires at its own millisecond.
  void pass(std::uint64_t ms) {
    for (; ms > 0; --ms) wheel_.advance(++now_ms_);
  }

 private:
  void wake_at(std::uint64_t) noexcept override {}
  std::uint64_t now_ms_ = 1'000'000;
  net::TimerWheel wheel_{now_ms_, *this};
};

struct Ask {
  std::uint64_t token = 0;
  net::DnsQuestion question;
};

struct FakeServer final : net::NameServer {
  explicit FakeServer(net::NameServer::Events& who) : events(who) {}
  void ask(std::uint64_t token, const net::DnsQuestion& question) override {
    asks.push_back({token, question});
  }
  net::NameServer::Events& events;
  std::vector<Ask> asks;
};

inline base::Address ip(std::string_view text, std::uint16_t port = 0) {
  return *base::Address::from_ip(text, port);
}

inline net::DnsAnswer failed(net::DnsStatus status) {
  net::DnsAnswer out;
  out.status = status;
  return out;
}

inline net::DnsAnswer addresses(std::vector<std::string> ips, std::uint32_t ttl_s = 3600) {
  net::DnsAnswer out;
  out.status = net::DnsStatus::Valid;
  out.ttl_s = ttl_s;
  for (const std::string& each : ips) out.addresses.push_back({ip(each), ttl_s});
  return out;
}

struct SrvRecord {
  std::string target;
  std::uint16_t port;
  std::uint16_t weight;
  std::string address;
};

inline net::DnsAnswer services(std::vector<SrvRecord> records, std::uint32_t ttl_s = 3600) {
  net::DnsAnswer out;
  out.status = net::DnsStatus::Valid;
  out.ttl_s = ttl_s;
  for (const SrvRecord& each : records) {
    net::DnsService service{each.target, each.port, each.weight, ttl_s, {}};
    if (!each.address.empty()) service.addresses.push_back({ip(each.address), ttl_s});
    out.services.push_back(service);
  }
  return out;
}

/// Two name servers, `timeout resolve` 10 s, `timeout retry` 1 s, hold times of 30 s.
class Bench : public Sink {
 public:
  explicit Bench(std::size_t name_servers = 2) {
    settings.name = "dns";
    for (std::size_t i = 0; i < name_servers; ++i) {
      model::NameServer server;
      server.name = "n" + std::to_string(i + 1);
      settings.name_servers.push_back(server);
    }
    settings.resolve_ms = 10'000;
  }

  void address_found(model::ServerLive& server, const base::Address& address,
                     std::string_view by) override {
    server.set_address(address);
    mark(server, false);
    told.push_back(server.name() + " " + address.to_string() + " by " + std::string(by));
  }
  void address_lost(model::ServerLive& server, std::string_view why) override {
    if (server.state().unresolved) return;
    server.kept_port = server.address().port();
    mark(server, true);
    told.push_back(server.name() + " lost: " + std::string(why));
  }
  void weight_found(model::ServerLive& server, std::uint16_t weight) override {
    if (weights[server.name()] != weight)
      told.push_back(server.name() + " weight " + std::to_string(weight));
    weights[server.name()] = weight;
  }
  void target_found(model::ServerLive& server, std::string_view target) override {
    told.push_back(server.name() + " is " + std::string(target.empty() ? "nothing" : target));
  }

  NamedServer server(const std::string& name, const std::string& host, std::uint16_t port = 80) {
    NamedServer out;
    out.live = lives[name];
    if (out.live == nullptr) {
      out.live = std::make_shared<model::ServerLive>(name, ++last_id, backend);
      out.live->kept_port = port;
      mark(*out.live, true);
      lives[name] = out.live;
    }
    out.name = host;
    out.use.prefer_ipv4 = true;
    return out;
  }
  void start(std::vector<NamedServer> servers) {
    resolver = std::make_unique<Resolver>(
        loop, settings,
        [this](const net::NameServerOptions&, net::NameServer::Events& events) {
          auto made = std::make_unique<FakeServer>(events);
          links.push_back(made.get());
          return made;
        },
        *this);
    resolver->configure(std::move(servers));
  }
  /// The latest question to that name server gets its answer.
  void answer(std::size_t server, net::DnsAnswer answer) {
    const Ask ask = links[server]->asks.back();
    links[server]->events.on_dns_answer(ask.token, std::move(answer));
  }
  void answer_all(const net::DnsAnswer& with) {
    for (std::size_t i = 0; i < links.size(); ++i) answer(i, with);
  }
  /// The first one answers, the others are too late.
  [[nodiscard]] std::size_t asks(std::size_t server = 0) const {
    return links[server]->asks.size();
  }
  [[nodiscard]] net::DnsQuestion question() const { return links[0]->asks.back().question; }
  std::vector<std::string> take() { return std::exchange(told, {}); }
  [[nodiscard]] model::NameServerCounts counts(std::size_t server) const {
    return resolver->report().servers[server].counts;
  }

  ManualLoop loop;
  model::Resolvers settings;
  model::BackendLive backend{"be"};
  std::map<std::string, std::shared_ptr<model::ServerLive>> lives;
  std::map<std::string, std::uint16_t> weights;
  std::uint64_t last_id = 0;
  std::vector<std::string> told;
  std::vector<FakeServer*> links;
  std::unique_ptr<Resolver> resolver;

 private:
  static void mark(model::ServerLive& server, bool unresolved) {
    model::ServerStateWord state = server.state();
    state.unresolved = unresolved;
    server.set_state(state);
  }
};

using Told = std::vector<std::string>;

}  // namespace sluice::names::test
