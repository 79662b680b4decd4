#include "net/tls/certificate_store.h"

#include <unistd.h>

#include <filesystem>

#include "net/tls/tls_server_context.h"
#include "support/catch.h"
#include "support/certificates.h"

using namespace sluice;
using test::Key;

namespace {

struct Loading {
  test::Directory directory;
  net::CertificateStore store;
  std::vector<std::string> warnings;
  test::MadeCertificate one = test::make_certificate({{"one.example.org"}});
  test::MadeCertificate two = test::make_certificate({{"two.example.org"}});

  std::string error_of(const std::string& path) {
    auto list = store.load(path, warnings);
    return list ? "" : list.error().detail;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a key is found in the same file or beside it") {
  Loading loading;
  CHECK(loading.error_of(loading.directory.write("a.pem", loading.one.pem())).empty());
  CHECK(loading
            .error_of(loading.directory.write(
                "b.pem", loading.one.key_pem() + loading.one.certificate_pem()))
            .empty());
  (void)loading.directory.write("c.crt.key", loading.one.key_pem());
  CHECK(loading.error_of(loading.directory.write("c.crt", loading.one.certificate_pem())).empty());
}

TEST_CASE("what is wrong with a certificate file is said with its name and the cure") {
  Loading loading;
  const std::string missing = loading.error_of(loading.directory.path() + "/nothing.pem");
  CHECK(has(missing, "nothing.pem': No such file or directory"));
  const std::string no_key =
      loading.error_of(loading.directory.write("k.pem", loading.one.certificate_pem()));
  CHECK(has(no_key, "no private key in"));
  CHECK(has(no_key, "k.pem.key"));
  const std::string no_certificate =
      loading.error_of(loading.directory.write("n.pem", loading.one.key_pem()));
  CHECK(has(no_certificate, "no certificate in"));
  const std::string mismatch = loading.error_of(
      loading.directory.write("m.pem", loading.one.certificate_pem() + loading.two.key_pem()));
  CHECK(has(mismatch, "does not belong to the first certificate"));
  const std::string locked = loading.error_of(loading.directory.write(
      "l.pem", loading.one.certificate_pem() + loading.one.encrypted_key_pem()));
  CHECK(has(locked, "it is encrypted"));
  const std::string damaged = loading.error_of(loading.directory.write(
      "d.pem",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + loading.one.key_pem()));
  CHECK(has(damaged, "d.pem' is damaged"));
  CHECK(has(loading.error_of(loading.directory.write("e.pem", "")), "no certificate in"));
}

TEST_CASE("a file that may not be read is named") {
  if (::geteuid() == 0) return;  // root reads everything
  Loading loading;
  const std::string file = loading.directory.write("secret.pem", loading.one.pem());
  std::filesystem::permissions(file, std::filesystem::perms::none);
  CHECK(has(loading.error_of(file), "secret.pem': Permission denied"));
}

TEST_CASE("a directory is loaded in alphabetic order without reserved and hidden files") {
  Loading loading;
  (void)loading.directory.write("crt/b.pem", loading.one.pem());
  (void)loading.directory.write("crt/a.pem", loading.two.certificate_pem());
  (void)loading.directory.write("crt/a.pem.key", loading.two.key_pem());
  for (const char* skipped : {".hidden", "x.issuer", "x.ocsp", "x.sctl", "below/c.pem"}) {
    (void)loading.directory.write(std::string("crt/") + skipped, "no certificate");
  }
  auto list = loading.store.load(loading.directory.path() + "/crt", loading.warnings);
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0]->names() == std::vector<std::string>{"two.example.org"});
  CHECK((*list)[1]->names() == std::vector<std::string>{"one.example.org"});
}

TEST_CASE("an empty directory is an error") {
  Loading loading;
  CHECK(has(loading.error_of(loading.directory.path()), "no certificate in the directory"));
}

TEST_CASE("a bundle's files are found by their endings") {
  Loading loading;
  const auto rsa = test::make_certificate({{"one.example.org"}, Key::Rsa});
  (void)loading.directory.write("site.pem.rsa", rsa.pem());
  (void)loading.directory.write("site.pem.ecdsa", loading.one.pem());
  auto list = loading.store.load(loading.directory.path() + "/site.pem", loading.warnings);
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0]->key_type() == net::KeyType::Rsa);
  CHECK((*list)[1]->key_type() == net::KeyType::Ecdsa);
}

TEST_CASE("a file named twice is read once") {
  Loading loading;
  const std::string file = loading.directory.write("a.pem", loading.one.pem());
  auto first = loading.store.load(file, loading.warnings);
  auto second = loading.store.load(file, loading.warnings);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->front() == second->front());
}

TEST_CASE("names are the CN and all DNS names in lower case") {
  Loading loading;
  const auto many = test::make_certificate({{"CN.Example.org", "*.Example.ORG", "other.net"}});
  auto list = loading.store.load(loading.directory.write("many.pem", many.pem()), loading.warnings);
  REQUIRE(list);
  CHECK(list->front()->names() ==
        std::vector<std::string>{"cn.example.org", "*.example.org", "other.net"});
}

TEST_CASE("options that OpenSSL refuses are named") {
  Loading loading;
  net::TlsServerOptions options;
  options.certificates = {loading.directory.write("a.pem", loading.one.pem())};
  const auto error_with = [&](auto change) {
    net::TlsServerOptions changed = options;
    change(changed);
    auto made = net::TlsServerContext::create(changed, loading.store, loading.warnings);
    return made ? std::string() : made.error().detail;
  };
  CHECK(error_with([](auto&) {}).empty());
  CHECK(has(error_with([](auto& o) { o.profile.ciphers = "NONSENSE"; }),
            "ciphers 'NONSENSE' refused"));
  CHECK(has(error_with([](auto& o) { o.profile.ciphersuites = "NONSENSE"; }),
            "ciphersuites 'NONSENSE'"));
  CHECK(has(error_with([](auto& o) { o.profile.curves = "NONSENSE"; }), "curves 'NONSENSE'"));
  CHECK(has(error_with([](auto& o) { o.certificates.clear(); }), "no certificate"));
  CHECK(has(error_with([](auto& o) {
              o.profile.min_version = net::TlsProtocol::Tls13;
              o.profile.max_version = net::TlsProtocol::Tls12;
            }),
            "no version is left"));
  CHECK(has(error_with([](auto& o) { o.alpn = {""}; }), "alpn"));
}
