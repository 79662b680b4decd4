#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;

namespace {

Outcome bind_line(const std::string& line) {
  return parse("listen l\n mode http\n bind " + line + "\n");
}
Outcome server(const std::string& address) {
  return parse("backend b\n server a " + address + "\n");
}

std::string bound(const std::string& line) {
  const Outcome outcome = bind_line(line);
  std::string out;
  for (const auto& one : outcome.proxy().binds) {
    if (!out.empty()) out += ' ';
    if (one.inherited_fd)
      out += "fd" + std::to_string(*one.inherited_fd);
    else if (!one.host.empty())
      out += "name " + one.host + ":" + std::to_string(one.port);
    else
      out += one.address.to_string();
  }
  return outcome.diagnostics.ok() ? out : "error";
}

}  // namespace

TEST_CASE("a bind line takes every form of address") {
  CHECK(bound("*:80") == "0.0.0.0:80");
  CHECK(bound(":80") == "0.0.0.0:80");
  CHECK(bound("ipv6@:80") == "[::]:80");
  CHECK(bound("ipv6@*:80") == "[::]:80");
  CHECK(bound("ipv4@*:80") == "0.0.0.0:80");
  CHECK(bound("tcp@127.0.0.1:80") == "127.0.0.1:80");
  CHECK(bound(":::80") == "[::]:80");
  CHECK(bound("[::1]:80") == "[::1]:80");
  CHECK(bound("::1:80") == "[::1]:80");
  CHECK(bound("/run/x.sock") == "/run/x.sock");
  CHECK(bound("unix@/run/x.sock") == "/run/x.sock");
  CHECK(bound("abns@x") == "abns@x");
  CHECK(bound("fd@7") == "fd7");
  CHECK(bound("www.example.org:80") == "name www.example.org:80");
}

TEST_CASE("a bind line's list and ranges become several sockets with the same options") {
  CHECK(bound(":80,[::1]:81") == "0.0.0.0:80 [::1]:81");
  CHECK(bound("127.0.0.1:80-82") == "127.0.0.1:80 127.0.0.1:81 127.0.0.1:82");
  const Outcome outcome = bind_line(":80-81 name n maxconn 5");
  CHECK(outcome.bind(1).name == "n");
  CHECK(outcome.bind(1).maxconn == 5);
  CHECK(outcome.bind(1).numeric_id == 2);
}

TEST_CASE("a bind line without a usable address or port is an error, as in HAProxy") {
  for (std::string line : {"", "foo", "127.0.0.1", "[::1]", "::", "*", ":0", ":70000", ":90-80",
                           "1:2:3", "ipv4@:::80", ":80a", "fd@x", "@/x", "::1", "ring@x"}) {
    INFO(line);
    CHECK_FALSE(bind_line(line).diagnostics.ok());
  }
}

TEST_CASE("a server takes a host with or without a port, or an offset") {
  CHECK(server("10.0.0.1:80").server().address.to_string() == "10.0.0.1:80");
  CHECK(server("[::1]:80").server().address.to_string() == "[::1]:80");
  CHECK(server("::1:80").server().address.to_string() == "[::1]:80");
  CHECK(server("/run/s").server().address.host() == "/run/s");
  CHECK_FALSE(server("/run/s").server().port_is_clients);
  CHECK(server("10.0.0.1").server().port_is_clients);
  CHECK(server("10.0.0.1:0").server().port_is_clients);
  CHECK(server("10.0.0.1:+10").server().port_offset == 10);
  CHECK(server("10.0.0.1:-5").server().port_offset == -5);
  CHECK(server("10.0.0.1:+10").server().port_is_clients);
  for (const char* any : {"*:80", ":80", "0.0.0.0:80", "[::]:80"}) {
    INFO(any);
    CHECK(server(any).server().address_is_clients);
    CHECK(server(any).server().address.port() == 80);
  }
  CHECK(server("*").server().port_is_clients);
  CHECK_FALSE(server("10.0.0.1:80").server().address_is_clients);
  const Outcome named = server("node.example.org:80");
  CHECK(named.server().host == "node.example.org");
  CHECK(named.server().port == 80);
  CHECK_FALSE(named.server().address.is_set());
}

