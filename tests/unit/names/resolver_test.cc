#include "unit/names/names_fixture.h"

using namespace sluice;
using namespace sluice::names;
using namespace sluice::names::test;
using net::DnsStatus;
using net::DnsType;

namespace {

std::vector<NamedServer> three(Bench& bench, const std::string& host) {
  return {bench.server("s1", host), bench.server("s2", host), bench.server("s3", host)};
}

}  // namespace

TEST_CASE("servers of one name share its resolution and get an address each") {
  Bench bench(1);
  bench.start(three(bench, "pods.local"));
  CHECK(bench.asks() == 1);
  bench.answer(0, addresses({"10.0.0.1", "10.0.0.2"}));
  CHECK(bench.take() == Told{"s1 10.0.0.1:80 by dns/n1", "s2 10.0.0.2:80 by DNS cache"});
  CHECK(bench.lives["s3"]->state().unresolved);
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.3", "10.0.0.2", "10.0.0.1"}));
  CHECK(bench.take() == Told{"s3 10.0.0.3:80 by DNS cache"});
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.3", "10.0.0.1"}));
  CHECK(bench.take() == Told{"s2 lost: No IP for server"});
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.1", "10.0.0.3", "10.0.0.9"}));
  CHECK(bench.take() == Told{"s2 10.0.0.9:80 by DNS cache"});
}

TEST_CASE("allow-dup-ip gives one address to several servers, another one first") {
  Bench bench(1);
  auto servers = three(bench, "pods.local");
  for (auto& server : servers) server.use.allow_duplicates = true;
  bench.start(servers);
  bench.answer(0, addresses({"10.0.0.1", "10.0.0.2"}));
  CHECK(bench.take() == Told{"s1 10.0.0.1:80 by dns/n1", "s2 10.0.0.2:80 by DNS cache",
                             "s3 10.0.0.1:80 by DNS cache"});
}

TEST_CASE("a server keeps its address while the answer has it, in whatever order") {
  Bench bench(1);
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1", "10.0.0.2"}));
  bench.take();
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.2", "10.0.0.1"}));
  CHECK(bench.take().empty());
}

