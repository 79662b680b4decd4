#include "net/tls/tls_stream.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "support/catch.h"
#include "support/certificates.h"
#include "unit/net/stream_pair.h"

using namespace sluice;
using net::TlsClientContext;
using net::TlsClientOptions;
using net::TlsProtocol;
using net::TlsServerContext;
using net::TlsServerOptions;
using test::Key;
using test::StreamPair;

namespace {

/// An authority, a server certificate for www.example.org, and contexts made from options.
struct World {
  test::Directory directory;
  test::MadeCertificate authority = test::make_authority();
  std::string ca_file = directory.write("ca.pem", authority.certificate_pem());
  std::vector<std::string> warnings;

  std::string certificate(const std::string& file, std::vector<std::string> names,
                          Key key = Key::Ecdsa) {
    return directory.write(file, test::make_certificate({std::move(names), key}, &authority).pem());
  }
  std::shared_ptr<const TlsServerContext> server(TlsServerOptions options = {}) {
    if (options.certificates.empty())
      options.certificates = {certificate("www.pem", {"www.example.org"})};
    net::CertificateStore store;
    auto made = TlsServerContext::create(options, store, warnings);
    if (!made) FAIL(made.error().detail);
    return *made;
  }
  std::shared_ptr<const TlsClientContext> client(TlsClientOptions options = {}) {
    if (options.verify && options.ca_file.empty()) options.ca_file = ca_file;
    net::CertificateStore store;
    auto made = TlsClientContext::create(options, store, warnings);
    if (!made) FAIL(made.error().detail);
    return *made;
  }
};

std::string text_of(std::size_t bytes, unsigned seed) {
  std::string out(bytes, '\0');
  for (char& c : out) {
    seed = seed * 1'103'515'245U + 12'345U;
    c = static_cast<char>(seed >> 16);
  }
  return out;
}

/// One connection; says hello both ways; true when the session was resumed.
bool resumed(const TlsClientContext& client, const TlsServerContext& server,
             std::string_view name) {
  StreamPair pair;
  pair.tls(client, server, name);
  pair.client.to_send = "ping";
  pair.server.to_send = "pong";
  pair.client.close_when_sent = true;
  REQUIRE(pair.handshake());
  REQUIRE(pair.run([&] { return pair.client.received == "pong" && pair.server.eof; }));
  CHECK(pair.client.stream->tls_info()->resumed == pair.server.stream->tls_info()->resumed);
  return pair.server.stream->tls_info()->resumed;
}

}  // namespace

TEST_CASE("a handshake fills what is known of the connection on both sides") {
  World world;
  TlsServerOptions options;
  options.alpn = {"http/1.1", "http/1.0"};
  TlsClientOptions from;
  from.alpn = {"h2", "http/1.1"};
  auto server = world.server(options);
  auto client = world.client(from);
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  REQUIRE(pair.client.established);
  REQUIRE(pair.server.established);
  const net::TlsInfo& info = *pair.server.stream->tls_info();
  CHECK(info.protocol == "TLSv1.3");
  CHECK(info.cipher == "TLS_AES_128_GCM_SHA256");
  CHECK(info.sni == "www.example.org");
  CHECK(info.alpn == "http/1.1");
  CHECK_FALSE(info.resumed);
  CHECK(pair.client.stream->tls_info()->alpn == "http/1.1");
  CHECK_FALSE(pair.client.stream->is_plain());
}

TEST_CASE("without a common protocol the connection goes on without ALPN") {
  World world;
  TlsServerOptions options;
  options.alpn = {"http/1.1"};
  TlsClientOptions from;
  from.alpn = {"h2"};
  auto server = world.server(options);
  auto client = world.client(from);
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  REQUIRE(pair.server.established);
  CHECK(pair.server.stream->tls_info()->alpn.empty());
}

TEST_CASE("a megabyte goes both ways through small socket buffers") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair(4'608);
  pair.tls(*client, *server, "www.example.org");
  pair.client.to_send = text_of(1'048'576, 1);
  pair.server.to_send = text_of(1'048'576, 2);
  pair.client.read_size = 1'000;
  pair.client.close_when_sent = pair.server.close_when_sent = true;
  pair.begin();
  REQUIRE(pair.run([&] { return pair.client.eof && pair.server.eof; }));
  CHECK(pair.client.received == pair.server.to_send);
  CHECK(pair.server.received == pair.client.to_send);
  CHECK(pair.loop->tls_buffers().in_use() == 0);
}

