#include "net/sim_loop.h"

#include <cerrno>

#include "net/mailbox.h"
#include "net/sim_peer.h"
#include "net/tls/tls_client_context.h"
#include "net/tls/tls_server_context.h"
#include "support/catch.h"
#include "support/certificates.h"

using namespace sluice;
using net::SimFaults;
using net::SimLoop;
using net::SimOrigin;
using net::SimOutcome;
using net::SimPeer;
using net::SimWorld;

namespace {

const base::Address kOrigin = *base::Address::from_ip("127.0.0.1", 80);

SimFaults calm() {
  SimFaults faults;
  faults.split_reads = faults.short_writes = faults.refused_writes = 0;
  return faults;
}

std::string text_of(std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>('a' + i * 7 % 26);
  return out;
}

/// Answers each line with the same line.
void echo(SimPeer& peer) {
  peer.send(peer.received());
  peer.received().clear();
  if (peer.ended()) peer.finish();
}

/// What one seed's history looks like from outside.
std::string history(std::uint64_t seed, const SimFaults& faults) {
  SimWorld world(seed, faults);
  auto first = world.make_loop();
  auto second = world.make_loop();
  SimOrigin origin(*first, kOrigin, echo);
  std::string log;
  std::vector<std::unique_ptr<SimPeer>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<SimPeer>(*second, [&log, i, &world](SimPeer& peer) {
      log += std::to_string(world.clock_ns()) + ":" + std::to_string(i) + ":" +
             std::to_string(peer.received().size()) + (peer.ended() ? "e" : "") + ";";
    }));
    clients.back()->connect(kOrigin);
    clients.back()->send(text_of(20'000));
    clients.back()->finish();
  }
  REQUIRE(world.run_until_idle(60'000) == SimOutcome::Idle);
  CHECK(world.violations().empty());
  return log;
}

/// A stream's owner that does nothing, for driving a stream by hand.
struct Quiet final : net::Stream::Events {
  void on_stream_ready(bool, bool) noexcept override {}
};

net::IoResult write(net::Stream& stream, std::string_view bytes) {
  const iovec from{const_cast<char*>(bytes.data()), bytes.size()};
  return stream.try_write(&from, 1);
}

}  // namespace

TEST_CASE("the same seed replays the same history, another seed another one") {
  const std::string once = history(7, SimFaults{});
  CHECK(once == history(7, SimFaults{}));
  CHECK(once != history(8, SimFaults{}));
}

TEST_CASE("bytes in are bytes out under any seed") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SimWorld world(seed);
    auto clients = world.make_loop();
    auto origins = world.make_loop();
    SimOrigin origin(*origins, kOrigin, echo);
    SimPeer client(*clients);
    client.connect(kOrigin);
    const std::string text = text_of(150'000);
    client.send(text);
    client.finish();
    CAPTURE(seed);
    REQUIRE(world.run_until([&] { return client.ended(); }, 60'000) == SimOutcome::Idle);
    REQUIRE(client.ended());
    REQUIRE(client.received() == text);
    REQUIRE(world.violations().empty());
  }
}

TEST_CASE("a connection to nobody is refused") {
  SimWorld world(1);
  auto loop = world.make_loop();
  SimPeer client(*loop);
  client.connect(kOrigin);
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(client.failed());
  CHECK(client.error() == ECONNREFUSED);
}

TEST_CASE("connections are refused and cut as often as asked") {
  SimFaults faults = calm();
  faults.refused_connects = 300;
  faults.resets = 500;
  faults.max_life_ms = 20;
  SimWorld world(3, faults);
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, {});
  std::vector<std::unique_ptr<SimPeer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<SimPeer>(*clients));
    peers.back()->connect(kOrigin);
  }
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  int refused = 0, cut = 0;
  for (auto& peer : peers) {
    refused += peer->error() == ECONNREFUSED ? 1 : 0;
    cut += peer->error() == ECONNRESET ? 1 : 0;
  }
  CHECK(refused > 30);
  CHECK(refused < 90);
  CHECK(cut > 40);
  CHECK(cut < 110);
}

