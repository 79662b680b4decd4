#include "app/resources.h"

#include "support/catch.h"
#include "support/certificates.h"

using namespace sluice;

TEST_CASE("a bind line's certificates become a context") {
  test::Directory directory;
  model::Bind bind;
  bind.tls = true;
  bind.certificates = {directory.write("a.pem", test::make_certificate({{"a.example.org"}}).pem())};
  bind.tls_options.min_version = model::TlsVersion::Tls13;
  app::OwnSurroundings surroundings;
  app::Resources resources(surroundings);
  base::Diagnostics diagnostics;
  CHECK(resources.bind_tls(bind, model::Global{}, diagnostics) != nullptr);
  CHECK(diagnostics.all().empty());
}

TEST_CASE("what is wrong with TLS is reported at its line, warnings too") {
  test::Directory directory;
  model::Bind bind;
  bind.span.line = 7;
  bind.certificates = {
      directory.write("old.pem",
                      test::make_certificate({{"a"}, test::Key::Ecdsa, false, -9, -2}).pem()),
      directory.path() + "/none.pem"};
  app::OwnSurroundings surroundings;
  app::Resources resources(surroundings);
  base::Diagnostics diagnostics;
  CHECK(resources.bind_tls(bind, model::Global{}, diagnostics) == nullptr);
  REQUIRE(diagnostics.all().size() == 2);
  CHECK(diagnostics.warnings() == 1);
  CHECK(diagnostics.errors() == 1);
  CHECK(diagnostics.all()[1].span.line == 7);
  CHECK(diagnostics.all()[1].message.find("none.pem") != std::string::npos);
}

TEST_CASE("a server line's context needs authorities unless it verifies none") {
  model::Server server;
  server.tls.enabled = true;
  app::OwnSurroundings surroundings;
  app::Resources resources(surroundings);
  base::Diagnostics diagnostics;
  CHECK(resources.server_tls(server, model::Global{}, diagnostics) == nullptr);
  CHECK(diagnostics.errors() == 1);
  server.tls.verify = false;
  CHECK(resources.server_tls(server, model::Global{}, diagnostics) != nullptr);
  server.tls.verify = true;
  server.tls.ca_file = "@system-ca";
  CHECK(resources.server_tls(server, model::Global{}, diagnostics) != nullptr);
  CHECK(diagnostics.errors() == 1);
}

TEST_CASE("names are resolved by the system, and an unknown one is an error with its name") {
  app::OwnSurroundings surroundings;
  app::Resources resources(surroundings);
  auto found = resources.resolve("localhost");
  REQUIRE(found);
  CHECK(found->front().is_ip());
  auto unknown = resources.resolve("nobody.invalid");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().detail.find("nobody.invalid") != std::string::npos);
}