TEST_CASE("bytes that count as written arrive although the owner closes at once") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair(4'608);
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  pair.server.to_send = text_of(300'000, 3);
  pair.server.pump();
  REQUIRE(pair.run([&] { return pair.server.sent == pair.server.to_send.size(); }));
  pair.server.stream.reset();
  REQUIRE(pair.run([&] { return pair.client.eof || pair.client.error; }));
  CHECK(pair.client.received.size() == 300'000);
  CHECK(pair.client.eof);
}

TEST_CASE("a reader that pauses with decrypted bytes left is told when it resumes") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  pair.server.read_size = 10;
  pair.server.pause_after = 10;
  pair.client.to_send = text_of(40'000, 4);
  pair.client.pump();
  REQUIRE(pair.run([&] { return pair.server.received.size() == 10; }));
  REQUIRE(pair.run([&] { return pair.client.sent == 40'000; }));
  CHECK(pair.server.stream->has_buffered());
  const std::size_t events = pair.server.events;
  pair.run_for(20);
  CHECK(pair.server.events == events);  // paused: silent
  pair.server.pause_after = SIZE_MAX;
  pair.server.update();
  REQUIRE(pair.run([&] { return pair.server.received.size() == 40'000; }));
  CHECK_FALSE(pair.server.stream->has_buffered());
  CHECK(pair.server.received == pair.client.to_send);
  const std::size_t settled = pair.server.events;
  pair.run_for(20);
  CHECK(pair.server.events <= settled + 1);  // nothing spins
}

TEST_CASE("events keep coming to a reader that reads little each time") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  pair.server.single_reads = true;
  pair.server.read_size = 97;
  pair.client.to_send = text_of(60'000, 5);
  pair.begin();
  REQUIRE(pair.run([&] { return pair.server.received.size() == 60'000; }));
  CHECK(pair.server.received == pair.client.to_send);
}

TEST_CASE("bytes that come with the last of the handshake are not forgotten") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  pair.client.to_send = "GET / HTTP/1.1\r\n\r\n";
  pair.server.pause_after = 0;  // does not read when it is established
  pair.begin();
  REQUIRE(pair.run([&] { return pair.server.established && pair.client.sent > 0; }));
  pair.server.pause_after = SIZE_MAX;
  pair.server.update();
  REQUIRE(pair.run([&] { return pair.server.received == pair.client.to_send; }));
}

TEST_CASE("an idle connection holds no buffer") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  pair.client.to_send = text_of(100'000, 6);
  pair.begin();
  REQUIRE(pair.run([&] { return pair.server.received.size() == 100'000; }));
  CHECK(pair.loop->tls_buffers().in_use() == 0);
}

TEST_CASE("shutting down says goodbye and the other direction stays open") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  pair.client.to_send = "request";
  pair.client.close_when_sent = true;
  pair.begin();
  REQUIRE(pair.run([&] { return pair.server.eof; }));
  CHECK(pair.server.received == "request");
  pair.server.to_send = "answer";
  pair.server.close_when_sent = true;
  pair.server.pump();
  REQUIRE(pair.run([&] { return pair.client.eof; }));
  CHECK(pair.client.received == "answer");
  CHECK_FALSE(pair.client.error);
  const iovec more{const_cast<char*>("x"), 1};
  CHECK(pair.client.stream->try_write(&more, 1).error == EPIPE);
}

TEST_CASE("a connection cut without close_notify ends as a plain one does") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  pair.server.to_send = "all of it";
  REQUIRE(pair.handshake());
  REQUIRE(pair.run([&] { return pair.client.received == "all of it"; }));
  ::shutdown(pair.server_descriptor(), SHUT_WR);
  REQUIRE(pair.run([&] { return pair.client.eof || pair.client.error; }));
  CHECK(pair.client.eof);
}

TEST_CASE("bytes that are no TLS records are an error") {
  World world;
  auto server = world.server();
  auto client = world.client();
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  REQUIRE(::send(pair.server_descriptor(), "HTTP/1.1 400 Bad request\r\n\r\n", 28, 0) == 28);
  REQUIRE(pair.run([&] { return pair.client.eof || pair.client.error; }));
  CHECK(pair.client.error);
  CHECK(pair.client.error_code == 0);
}

TEST_CASE("a clear-text client of a TLS bind fails with a reason") {
  World world;
  auto server = world.server();
  StreamPair pair;
  pair.client.stream = pair.loop->adopt(pair.client_descriptor(), nullptr, pair.client);
  pair.server.stream = pair.loop->adopt(pair.server_descriptor(), server.get(), pair.server);
  pair.client.to_send = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  REQUIRE(pair.handshake());
  CHECK(pair.server.failed);
  CHECK(pair.server.stream->failure() == 0);
  CHECK(std::string(pair.server.stream->failure_text()) == "http request");
}

TEST_CASE("a client that leaves within the handshake is told apart from a TLS error") {
  World world;
  auto server = world.server();
  StreamPair pair;
  pair.server.stream = pair.loop->adopt(pair.server_descriptor(), server.get(), pair.server);
  ::close(pair.client_descriptor());
  pair.server.begin();
  REQUIRE(pair.run([&] { return pair.server.failed; }));
  CHECK(std::string(pair.server.stream->failure_text()) ==
        "connection closed during the TLS handshake");
}

TEST_CASE("versions outside the limits of either side are refused") {
  World world;
  TlsServerOptions only13;
  only13.profile.min_version = TlsProtocol::Tls13;
  TlsClientOptions only12;
  only12.profile.max_version = TlsProtocol::Tls12;
  auto server = world.server(only13);
  auto client = world.client(only12);
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  CHECK(pair.server.failed);
  CHECK(std::string(pair.server.stream->failure_text()) == "unsupported protocol");
  CHECK(std::string(pair.client.stream->failure_text()) == "tlsv1 alert protocol version");
}

TEST_CASE("TLS 1.2 is the least by default and TLS 1.1 works where it is asked for") {
  World world;
  TlsClientOptions old;
  old.profile.min_version = TlsProtocol::Tls11;
  old.profile.max_version = TlsProtocol::Tls11;
  auto client = world.client(old);
  {
    auto server = world.server();
    StreamPair pair;
    pair.tls(*client, *server, "www.example.org");
    REQUIRE(pair.handshake());
    CHECK(pair.server.failed);
  }
  TlsServerOptions options;
  options.profile.min_version = TlsProtocol::Tls10;
  auto server = world.server(options);
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  REQUIRE(pair.server.established);
  CHECK(pair.server.stream->tls_info()->protocol == "TLSv1.1");
}

TEST_CASE("the server's order of ciphers counts unless the client's is preferred") {
  World world;
  TlsServerOptions options;
  options.profile.max_version = TlsProtocol::Tls12;
  options.profile.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
  TlsClientOptions from;
  from.profile.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
  auto client = world.client(from);
  for (const bool prefer_client : {false, true}) {
    options.profile.prefer_client_ciphers = prefer_client;
    auto server = world.server(options);
    StreamPair pair;
    pair.tls(*client, *server, "www.example.org");
    REQUIRE(pair.handshake());
    REQUIRE(pair.server.established);
    CHECK(pair.server.stream->tls_info()->cipher ==
          (prefer_client ? "ECDHE-ECDSA-AES128-GCM-SHA256" : "ECDHE-ECDSA-AES256-GCM-SHA384"));
  }
}

TEST_CASE("DHE works with parameters no larger than allowed") {
  World world;
  TlsServerOptions options;
  options.certificates = {world.certificate("rsa.pem", {"www.example.org"}, Key::Rsa)};
  options.profile.max_version = TlsProtocol::Tls12;
  options.profile.ciphers = "DHE-RSA-AES128-GCM-SHA256";
  auto client = world.client();
  auto server = world.server(options);
  StreamPair pair;
  pair.tls(*client, *server, "www.example.org");
  REQUIRE(pair.handshake());
  REQUIRE(pair.server.established);
  CHECK(pair.client.stream->tls_info()->cipher == "DHE-RSA-AES128-GCM-SHA256");
}

TEST_CASE("sessions are resumed by ticket, by cache, and not when both are off") {
  World world;
  for (const TlsProtocol version : {TlsProtocol::Tls12, TlsProtocol::Tls13}) {
    for (const bool tickets : {true, false}) {
      for (const std::uint32_t cache : {1'000U, 0U}) {
        TlsServerOptions options;
        options.profile.max_version = version;
        options.profile.no_tickets = !tickets;
        options.session_cache_size = cache;
        auto server = world.server(options);
        auto client = world.client();
        CAPTURE(static_cast<int>(version), tickets, cache);
        CHECK_FALSE(resumed(*client, *server, "www.example.org"));
        CHECK(resumed(*client, *server, "www.example.org") == (tickets || cache > 0));
        CHECK(resumed(*client, *server, "www.example.org") == (tickets || cache > 0));
      }
    }
  }
}

TEST_CASE("a session is offered only under the name that it was made for") {
  World world;
  TlsServerOptions options;
  options.certificates = {world.certificate("both.pem", {"a.example.org", "b.example.org"})};
  auto server = world.server(options);
  auto client = world.client();
  CHECK_FALSE(resumed(*client, *server, "a.example.org"));
  CHECK_FALSE(resumed(*client, *server, "b.example.org"));
  CHECK(resumed(*client, *server, "a.example.org"));
  CHECK(resumed(*client, *server, "b.example.org"));
}

TEST_CASE("contexts and their sessions are shared by threads", "[threads]") {
  World world;
  auto server = world.server();
  auto client = world.client();
  std::atomic<int> good = 0;
  std::atomic<int> reused = 0;
  // All loops are made and ended here, as workers' are: libuv closes by the bare system call, and
  // to the thread sanitizer a number that another thread gets next is still the old descriptor.
  std::array<std::array<StreamPair, 20>, 3> pairs;
  std::vector<std::thread> threads;
  for (auto& own : pairs) {
    threads.emplace_back([&] {
      for (StreamPair& pair : own) {
        pair.tls(*client, *server, "www.example.org");
        pair.client.to_send = "ping";
        pair.server.to_send = "pong";
        if (!pair.handshake()) continue;
        const bool done = pair.run(
            [&] { return pair.client.received == "pong" && pair.server.received == "ping"; });
        if (done) ++good;
        if (done && pair.client.stream->tls_info()->resumed) ++reused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 60);
  CHECK(reused >= 50);
}
