#include "net/socket_stream.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

#include "net/listening_socket.h"
#include "support/catch.h"
#include "unit/net/stream_pair.h"

using namespace sluice;
using test::Deadline;
using test::Peer;
using test::StreamPair;

namespace {

/// An owner that destroys its stream in the middle of a callback.
struct Suicide final : net::Stream::Events {
  std::unique_ptr<net::Stream> stream;
  net::Loop* loop = nullptr;
  std::size_t calls = 0;
  void on_stream_ready(bool, bool) noexcept override {
    ++calls;
    stream.reset();
    loop->stop();
  }
};

struct Listener {
  Listener() {
    net::ListenOptions options;
    options.address = *base::Address::from_ip("127.0.0.1", 0);
    auto opened = net::ListeningSocket::open(options);
    REQUIRE(opened);
    socket.emplace(std::move(*opened));
    sockaddr_storage bound{};
    socklen_t length = sizeof(bound);
    ::getsockname(socket->descriptor(0), reinterpret_cast<sockaddr*>(&bound), &length);
    address = base::Address::from_sockaddr(reinterpret_cast<sockaddr*>(&bound), length);
  }
  std::optional<net::ListeningSocket> socket;
  base::Address address;
};

struct Accepting final : net::Acceptor::Events {
  std::vector<net::Accepted> all;
  net::Loop* loop = nullptr;
  void on_accepted(net::Acceptor&, const net::Accepted& accepted) noexcept override {
    all.push_back(accepted);
    loop->stop();
  }
  void on_accept_exhausted(net::Acceptor&) noexcept override {}
};

}  // namespace

