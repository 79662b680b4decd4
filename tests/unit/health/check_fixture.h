// For tests of checks: an origin with one behaviour on a loopback port of the test's own loop, and
// a sink that keeps the reports, applies rise and fall as the control room does, and stops the
// loop.
#pragma once

#include <sys/socket.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "health/checker.h"
#include "model/proxy_live.h"
#include "net/listening_socket.h"
#include "support/catch.h"

namespace sluice::health::test {

/// Stops the loop at a deadline, so that a test that waits in vain fails instead of hanging.
class Guard final : public net::Timer {
 public:
  explicit Guard(net::Loop& loop) : loop_(loop) {}
  /// True: something else stopped the loop before.
  bool run(std::uint64_t limit_ms = 5'000) {
    expired_ = false;
    arm(loop_.timers(), loop_.now_ms() + limit_ms);
    loop_.run();
    disarm();
    return !expired_;
  }

 private:
  void on_timer() noexcept override {
    expired_ = true;
    loop_.stop();
  }
  net::Loop& loop_;
  bool expired_ = false;
};

enum class Ending { Keep, Close, Reset };

class Origin final : private net::Acceptor::Events {
 public:
  Origin(net::Loop& loop, std::string reply, Ending ending,
         const net::TlsServerContext* tls = nullptr)
      : loop_(loop), reply_(std::move(reply)), ending_(ending), tls_(tls), socket_(listen()) {
    acceptor_ = loop.accept_on(socket_.descriptor(0), *this);
  }
  [[nodiscard]] base::Address address() const { return socket_.address(); }
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  [[nodiscard]] const std::string& request() const { return request_; }
  void set_reply(std::string reply) { reply_ = std::move(reply); }

 private:
  struct Connection final : net::Stream::Events {
    Connection(Origin& owner, int descriptor) : origin(owner) {
      stream = owner.loop_.adopt(descriptor, owner.tls_, *this);
      if (stream->establish() == net::Establish::Done) stream->want({true, false});
    }
    void on_stream_ready(bool, bool) noexcept override {
      switch (stream->establish()) {
        case net::Establish::Pending:
          return;
        case net::Establish::Failed:
          stream->want({});
          return;
        case net::Establish::Done:
          stream->want({true, false});
          break;
      }
      char buffer[4096];
      iovec space{buffer, sizeof(buffer)};
      const net::IoResult got = stream->try_read(&space, 1);
      if (got.status == net::IoStatus::WouldBlock) return;
      if (got.status != net::IoStatus::Ok) {
        stream->want({});
        return;
      }
      origin.request_.assign(buffer, got.bytes);
      const iovec out{origin.reply_.data(), origin.reply_.size()};
      if (!origin.reply_.empty()) (void)stream->try_write(&out, 1);
      if (origin.ending_ == Ending::Keep) return;
      if (origin.ending_ == Ending::Reset) stream->reset_on_close();
      stream.reset();
    }
    Origin& origin;
    std::unique_ptr<net::Stream> stream;
  };

  static net::ListeningSocket listen() {
    net::ListenOptions options;
    options.address = *base::Address::from_ip("127.0.0.1", 0);
    auto socket = net::ListeningSocket::open(options);
    REQUIRE(socket);
    return std::move(*socket);
  }
  void on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept override {
    ++accepted_;
    connections_.push_back(std::make_unique<Connection>(*this, accepted.descriptor));
  }
  void on_accept_exhausted(net::Acceptor&) noexcept override {}

