#include "net/tls/tls_stream.h"
#include "support/catch.h"
#include "support/certificates.h"
#include "unit/net/stream_pair.h"

using namespace sluice;
using net::TlsClientContext;
using net::TlsClientOptions;
using net::TlsServerContext;
using net::TlsServerOptions;
using test::Key;
using test::StreamPair;

namespace {

struct World {
  test::Directory directory;
  test::MadeCertificate authority = test::make_authority();
  std::string ca_file = directory.write("authorities/ca.pem", authority.certificate_pem());
  net::CertificateStore store;
  std::vector<std::string> warnings;

  std::string certificate(const std::string& file, std::vector<std::string> names,
                          Key key = Key::Ecdsa) {
    return directory.write(file, test::make_certificate({std::move(names), key}, &authority).pem());
  }
  std::shared_ptr<const TlsServerContext> server(std::vector<std::string> certificates) {
    TlsServerOptions options;
    options.certificates = std::move(certificates);
    auto made = TlsServerContext::create(options, store, warnings);
    if (!made) FAIL(made.error().detail);
    return *made;
  }
  std::shared_ptr<const TlsClientContext> client(const TlsClientOptions& options) {
    auto made = TlsClientContext::create(options, store, warnings);
    if (!made) FAIL(made.error().detail);
    return *made;
  }
  TlsClientOptions verifying() const {
    TlsClientOptions options;
    options.ca_file = ca_file;
    return options;
  }
};

/// "" when the handshake succeeds, else the client's reason.
std::string connect(const TlsClientContext& client, const TlsServerContext& server,
                    std::string_view name) {
  StreamPair pair;
  pair.tls(client, server, name);
  REQUIRE(pair.handshake());
  return pair.client.failed ? pair.client.stream->failure_text() : "";
}

}  // namespace

TEST_CASE("the certificate is chosen by name: exact, then wildcard, then the first loaded") {
  World world;
  auto server = world.server({world.certificate("default.pem", {"default.example.net"}),
                              world.certificate("wild.pem", {"*.example.org"}),
                              world.certificate("exact.pem", {"exact.example.org"})});
  auto client = world.client(world.verifying());
  CHECK(connect(*client, *server, "default.example.net").empty());
  CHECK(connect(*client, *server, "exact.example.org").empty());
  CHECK(connect(*client, *server, "EXACT.example.ORG").empty());
  CHECK(connect(*client, *server, "any.example.org").empty());
  CHECK(connect(*client, *server, "a.b.example.org") == "hostname mismatch");
  CHECK(connect(*client, *server, "example.org") == "hostname mismatch");
  CHECK(connect(*client, *server, "").empty());  // no name to check: the default's chain is good
}

TEST_CASE("a name without SNI match gets the default certificate, checked by verifyhost alone") {
  World world;
  auto server = world.server({world.certificate("default.pem", {"default.example.net"})});
  TlsClientOptions options = world.verifying();
  options.verify_host = "default.example.net";
  CHECK(connect(*world.client(options), *server, "").empty());
  options.verify_host = "other.example.net";
  CHECK(connect(*world.client(options), *server, "") == "hostname mismatch");
  // The name sent as SNI wins over verifyhost.
  CHECK(connect(*world.client(options), *server, "default.example.net").empty());
}

TEST_CASE("a client that knows only RSA or only ECDSA gets the candidate of its kind") {
  World world;
  auto server = world.server({world.certificate("www.ecdsa.pem", {"www.example.org"}, Key::Ecdsa),
                              world.certificate("www.rsa.pem", {"www.example.org"}, Key::Rsa)});
  for (const char* kind : {"RSA", "ECDSA"}) {
    TlsClientOptions options = world.verifying();
    options.profile.max_version = net::TlsProtocol::Tls12;
    options.profile.ciphers = std::string("ECDHE-") + kind + "-AES128-GCM-SHA256";
    CHECK(connect(*world.client(options), *server, "www.example.org").empty());
  }
}

TEST_CASE(
    "a certificate from an unknown authority fails verification and passes with verify none") {
  World world;
  const auto stranger = test::make_authority("Stranger");
  const std::string file = world.directory.write(
      "strange.pem", test::make_certificate({{"www.example.org"}}, &stranger).pem());
  auto server = world.server({file});
  CHECK(connect(*world.client(world.verifying()), *server, "www.example.org") ==
        "unable to get local issuer certificate");
  TlsClientOptions trusting;
  trusting.verify = false;
  CHECK(connect(*world.client(trusting), *server, "www.example.org").empty());
}

TEST_CASE("an expired certificate is loaded with a warning and fails verification") {
  World world;
  const std::string file = world.directory.write(
      "old.pem",
      test::make_certificate({{"www.example.org"}, Key::Ecdsa, false, -10, -1}, &world.authority)
          .pem());
  auto server = world.server({file});
  REQUIRE(world.warnings.size() == 1);
  CHECK(world.warnings.front().find("old.pem' expired on ") != std::string::npos);
  CHECK(connect(*world.client(world.verifying()), *server, "www.example.org") ==
        "certificate has expired");
}

TEST_CASE("a chain in the file is sent along") {
  World world;
  const test::MadeCertificate middle({{"Intermediate"}, Key::Ecdsa, true}, &world.authority);
  const auto leaf = test::make_certificate({{"www.example.org"}}, &middle);
  auto server = world.server({world.directory.write(
      "chain.pem", leaf.certificate_pem() + middle.certificate_pem() + leaf.key_pem())});
  CHECK(connect(*world.client(world.verifying()), *server, "www.example.org").empty());
}

TEST_CASE("authorities may be a directory") {
  World world;
  (void)world.directory.write("authorities/.hidden.pem", "not a certificate");
  (void)world.directory.write("authorities/readme.txt", "not a certificate");
  TlsClientOptions options;
  options.ca_file = world.directory.path() + "/authorities";
  auto server = world.server({world.certificate("www.pem", {"www.example.org"})});
  CHECK(connect(*world.client(options), *server, "www.example.org").empty());
}

TEST_CASE("verification without authorities is refused with the cure") {
  World world;
  auto made = TlsClientContext::create(TlsClientOptions{}, world.store, world.warnings);
  REQUIRE_FALSE(made);
  CHECK(made.error().detail.find("verify none") != std::string::npos);
}

TEST_CASE("a server name that cannot be sent fails the connection") {
  World world;
  auto server = world.server({world.certificate("www.pem", {"www.example.org"})});
  auto client = world.client(world.verifying());
  StreamPair pair;
  pair.tls(*client, *server, std::string(300, 'a'));
  pair.client.begin();
  CHECK(pair.client.failed);
}