TEST_CASE("bytes go both ways and half-closing leaves the other direction open") {
  StreamPair pair;
  pair.plain();
  pair.client.to_send = std::string(500'000, 'q');
  pair.client.close_when_sent = true;
  pair.begin();
  REQUIRE(pair.run([&] { return pair.server.eof; }));
  CHECK(pair.server.received == pair.client.to_send);
  pair.server.to_send = std::string(300'000, 'a');
  pair.server.close_when_sent = true;
  pair.server.pump();
  REQUIRE(pair.run([&] { return pair.client.eof; }));
  CHECK(pair.client.received == pair.server.to_send);
}

TEST_CASE("an owner may destroy its stream in its own read callback") {
  StreamPair pair;
  Suicide owner;
  owner.loop = pair.loop.get();
  owner.stream = pair.loop->adopt(pair.server_descriptor(), nullptr, owner);
  owner.stream->want({true, true});
  REQUIRE(::send(pair.client_descriptor(), "x", 1, 0) == 1);
  Deadline deadline(*pair.loop, 5'000);
  pair.loop->run();
  CHECK_FALSE(deadline.passed);
  CHECK(owner.calls == 1);
  ::close(pair.client_descriptor());
}

TEST_CASE("a stream may be destroyed with bytes that the kernel would not take") {
  StreamPair pair;
  pair.plain();
  pair.client.to_send = std::string(64U << 20, 'x');
  pair.server.pause_after = 0;
  pair.begin();
  CHECK(pair.client.sent < pair.client.to_send.size());
  pair.client.stream.reset();
  pair.run_for(10);
  SUCCEED("nothing was called");
}

TEST_CASE("a stream may be destroyed in mid-connect") {
  auto loop = net::make_uv_loop();
  Listener listener;
  Suicide owner;
  owner.loop = loop.get();
  net::ConnectOptions options;
  options.address = listener.address;
  auto stream = loop->connect(options, owner);
  REQUIRE(stream);
  (void)(*stream)->establish();
  stream->reset();
  Deadline deadline(*loop, 20);
  loop->run();
  CHECK(owner.calls == 0);
}

TEST_CASE("connecting is established and both addresses are known") {
  auto loop = net::make_uv_loop();
  Listener listener;
  Accepting accepting;
  accepting.loop = loop.get();
  auto acceptor = loop->accept_on(listener.socket->descriptor(0), accepting);
  test::Peer client;
  net::ConnectOptions options;
  options.address = listener.address;
  auto stream = loop->connect(options, client);
  REQUIRE(stream);
  client.stream = std::move(*stream);
  client.begin();
  Deadline deadline(*loop, 5'000);
  loop->run();
  REQUIRE(accepting.all.size() == 1);
  CHECK(accepting.all.front().peer == client.stream->local_address());
  ::close(accepting.all.front().descriptor);
}

TEST_CASE("a refused connection fails with its errno") {
  auto loop = net::make_uv_loop();
  base::Address nobody;
  { nobody = Listener().address; }
  test::Peer client;
  net::ConnectOptions options;
  options.address = nobody;
  auto stream = loop->connect(options, client);
  if (!stream) {
    CHECK(stream.error().code == ECONNREFUSED);
    return;
  }
  client.stream = std::move(*stream);
  client.after_event = [&] {
    if (client.failed) loop->stop();
  };
  client.begin();
  Deadline deadline(*loop, 5'000);
  if (!client.failed) loop->run();
  REQUIRE(client.failed);
  CHECK(client.stream->failure() == ECONNREFUSED);
}

TEST_CASE("bytes that came before a reset are delivered, then the error, to a reader who paused") {
  auto loop = net::make_uv_loop();
  Listener listener;
  Accepting accepting;
  accepting.loop = loop.get();
  auto acceptor = loop->accept_on(listener.socket->descriptor(0), accepting);
  test::Peer client, server;
  net::ConnectOptions options;
  options.address = listener.address;
  client.stream = std::move(*loop->connect(options, client));
  client.begin();
  Deadline deadline(*loop, 5'000);
  loop->run();
  REQUIRE(accepting.all.size() == 1);
  server.stream = loop->adopt(accepting.all.front().descriptor, nullptr, server);
  client.pause_after = 5;
  client.read_size = 5;
  client.begin();
  server.to_send = "early answer";
  server.begin();
  server.stream->reset_on_close();
  client.after_event = [&] {
    if (client.received.size() >= 5 || client.error || client.eof) loop->stop();
  };
  loop->run();
  REQUIRE(client.received == "early");
  server.stream.reset();
  client.pause_after = SIZE_MAX;
  client.read_size = 1;
  client.single_reads = true;  // many events after the poll error
  client.update();
  client.after_event = [&] {
    if (client.error || client.eof) loop->stop();
  };
  loop->run();
  CHECK_FALSE(deadline.passed);
  CHECK(client.received == "early answer");
  CHECK(client.error);
  CHECK(client.error_code == ECONNRESET);
}

TEST_CASE("the last bytes and the FIN of a stream that ends after them are one packet") {
  Listener listener;
  const auto loop = net::make_uv_loop();
  Peer peer;
  const auto packets_of_an_end = [&] {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(client, listener.address.data(), listener.address.length()) == 0);
    const int accepted =
        ::accept4(listener.socket->descriptor(0), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    REQUIRE(accepted >= 0);
    auto stream = loop->adopt(accepted, nullptr, peer);
    const auto sent = [&] {
      tcp_info info{};
      socklen_t length = sizeof(info);
      ::getsockopt(accepted, IPPROTO_TCP, TCP_INFO, &info, &length);
      return info.tcpi_segs_out;
    };
    const auto before = sent();
    stream->ends_after_write();
    const iovec bytes{const_cast<char*>("the last"), 8};
    CHECK(stream->try_write(&bytes, 1).bytes == 8);
    stream->shutdown_write();
    const auto count = sent() - before;
    char got[16];
    CHECK(::recv(client, got, sizeof(got), MSG_WAITALL) == 8);
    ::close(client);
    return count;
  };
  // The kernel waits 200 ms for the FIN: only a test that is stopped between the two sees more.
  bool one = false;
  for (int i = 0; i < 20 && !one; ++i) one = packets_of_an_end() == 1;
  CHECK(one);
}

TEST_CASE("deferred calls run once, in order, and may be taken back") {
  auto loop = net::make_uv_loop();
  struct Call final : net::Deferred {
    std::function<void()> what;
    void on_deferred() noexcept override { what(); }
  };
  std::string order;
  Call a, b;
  auto gone = std::make_unique<Call>();
  a.what = [&] {
    order += 'a';
    if (order.size() < 4) loop->defer(a);  // belongs to the next turn
  };
  b.what = [&] { order += 'b'; };
  gone->what = [&] { order += 'x'; };
  loop->defer(a);
  loop->defer(*gone);
  loop->defer(b);
  loop->defer(b);
  gone.reset();
  Deadline deadline(*loop, 20);
  loop->run();
  CHECK(order == "abaa");
}
