#include "names/choose.h"

#include "support/catch.h"

using namespace sluice;
using names::choose;

namespace {

base::Address ip(std::string_view text) { return *base::Address::from_ip(text, 0); }
model::Network network(std::string_view text, std::uint8_t bits) { return {ip(text), bits}; }

struct Case {
  std::vector<base::Address> candidates;
  model::NameUse use;
  base::Address present;
  std::vector<base::Address> taken;

  [[nodiscard]] std::string pick() const {
    const auto found = choose(candidates, use, present, [&](const base::Address& each) {
      return std::find(taken.begin(), taken.end(), each) != taken.end();
    });
    return found ? found->host() : "none";
  }
};

}  // namespace

TEST_CASE("the first address is taken where nothing else speaks") {
  CHECK(Case{{ip("10.0.0.1"), ip("10.0.0.2")}, {}, {}, {}}.pick() == "10.0.0.1");
  CHECK(Case{}.pick() == "none");
}

TEST_CASE("the preferred family comes before a preferred network") {
  Case it{{ip("10.0.0.1"), ip("fd00::1")}, {}, {}, {}};
  it.use.networks = {network("10.0.0.0", 8)};
  CHECK(it.pick() == "fd00::1");
  it.use.prefer_ipv4 = true;
  CHECK(it.pick() == "10.0.0.1");
}

TEST_CASE("a preferred network comes before the present address") {
  Case it{{ip("192.168.0.1"), ip("10.9.0.1")}, {}, ip("192.168.0.1"), {}};
  CHECK(it.pick() == "192.168.0.1");
  it.use.networks = {network("172.16.0.0", 12), network("10.9.0.0", 16)};
  CHECK(it.pick() == "10.9.0.1");
}

TEST_CASE("an address that another server has is none, unless duplicates are allowed") {
  Case it{{ip("10.0.0.1")}, {}, {}, {ip("10.0.0.1")}};
  CHECK(it.pick() == "none");
  it.use.allow_duplicates = true;
  CHECK(it.pick() == "10.0.0.1");
  it.candidates.push_back(ip("10.0.0.2"));
  CHECK(it.pick() == "10.0.0.2");
}

TEST_CASE("networks have prefixes of any length") {
  CHECK(names::is_within(network("10.1.2.3", 32), ip("10.1.2.3")));
  CHECK_FALSE(names::is_within(network("10.1.2.3", 32), ip("10.1.2.2")));
  CHECK(names::is_within(network("10.1.2.0", 23), ip("10.1.3.9")));
  CHECK_FALSE(names::is_within(network("10.1.2.0", 23), ip("10.1.4.9")));
  CHECK(names::is_within(network("0.0.0.0", 0), ip("9.9.9.9")));
  CHECK_FALSE(names::is_within(network("0.0.0.0", 0), ip("::1")));
  CHECK(names::is_within(network("fd00::", 12), ip("fd0f::1")));
  CHECK_FALSE(names::is_within(network("fd00::", 12), ip("fd10::1")));
}
