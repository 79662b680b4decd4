#include "net/tls/tls_client_context.h"
#include "net/tls/tls_server_context.h"
#include "support/certificates.h"
#include "unit/health/check_fixture.h"

using namespace sluice;
using namespace sluice::health;
using namespace sluice::health::test;
using model::CheckStatus;

namespace {

/// A server's context, and a client's that trusts anybody unless it is given an authority's file.
struct World {
  sluice::test::Directory directory;
  net::CertificateStore store;
  std::vector<std::string> warnings;

  std::shared_ptr<const net::TlsServerContext> server() {
    const sluice::test::MadeCertificate own({{"www.example.org"}}, nullptr);
    net::TlsServerOptions options;
    options.certificates = {directory.write("own.pem", own.pem())};
    auto made = net::TlsServerContext::create(options, store, warnings);
    REQUIRE(made);
    return *made;
  }
  std::shared_ptr<void> client(bool verify) {
    net::TlsClientOptions options;
    options.verify = verify;
    if (verify) {
      const sluice::test::MadeCertificate other(
          {{"Another authority"}, sluice::test::Key::Ecdsa, true}, nullptr);
      options.ca_file = directory.write("ca.pem", other.certificate_pem());
    }
    auto made = net::TlsClientContext::create(options, store, warnings);
    REQUIRE(made);
    return std::const_pointer_cast<net::TlsClientContext>(*made);
  }
};

}  // namespace

TEST_CASE("a tcp check of a TLS server passes when the handshake is done") {
  World world;
  const auto context = world.server();
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep, context.get());
  CheckTarget target = bench.target("a", origin.address());
  target.options.inter_ms = 3'000;
  target.tls = world.client(false);
  const auto report = bench.first(target);
  CHECK(report.status == CheckStatus::L6Ok);
  CHECK(report.passed);
}

TEST_CASE("an HTTP check of a TLS server speaks through TLS") {
  World world;
  const auto context = world.server();
  Bench bench;
  Origin origin(*bench.loop, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Ending::Keep,
                context.get());
  CheckTarget target = bench.http_target("a", origin.address());
  target.tls = world.client(false);
  target.tls_server_name = "www.example.org";
  const auto report = bench.first(target);
  CHECK(report.status == CheckStatus::L7Ok);
  CHECK(report.code == 200);
  CHECK(origin.request() == "OPTIONS / HTTP/1.0\r\n\r\n");
}

TEST_CASE("a server that does not speak TLS, or bears an unknown certificate, is L6RSP") {
  World world;
  const auto context = world.server();
  for (const bool speaks_tls : {false, true}) {
    Bench bench;
    Origin origin(*bench.loop, "HTTP/1.1 400 Bad Request\r\n\r\n", Ending::Close,
                  speaks_tls ? context.get() : nullptr);
    CheckTarget target = bench.http_target("a", origin.address());
    target.tls = world.client(speaks_tls);
    const auto report = bench.first(target);
    CHECK(report.status == CheckStatus::L6Response);
    CHECK(report.detail == "SSL handshake failure");
  }
}

TEST_CASE("a reset in the handshake is L6RSP, a refused connection stays L4CON") {
  World world;
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Reset);
  CheckTarget target = bench.target("a", origin.address());
  target.options.inter_ms = 3'000;
  target.tls = world.client(false);
  CHECK(bench.first(target).status == CheckStatus::L6Response);
  std::optional<Origin> gone(std::in_place, *bench.loop, "", Ending::Close);
  target.server->set_address(gone->address());
  gone.reset();
  CHECK(bench.first(target).status == CheckStatus::L4Connection);
}

TEST_CASE("a silent server is L6TOUT after the time for connecting") {
  World world;
  Bench bench;
  Origin origin(*bench.loop, "", Ending::Keep);
  CheckTarget target = bench.http_target("a", origin.address());
  target.tls = world.client(false);
  target.timeout_check_ms = 3'000;
  target.timeout_connect_ms = 80;
  const auto report = bench.first(target);
  CHECK(report.status == CheckStatus::L6Timeout);
  CHECK(report.duration_ms >= 80);
  CHECK(report.duration_ms < 2'000);
}
