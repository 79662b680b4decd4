#include "config/resolv_conf.h"
#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using Catch::Matchers::Contains;

namespace {

const std::string kSection = "resolvers r\n nameserver n 10.0.0.1:53\n";

std::string server(const std::string& line) {
  return "listen l\n mode http\n bind 127.0.0.1:8000\n server a " + line + "\n";
}

}  // namespace

TEST_CASE("a server line says how its name is followed") {
  const Outcome outcome =
      parse(kSection + server("a.local:80 resolvers r resolve-prefer ipv4 resolve-net "
                              "10.0.0.0/8,192.168.0.0/255.255.0.0,fd00::/9 "
                              "resolve-opts allow-dup-ip,ignore-weight"));
  REQUIRE(outcome.diagnostics.ok());
  const model::NameUse& use = outcome.proxy(0).servers.at(0).naming;
  CHECK(use.resolvers == "r");
  CHECK(use.prefer_ipv4);
  REQUIRE(use.networks.size() == 3);
  CHECK(use.networks[1].prefix_bits == 16);
  CHECK(use.networks[2].prefix_bits == 9);
  CHECK(use.allow_duplicates);
  CHECK(use.ignore_weight);
}

TEST_CASE("naming options that say what can't be are errors at the word") {
  const std::pair<const char*, const char*> rows[] = {
      {"a.local:80 resolvers nope", "there is no resolvers section 'nope'"},
      {"a.local:80 resolvers r resolve-prefer ipv5", "ipv4"},
      {"a.local:80 resolvers r resolve-net 10.0.0.0/33", "'10.0.0.0/33' is no address or network"},
      {"a.local:80 resolvers r resolve-net 10.0.0.0/255.0.255.0", "is no address or network"},
      {"a.local:80 resolvers r resolve-net fd00::/255.0.0.0", "is no address or network"},
      {"a.local:80 resolvers r resolve-opts frob", "no option 'frob'"},
      {"_http._tcp.a.local", "only name servers know"}};
  for (const auto& [line, message] : rows) {
    INFO(line);
    CHECK_THAT(parse(kSection + server(line)).text(), Contains(message));
  }
}

TEST_CASE("resolvers sections that say what can't be are errors with their place") {
  const std::pair<const char*, const char*> rows[] = {
      {"nameserver n 10.0.0.2:53", "was already defined"},
      {"nameserver m", "needs an address after its name"},
      {"nameserver m 10.0.0.2", "needs a port"},
      {"nameserver m dns.local:53", "is an IP address"},
      {"nameserver m /run/dns", "is an IP address"},
      {"nameserver m 10.0.0.2:53 maxconn 4", "'maxconn'"},
      {"accepted_payload_size 100", "512"},
      {"resolve_retries 0", "1"},
      {"timeout retry 0", "above 0"},
      {"hold nx", "time"},
      {"hold nix 1s", "hold"},
      {"mode http", "cannot stand in a 'resolvers' section"}};
  for (const auto& [line, message] : rows) {
    INFO(line);
    const Outcome outcome = parse(kSection + " " + line + "\n" + server("10.0.0.9:80"));
    CHECK_FALSE(outcome.diagnostics.ok());
    CHECK_THAT(outcome.text(), Contains(message));
  }
  CHECK_THAT(parse(kSection + kSection).text(), Contains("is taken by the section at"));
  CHECK_THAT(parse("resolvers\n").text(), Contains("needs a name"));
  CHECK_THAT(parse(server("10.0.0.9:80") + " hold nx 1s\n").text(),
             Contains("it belongs into: resolvers"));
}

TEST_CASE("server-template takes a number or a range, and names may not come twice") {
  const auto text = [](const std::string& line) {
    return server("10.0.0.9:80") + " server-template " + line + "\n";
  };
  CHECK(parse(text("s 2 10.0.0.1:80")).proxy(0).servers.size() == 3);
  CHECK(parse(text("s 0-1 10.0.0.1:80")).proxy(0).servers.size() == 3);
  CHECK(parse(text("s 2 10.0.0.1:80 id 9")).proxy(0).servers[1].numeric_id == 9);
  for (const char* bad : {"0", "3-1", "x", "-", "1-", "9999999", "-1"}) {
    INFO(bad);
    CHECK_THAT(parse(text(std::string("s ") + bad + " 10.0.0.1:80")).text(),
               Contains("is neither a number of servers nor a range"));
  }
  CHECK_THAT(parse(server("10.0.0.9:80") + " server s2 10.0.0.1:80\n server-template s 2 "
                                           "10.0.0.1:80\n")
                 .text(),
             Contains("'s2' was already defined"));
}

TEST_CASE("the system's name servers are read leniently") {
  const auto found = name_servers_of(
      "# a comment\nsearch local\nnameserver 10.0.0.1\n nameserver\tfd00::1 # two\n"
      "nameserver bad\nnameserverx 10.0.0.2\nnameserver");
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "10.0.0.1");
  CHECK(found[0].address.to_string() == "10.0.0.1:53");
  CHECK(found[1].name == "fd00::1");
}

TEST_CASE("a section 'default' is made of the system's name servers unless it is written") {
  model::Config config;
  const FileReader reader = [](const std::string&) -> base::Result<std::string> {
    return "nameserver 10.0.0.1\n";
  };
  add_default_resolvers(config, reader);
  REQUIRE(config.find_resolvers("default") != nullptr);
  add_default_resolvers(config, reader);
  CHECK(config.resolvers.size() == 1);
  model::Config other;
  add_default_resolvers(other, [](const std::string&) -> base::Result<std::string> {
    return base::fail(base::ErrorKind::NotFound, "none");
  });
  CHECK(other.resolvers.empty());
}