  net::Loop& loop_;
  std::string reply_;
  Ending ending_;
  const net::TlsServerContext* tls_;
  net::ListeningSocket socket_;
  std::unique_ptr<net::Acceptor> acceptor_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t accepted_ = 0;
  std::string request_;
};

struct Seen {
  model::CheckReport report;
  std::string server;
  std::uint64_t at_ms = 0;
};

class Reports final : public Sink {
 public:
  explicit Reports(net::Loop& loop) : loop_(loop), guard_(loop) {}
  void agent_said(model::ServerLive&, const model::AgentReport& said) override {
    agents.push_back(said);
    if (--wanted_ == 0) loop_.stop();
  }
  std::vector<model::AgentReport> agents;
  void report(model::ServerLive& server, const model::CheckReport& report) override {
    all.push_back({report, server.name(), loop_.now_ms()});
    count(server, report.passed);
    if (--wanted_ == 0) loop_.stop();
  }
  /// Runs the loop until `count` more reports came.
  [[nodiscard]] bool await(std::size_t count) {
    wanted_ = count;
    return guard_.run();
  }
  [[nodiscard]] const model::CheckReport& last() const { return all.back().report; }
  std::vector<Seen> all;

 private:
  static void count(model::ServerLive& server, bool passed) {
    model::ServerStateWord state = server.state();
    const auto rise = static_cast<std::uint8_t>(server.rise);
    const auto best = static_cast<std::uint8_t>(server.rise + server.fall - 1);
    if (!state.checked) state.health = rise;
    if (passed) {
      state.health = state.health + 1 >= rise ? best : static_cast<std::uint8_t>(state.health + 1);
    } else {
      state.health = state.health > rise ? static_cast<std::uint8_t>(state.health - 1) : 0;
    }
    state.oper = state.health >= rise ? model::OperState::Up : model::OperState::Down;
    state.checked = true;
    server.set_state(state);
  }
  net::Loop& loop_;
  Guard guard_;
  std::size_t wanted_ = 0;
};

/// Nothing that a check of these tests names is alive.
class NoLive final : public rules::LiveLookup {
 public:
  model::BackendLive* find_backend(std::string_view) override { return nullptr; }
  model::FrontendLive* find_frontend(std::string_view) override { return nullptr; }
  model::ServerLive* find_server(std::string_view, std::string_view) override { return nullptr; }
};

inline std::shared_ptr<const CheckScript> script_of(const model::ProxyCheck& check) {
  const model::Config config;
  const model::Proxy proxy;
  NoLive live;
  base::Diagnostics diagnostics;
  rules::CompileScope scope{config, proxy, live, diagnostics};
  return CheckScript::compile(check, scope);
}

/// `option httpchk METHOD URI` and, with a pattern, one expect.
inline model::ProxyCheck http_check(std::string method = {}, std::string uri = {}) {
  model::ProxyCheck out;
  out.kind = model::CheckKind::Http;
  model::CheckStep send;
  send.kind = model::CheckStep::Kind::Send;
  send.send.method = std::move(method);
  send.send.uri = std::move(uri);
  out.http_steps.push_back(std::move(send));
  return out;
}

struct Bench {
  std::unique_ptr<net::Loop> loop = net::make_uv_loop();
  Reports reports{*loop};
  model::BackendLive backend{"nodes"};
  Checker checker{*loop, reports};
  std::uint64_t next_id = 1;

  CheckTarget target(const std::string& name, const base::Address& address) {
    model::ServerLive& live = backend.server(name, next_id++);
    live.set_address(address);
    live.check_enabled = true;
    CheckTarget out;
    for (const auto& server : backend.servers()) {
      if (server.get() == &live) out.server = server;
    }
    out.options.inter_ms = 50;
    out.script = script_of({});
    return out;
  }
  CheckTarget http_target(const std::string& name, const base::Address& address,
                          const model::ProxyCheck& check = http_check()) {
    CheckTarget out = target(name, address);
    out.script = script_of(check);
    out.options.inter_ms = 2'000;
    return out;
  }
  /// The first report of a checker with this one target.
  model::CheckReport first(CheckTarget one) {
    checker.configure({}, {{std::move(one)}, {}});
    REQUIRE(reports.await(1));
    const model::CheckReport out = reports.last();
    checker.configure({}, {});
    return out;
  }
};

}  // namespace sluice::health::test