TEST_CASE("a server with a range, a descriptor or a broken port is an error") {
  for (std::string address : {"1.1.1.1:80-90", "fd@3", "1.1.1.1:70000", "1.1.1.1:a", "[::1]80",
                              "::1", "udp@1.1.1.1:80"}) {
    INFO(address);
    CHECK_FALSE(server(address).diagnostics.ok());
  }
  CHECK_FALSE(parse("backend b\n server a\n").diagnostics.ok());
}

TEST_CASE("server options reach the model") {
  const Outcome outcome = server(
      "1.1.1.1:80 check inter 1s fastinter 500 downinter 5s rise 1 fall 2 port 81 weight 10 "
      "maxconn 5 minconn 2 maxqueue 3 backup disabled id 7 init-addr last,libc,10.0.0.9 "
      "pool-max-conn 4 pool-purge-delay 1s");
  INFO(outcome.text());
  REQUIRE(outcome.diagnostics.ok());
  const model::Server& s = outcome.server();
  CHECK((s.check.enabled && s.check.inter_ms == 1'000 && s.check.fastinter_ms == 500));
  CHECK((s.check.downinter_ms == 5'000 && s.check.rise == 1 && s.check.fall == 2));
  CHECK((s.check.port == 81 && s.weight == 10 && s.maxconn == 5 && s.minconn == 2));
  CHECK((s.maxqueue == 3 && s.backup && s.disabled && s.numeric_id == 7));
  CHECK(s.init_address.size() == 3);
  CHECK(s.init_address_ip.host() == "10.0.0.9");
  CHECK((s.pool_max_conn == 4U && s.pool_purge_delay_ms == 1'000));
}

TEST_CASE("TLS options of servers and binds reach the model") {
  const Outcome outcome = server(
      "1.1.1.1:443 ssl verify required ca-file @system-ca sni req.hdr(host) verifyhost a "
      "ssl-min-ver TLSv1.3 crt /c alpn h2,http/1.1");
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
  CHECK(outcome.diagnostics.warnings() >= 1);  // h2 is not offered yet
  CHECK(outcome.server().tls.sni_expression == "req.hdr(host)");
  CHECK(outcome.server().tls.options.min_version == model::TlsVersion::Tls13);
  CHECK(outcome.server().tls.alpn == std::vector<std::string>{"http/1.1"});
  const Outcome b = bind_line(
      ":443 ssl crt /a force-tlsv12 ciphers X v6only tfo defer-accept user u "
      "group g mode 600 no-tls-tickets");
  CHECK((b.bind().tls_options.min_version == model::TlsVersion::Tls12));
  CHECK((b.bind().tls_options.max_version == model::TlsVersion::Tls12));
  CHECK((b.bind().v6only && b.bind().tcp_fast_open && b.bind().defer_accept));
  CHECK((b.bind().unix_user == "u" && b.bind().unix_mode == 0600U));
}

TEST_CASE("no-* words keep the default minimum of a bind line, and holes are refused") {
  const auto minimum = [](std::string words) {
    return bind_line(":1 ssl crt /a " + words).bind().tls_options.min_version;
  };
  CHECK(minimum("no-sslv3 no-tlsv10 no-tlsv11") == model::TlsVersion::Unset);
  CHECK(minimum("no-tlsv12") == model::TlsVersion::Tls13);
  CHECK_FALSE(bind_line(":1 ssl crt /a no-tlsv12 no-tlsv13").diagnostics.ok());
  CHECK_FALSE(parse("global\n ssl-default-server-options no-tlsv11\n").diagnostics.ok());
  CHECK_FALSE(bind_line(":1 ssl crt /a ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2").diagnostics.ok());
}

TEST_CASE("a TLS socket needs a certificate, a verifying server a ca-file") {
  CHECK_FALSE(bind_line(":443 ssl").diagnostics.ok());
  CHECK_THAT(server("1.1.1.1:443 ssl").text(), Catch::Contains("verify none"));
  CHECK(server("1.1.1.1:443 ssl verify none").diagnostics.ok());
}
