#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using Catch::Contains;

namespace {

class Directory {
 public:
  Directory() : path_("/tmp/sluice-config-test-" + std::to_string(getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ + "/" + name) << text;
    return path_ + "/" + name;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

constexpr std::string_view kBook = R"(
frontend haproxynode
    bind *:80
    mode http
    default_backend backendnodes

backend backendnodes
    balance roundrobin
    option forwardfor
    server aws 127.0.0.1:9001 check
    server example 127.0.0.1:9002 check

listen stats
    bind *:8001
    stats enable
    stats uri /
    stats admin if TRUE)";

}  // namespace

TEST_CASE("a directory is read as its cfg and ini files in lexical order") {
  const Directory directory;
  directory.write("20.cfg", "backend b\n server x 1.1.1.1:1\n");
  directory.write("10.ini", "[backend a]\nserver = x 1.1.1.1:1\n");
  directory.write("30.txt", "nonsense\n");
  directory.write(".hidden.cfg", "nonsense\n");
  const std::string last = directory.write("last.conf", "backend c\n");
  base::Diagnostics diagnostics;
  const auto parsed = parse_files({directory.path(), last}, {}, diagnostics);
  CHECK(diagnostics.ok());
  REQUIRE(parsed.config.proxies.size() == 3);
  CHECK(parsed.config.proxies[0].name == "a");
  CHECK(parsed.config.proxies[1].name == "b");
  CHECK(parsed.config.proxies[2].name == "c");
}

TEST_CASE("a file begins outside of any section, though defaults and setenv last") {
  const Directory directory;
  const std::string first =
      directory.write("1.cfg", "global\n setenv N 4\ndefaults\n retries 9\nbackend a\n");
  const std::string second = directory.write("2.cfg", "retries 1\nbackend b\n log-tag \"$N\"\n");
  base::Diagnostics diagnostics;
  const auto parsed = parse_files({first, second}, {}, diagnostics);
  CHECK(diagnostics.errors() == 1);
  CHECK_THAT(base::to_text(diagnostics.all().front()), Contains("outside of any section"));
  REQUIRE(parsed.config.proxies.size() == 2);
  CHECK(parsed.config.proxies[1].retries == 9);
  CHECK(parsed.config.proxies[1].log_tag == "4");
}

TEST_CASE("a file that cannot be read is an error that names it") {
  base::Diagnostics diagnostics;
  (void)parse_files({"/nonexistent/x.cfg"}, {}, diagnostics);
  CHECK(diagnostics.errors() == 1);
  CHECK_THAT(base::to_text(diagnostics.all().front()), Contains("No such file"));
}

TEST_CASE("the short configuration of the book has no error, also as INI") {
  const std::string ini =
      "[frontend haproxynode]\nbind = *:80\nmode = http\ndefault_backend = backendnodes\n\n"
      "[backend backendnodes]\nbalance = roundrobin\noption = forwardfor\n"
      "server = aws 127.0.0.1:9001 check\nserver = example 127.0.0.1:9002 check\n\n"
      "[listen stats]\nbind = *:8001\nstats enable =\nstats uri = /\nstats admin = if TRUE";
  for (const Outcome& outcome : {parse(kBook), parse(ini, "book.ini")}) {
    INFO(outcome.text());
    CHECK(outcome.diagnostics.ok());
    REQUIRE(outcome.config.proxies.size() == 3);
    CHECK(outcome.proxy(1).is_http());
    CHECK(outcome.proxy(1).forwardfor.enabled);
    CHECK(outcome.proxy(1).servers.size() == 2);
    CHECK(outcome.proxy(2).is_stats_listener());
    CHECK(outcome.proxy(2).is_http());
  }
}

TEST_CASE("the shape of Debian's packaged file is accepted") {
  const Outcome outcome = parse(R"(global
	log /dev/log	local0
	log /dev/log	local1 notice
	chroot /var/lib/haproxy
	stats socket /run/haproxy/admin.sock mode 660 level admin
	stats timeout 30s
	user haproxy
	group haproxy
	daemon
	ca-base /etc/ssl/certs
	crt-base /etc/ssl/private
        ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256
        ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384
        ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

defaults
	log	global
	mode	http
	option	httplog
	option	dontlognull
        timeout connect 5000
        timeout client  50000
        timeout server  50000
	errorfile 503 /503.http
frontend www
	bind *:8080
	default_backend nodes
backend nodes
	server a 127.0.0.1:9001 check
)");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.all().empty());
  CHECK(outcome.proxy().numeric_id == 2);
}