TEST_CASE("records of a service are handed to its servers with port and weight") {
  Bench bench(1);
  bench.start(three(bench, "_http._tcp.local"));
  CHECK(bench.question().type == DnsType::Srv);
  bench.answer(0, services({{"a.local", 8001, 0, "10.0.0.1"}, {"b.local", 8002, 65'535, ""}}));
  CHECK(bench.question().name == "b.local");
  CHECK(bench.question().type == DnsType::A);
  CHECK(bench.take() == Told{"s1 is a.local", "s2 is b.local",
                             "s1 10.0.0.1:8001 by DNS additional record", "s2 weight 256"});
  bench.answer(0, addresses({"10.0.0.2"}));
  CHECK(bench.take() == Told{"s2 10.0.0.2:8002 by dns/n1"});
  CHECK(bench.lives["s3"]->state().unresolved);
}

TEST_CASE("a service's server whose record is gone is free for another record") {
  Bench bench(1);
  bench.start(three(bench, "_http._tcp.local"));
  bench.answer(0, services({{"a.local", 1, 0, "10.0.0.1"}, {"b.local", 1, 0, "10.0.0.2"}}));
  bench.take();
  bench.loop.pass(10'000);
  bench.answer(0, services({{"b.local", 1, 512, "10.0.0.2"}}));
  CHECK(bench.take() ==
        Told{"s1 lost: entry removed from SRV record", "s1 is nothing", "s2 weight 2"});
  bench.loop.pass(10'000);
  bench.answer(0, services({{"b.local", 1, 512, "10.0.0.2"}, {"c.local", 9, 0, "10.0.0.3"}}));
  CHECK(bench.take() == Told{"s1 is c.local", "s1 10.0.0.3:9 by DNS additional record"});
}

TEST_CASE("ignore-weight leaves weights alone") {
  Bench bench(1);
  auto server = bench.server("s1", "_http._tcp.local");
  server.use.ignore_weight = true;
  bench.start({server});
  bench.answer(0, services({{"a.local", 1, 9'999, "10.0.0.1"}}));
  CHECK(bench.take() == Told{"s1 is a.local", "s1 10.0.0.1:1 by DNS additional record"});
}

TEST_CASE("a service that fails past its hold time loses all its servers, and gets them back") {
  Bench bench(1);
  bench.settings.retries = 1;
  bench.settings.hold.nx_ms = 0;
  bench.start({bench.server("s1", "_http._tcp.local")});
  bench.answer(0, services({{"a.local", 1, 0, "10.0.0.1"}}));
  bench.take();
  bench.loop.pass(10'000);
  bench.answer(0, failed(DnsStatus::NxDomain));
  CHECK(bench.take() == Told{"s1 lost: entry removed from SRV record", "s1 is nothing"});
  bench.loop.pass(10'000);
  bench.answer(0, services({{"a.local", 1, 0, "10.0.0.1"}}));
  CHECK(bench.take() == Told{"s1 is a.local", "s1 10.0.0.1:1 by DNS additional record"});
}

TEST_CASE("another configuration keeps what is known of the servers that stay") {
  Bench bench(1);
  bench.start(three(bench, "_http._tcp.local"));
  bench.answer(0, services({{"a.local", 1, 0, "10.0.0.1"}, {"b.local", 1, 0, "10.0.0.2"}}));
  bench.take();
  const std::size_t asked = bench.asks();
  bench.resolver->configure(
      {bench.server("s2", "_http._tcp.local"), bench.server("n", "new.local")});
  CHECK(bench.question().name == "new.local");
  bench.loop.pass(10'000);
  CHECK(bench.asks() > asked + 1);
  CHECK(bench.take().empty());
}

TEST_CASE("a renamed server follows its new name alone") {
  Bench bench(1);
  bench.start({bench.server("s1", "old.local")});
  bench.answer(0, addresses({"10.0.0.1"}));
  bench.take();
  REQUIRE(bench.resolver->rename(*bench.lives["s1"], "new.local"));
  CHECK(bench.question().name == "new.local");
  bench.answer(0, addresses({"10.0.0.2"}));
  CHECK(bench.take() == Told{"s1 10.0.0.2:80 by dns/n1"});
  const std::size_t asked = bench.asks();
  bench.loop.pass(10'000);
  CHECK(bench.asks() == asked + 1);
  model::ServerLive stranger("x", 99, bench.backend);
  CHECK_FALSE(bench.resolver->rename(stranger, "new.local"));
}

TEST_CASE("an answer for a name that nobody follows any more is not taken") {
  Bench bench(1);
  bench.start({bench.server("s1", "old.local")});
  const Ask late = bench.links[0]->asks.back();
  REQUIRE(bench.resolver->rename(*bench.lives["s1"], "new.local"));
  bench.links[0]->events.on_dns_answer(late.token, addresses({"10.0.0.6"}));
  CHECK(bench.take().empty());
}

TEST_CASE("what is kept of answers that change all the time is bounded") {
  Bench bench(1);
  bench.settings.hold.obsolete_ms = 2'000'000'000;
  bench.start({bench.server("s1", "app.local")});
  for (int i = 0; i < 40; ++i) {
    std::vector<std::string> ips;
    for (int k = 0; k < 100; ++k)
      ips.push_back("10." + std::to_string(i) + ".0." + std::to_string(k));
    bench.answer(0, addresses(ips));
    bench.loop.pass(10'000);
  }
  CHECK_FALSE(bench.lives["s1"]->state().unresolved);
  CHECK(bench.told.size() < 40);
}

TEST_CASE("a template of thousands gets its addresses without comparing all with all") {
  Bench bench(1);
  std::vector<NamedServer> servers;
  for (int i = 0; i < 5'000; ++i)
    servers.push_back(bench.server("s" + std::to_string(i), "pods.local"));
  bench.start(servers);
  std::vector<std::string> ips;
  for (int i = 0; i < 200; ++i) ips.push_back("10.0.0." + std::to_string(i));
  bench.answer(0, addresses(ips));
  CHECK(bench.take().size() == 200);
  ips.erase(ips.begin());
  for (int i = 0; i < 20; ++i) {
    bench.loop.pass(10'000);
    bench.answer(0, addresses(ips));
  }
  CHECK(bench.take() == Told{"s0 lost: No IP for server"});
}

TEST_CASE("two records of a service may have one address at two ports") {
  Bench bench(1);
  bench.start(three(bench, "_http._tcp.local"));
  bench.answer(0, services({{"a.local", 1, 256, ""}, {"a.local", 2, 256, ""}}));
  bench.answer(0, addresses({"10.0.0.1"}));
  const Told told = bench.take();
  CHECK(std::count(told.begin(), told.end(), "s1 10.0.0.1:1 by dns/n1") == 1);
  CHECK(std::count(told.begin(), told.end(), "s2 10.0.0.1:2 by DNS cache") == 1);
}