TEST_CASE("a silent address neither answers nor refuses, and time passes all the same") {
  SimWorld world(1);
  auto loop = world.make_loop();
  SimOrigin origin(*loop, kOrigin, echo);
  world.set_silent(kOrigin, true);
  struct Timeout final : net::Timer {
    bool fired = false;
    void on_timer() noexcept override { fired = true; }
  } timeout;
  timeout.arm(loop->timers(), world.now_ms() + 5'000);
  SimPeer client(*loop);
  client.connect(kOrigin);
  const std::uint64_t begin = world.now_ms();
  CHECK(world.run_until_idle(60'000) == SimOutcome::Idle);
  CHECK(timeout.fired);
  CHECK(world.now_ms() - begin >= 5'000);
  CHECK(world.now_ms() - begin < 5'010);
  CHECK_FALSE(client.established());
  CHECK_FALSE(client.failed());
}

TEST_CASE("what arrived before a reset is read before the error") {
  SimWorld world(5, calm());
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, [](SimPeer& peer) {
    if (!peer.received().empty()) peer.send("early answer");
  });
  SimPeer client(*clients);
  client.connect(kOrigin);
  client.send("request");
  client.pause_reading();
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  REQUIRE(origin.connections().size() == 1);
  origin.connections().front()->reset();
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(client.received().empty());
  client.resume_reading();
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(client.received() == "early answer");
  CHECK(client.error() == ECONNRESET);
}

TEST_CASE("closing with bytes unread resets, as the kernel does") {
  SimWorld world(5, calm());
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, {});
  SimPeer client(*clients);
  client.connect(kOrigin);
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  origin.connections().front()->pause_reading();
  client.send("unread");
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  origin.connections().front()->close();
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(client.error() == ECONNRESET);
}

TEST_CASE("the last bytes of a stream that ends after them leave with its end") {
  SimWorld world(5, calm());
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, {});
  SimPeer client(*clients);
  client.connect(kOrigin);
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  SimPeer& server = *origin.connections().front();
  server.stream()->ends_after_write();
  const auto write_last = [&] {
    const iovec bytes{const_cast<char*>("last"), 4};
    CHECK(server.stream()->try_write(&bytes, 1).bytes == 4);
  };
  SECTION("they arrive") {
    write_last();
    server.close();
    CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
    CHECK(client.received() == "last");
    CHECK(client.ended());
  }
  SECTION("a reset takes them") {
    server.pause_reading();
    client.send("unread");
    CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
    write_last();
    server.close();
    CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
    CHECK(client.received().empty());
    CHECK(client.error() == ECONNRESET);
  }
  SECTION("an end that does not follow is a violation") {
    write_last();
    client.send("more");
    (void)world.run_until_idle(1'000);
    CHECK_FALSE(world.violations().empty());
  }
}

TEST_CASE("a full window stops the writer until the reader reads") {
  SimFaults faults = calm();
  faults.window_bytes = 10'000;
  SimWorld world(2, faults);
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, {});
  SimPeer client(*clients);
  client.connect(kOrigin);
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  SimPeer& server = *origin.connections().front();
  server.pause_reading();
  client.send(text_of(50'000));
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK_FALSE(client.all_sent());
  server.resume_reading();
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(client.all_sent());
  CHECK(server.received() == text_of(50'000));
}

TEST_CASE("listeners that share an address share its connections") {
  SimWorld world(4, calm());
  auto clients = world.make_loop();
  auto first = world.make_loop();
  auto second = world.make_loop();
  struct Counter final : net::Acceptor::Events {
    SimLoop* loop = nullptr;
    int count = 0;
    void on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept override {
      ++count;
      loop->discard(accepted.descriptor);
    }
    void on_accept_exhausted(net::Acceptor&) noexcept override {}
  } one, two;
  one.loop = first.get();
  two.loop = second.get();
  const std::vector<int> descriptors = world.listen(kOrigin, 2);
  auto a = first->accept_on(descriptors[0], one);
  auto b = second->accept_on(descriptors[1], two);
  std::vector<std::unique_ptr<SimPeer>> peers;
  for (int i = 0; i < 60; ++i) {
    peers.push_back(std::make_unique<SimPeer>(*clients));
    peers.back()->connect(kOrigin);
  }
  CHECK(world.run_until_idle(1'000) == SimOutcome::Idle);
  CHECK(one.count + two.count == 60);
  CHECK(one.count > 10);
  CHECK(two.count > 10);
  for (auto& peer : peers) CHECK(peer->ended());
  CHECK(world.unclaimed() == 0);
}

TEST_CASE("an exhausted accept pauses for 100 ms and goes on by itself") {
  SimFaults faults = calm();
  faults.exhausted_accepts = 500;
  SimWorld world(11, faults);
  auto loop = world.make_loop();
  SimOrigin origin(*loop, kOrigin, {});
  std::vector<std::unique_ptr<SimPeer>> peers;
  for (int i = 0; i < 20; ++i) {
    peers.push_back(std::make_unique<SimPeer>(*loop));
    peers.back()->connect(kOrigin);
  }
  const std::uint64_t begin = world.now_ms();
  CHECK(world.run_until_idle(60'000) == SimOutcome::Idle);
  CHECK(origin.connections().size() == 20);
  CHECK(world.now_ms() - begin >= 100);
}

TEST_CASE("mail between simulated workers arrives, in an order that the seed decides") {
  std::string orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimWorld world(seed);
    auto first = world.make_loop();
    auto second = world.make_loop();
    net::Mailbox to_first(*first), to_second(*second);
    std::string order;
    to_first.run([&] { order += '1'; });
    to_second.run([&] {
      order += '2';
      to_first.run([&] { order += '3'; });
    });
    CHECK(world.run_until_idle(100) == SimOutcome::Idle);
    CHECK(order.size() == 3);
    orders += order + " ";
  }
  CHECK(orders.find("123") != std::string::npos);
  CHECK(orders.find("213") != std::string::npos);
}

TEST_CASE("breaches of a stream's contract are reported") {
  SimWorld world(1, calm());
  auto clients = world.make_loop();
  auto origins = world.make_loop();
  SimOrigin origin(*origins, kOrigin, {});
  Quiet quiet;
  net::ConnectOptions options;
  options.address = kOrigin;
  auto stream = std::move(*clients->connect(options, quiet));
  SECTION("writing before it is established") {
    (void)write(*stream, "x");
    REQUIRE(world.violations().size() == 1);
    CHECK(world.violations().front().find("before the stream was established") !=
          std::string::npos);
  }
  SECTION("writing after shutdown") {
    CHECK(world.run_until_idle(100) == SimOutcome::Idle);
    REQUIRE(stream->establish() == net::Establish::Done);
    stream->shutdown_write();
    CHECK(write(*stream, "x").error == EPIPE);
    CHECK(world.violations().size() == 1);
  }
  SECTION("offering other bytes than those that were not taken") {
    CHECK(world.run_until_idle(100) == SimOutcome::Idle);
    REQUIRE(stream->establish() == net::Establish::Done);
    world.faults().window_bytes = 3;
    CHECK(write(*stream, "abcdef").bytes == 3);
    world.faults().window_bytes = 100;
    CHECK(write(*stream, "abc").bytes == 3);
    CHECK(world.violations().size() == 1);
  }
  SECTION("using it from another loop's thread") {
    struct Stray final : net::Deferred {
      net::Stream* stream = nullptr;
      void on_deferred() noexcept override { stream->want({true, false}); }
    } stray;
    stray.stream = stream.get();
    origins->defer(stray);
    CHECK(world.run_until_idle(100) == SimOutcome::Idle);
    CHECK(world.violations().size() == 1);
  }
}

TEST_CASE("a stream that nobody serves spins no longer than the step limit") {
  SimWorld world(1, calm());
  auto loop = world.make_loop();
  SimOrigin origin(*loop, kOrigin, {});
  Quiet quiet;
  net::ConnectOptions options;
  options.address = kOrigin;
  auto stream = std::move(*loop->connect(options, quiet));
  CHECK(world.run_until_idle(100) == SimOutcome::Idle);
  REQUIRE(stream->establish() == net::Establish::Done);
  stream->want({false, true});
  world.set_step_limit(1'000);
  CHECK(world.run_until_idle(60'000) == SimOutcome::StepLimit);
}

TEST_CASE("a stopped loop is called no more") {
  SimWorld world(1);
  auto loop = world.make_loop();
  struct Timeout final : net::Timer {
    bool fired = false;
    void on_timer() noexcept override { fired = true; }
  } timeout;
  timeout.arm(loop->timers(), world.now_ms() + 10);
  loop->stop();
  CHECK(world.run_until_idle(100) == SimOutcome::Idle);
  CHECK_FALSE(timeout.fired);
}

TEST_CASE("TLS works over simulated streams under any seed") {
  test::Directory directory;
  net::CertificateStore store;
  std::vector<std::string> warnings;
  net::TlsServerOptions to;
  to.certificates = {directory.write("a.pem", test::make_certificate({{"a.example.org"}}).pem())};
  net::TlsClientOptions from;
  from.verify = false;
  auto server = *net::TlsServerContext::create(to, store, warnings);
  auto client_context = *net::TlsClientContext::create(from, store, warnings);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SimFaults faults;
    faults.window_bytes = 9'000;
    SimWorld world(seed, faults);
    auto clients = world.make_loop();
    auto origins = world.make_loop();
    SimOrigin origin(*origins, kOrigin, echo, server.get());
    SimPeer client(*clients);
    net::ConnectOptions options;
    options.address = kOrigin;
    options.tls = client_context.get();
    options.tls_server_name = "a.example.org";
    client.connect(options);
    const std::string text = text_of(100'000);
    client.send(text);
    client.finish();
    CAPTURE(seed, client.error());
    REQUIRE(world.run_until([&] { return client.ended() || client.error() != 0; }, 60'000) ==
            SimOutcome::Idle);
    REQUIRE(client.received() == text);
    REQUIRE(world.violations().empty());
    REQUIRE(clients->tls_buffers().in_use() == 0);
  }
}
