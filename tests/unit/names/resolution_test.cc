#include "unit/names/names_fixture.h"

using namespace sluice;
using namespace sluice::names;
using namespace sluice::names::test;
using net::DnsStatus;
using net::DnsType;

TEST_CASE("all name servers are asked at the same time and the first valid answer wins") {
  Bench bench;
  bench.start({bench.server("s1", "app.local")});
  CHECK(bench.asks(0) == 1);
  CHECK(bench.asks(1) == 1);
  CHECK(bench.question().name == "app.local");
  CHECK(bench.question().type == DnsType::A);
  bench.answer(1, addresses({"10.0.0.1"}));
  CHECK(bench.take() == Told{"s1 10.0.0.1:80 by dns/n2"});
  bench.answer(0, addresses({"10.0.0.9"}));
  CHECK(bench.take().empty());
  CHECK(bench.counts(0).outdated == 1);
  CHECK(bench.counts(0).valid == 0);
  CHECK(bench.counts(1).valid == 1);
  CHECK(bench.counts(1).updates == 1);
}

TEST_CASE("an error counts when the last name server has answered, and asks for the other family") {
  Bench bench;
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, failed(DnsStatus::NxDomain));
  CHECK(bench.asks(0) == 1);
  bench.answer(1, failed(DnsStatus::Empty));
  CHECK(bench.question().type == DnsType::Aaaa);
  bench.answer(0, addresses({"::1"}));
  CHECK(bench.take() == Told{"s1 [::1]:80 by dns/n1"});
  CHECK(bench.counts(0).nx == 1);
  CHECK(bench.counts(1).empty == 1);
}

TEST_CASE("resolve_retries rounds of both families make a failure") {
  Bench bench(1);
  bench.settings.retries = 2;
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}));
  bench.loop.pass(10'000);
  const DnsType types[] = {DnsType::A, DnsType::Aaaa, DnsType::A, DnsType::Aaaa};
  for (const DnsType type : types) {
    CHECK(bench.question().type == type);
    bench.answer(0, failed(DnsStatus::NxDomain));
  }
  CHECK(bench.asks() == 5);  // and no more before the next resolution
  bench.loop.pass(9'999);
  CHECK(bench.asks() == 5);
  bench.loop.pass(1);
  CHECK(bench.asks() == 6);
}

TEST_CASE("silence is waited out by timeout retry, and the same is asked again") {
  Bench bench(2);
  bench.start({bench.server("s1", "app.local")});
  bench.loop.pass(999);
  CHECK(bench.asks() == 1);
  bench.loop.pass(1);
  CHECK(bench.asks() == 2);
  CHECK(bench.question().type == DnsType::A);
  bench.answer(0, failed(DnsStatus::NxDomain));
  bench.loop.pass(1'000);  // the other one stays silent: what the first said counts
  CHECK(bench.question().type == DnsType::Aaaa);
  CHECK(bench.counts(0).timeouts == 1);
  CHECK(bench.counts(1).timeouts == 2);
}

TEST_CASE("a name is asked for again by the TTL where timeout resolve is longer") {
  Bench bench(1);
  bench.settings.hold.valid_ms = 60'000;
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}, 3));
  bench.loop.pass(2'999);
  CHECK(bench.asks() == 1);
  bench.loop.pass(1);
  CHECK(bench.asks() == 2);
  bench.answer(0, addresses({"10.0.0.1"}, 100));
  bench.loop.pass(9'999);
  CHECK(bench.asks() == 2);
  bench.loop.pass(1);
  CHECK(bench.asks() == 3);
}

TEST_CASE("a TTL of zero asks once a second, and hold valid bounds the pause too") {
  Bench bench(1);
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}, 0));
  bench.loop.pass(999);
  CHECK(bench.asks() == 1);
  bench.loop.pass(1);
  CHECK(bench.asks() == 2);
  Bench other(1);
  other.settings.hold.valid_ms = 500;
  other.start({other.server("s1", "app.local")});
  other.answer(0, addresses({"10.0.0.1"}));
  other.loop.pass(500);
  CHECK(other.asks() == 2);
}

namespace {

/// Seconds that a failure of that kind is held after a valid answer, by its effect.
std::uint64_t held_seconds(Bench& bench, DnsStatus status) {
  bench.settings.retries = 1;
  bench.settings.resolve_ms = 1'000;
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}));
  bench.take();
  for (std::uint64_t second = 1; second < 100; ++second) {
    bench.loop.pass(1'000);
    if (status != DnsStatus::Timeout) {
      bench.answer(0, failed(status));
      bench.answer(0, failed(status));
    }
    if (!bench.take().empty()) return second;
  }
  return 0;
}

}  // namespace

TEST_CASE("a failure counts when no valid answer came within the hold time of its kind") {
  struct Row {
    DnsStatus status;
    std::uint32_t model::HoldTimes::*hold;
  };
  const Row rows[] = {{DnsStatus::NxDomain, &model::HoldTimes::nx_ms},
                      {DnsStatus::Refused, &model::HoldTimes::refused_ms},
                      {DnsStatus::Other, &model::HoldTimes::other_ms},
                      {DnsStatus::Empty, &model::HoldTimes::other_ms},
                      {DnsStatus::Invalid, &model::HoldTimes::other_ms},
                      {DnsStatus::Timeout, &model::HoldTimes::timeout_ms}};
  for (const Row& row : rows) {
    INFO(static_cast<int>(row.status));
    Bench bench(1);
    bench.settings.hold.*row.hold = 4'500;
    const std::uint64_t seconds = held_seconds(bench, row.status);
    CHECK(seconds >= 5);
    CHECK(seconds <= 6);  // an attempt that nobody answers takes a second itself
  }
}

TEST_CASE("hold times count from the beginning where no valid answer ever came") {
  Bench bench(1);
  bench.settings.hold.nx_ms = 5'000;
  bench.settings.retries = 1;
  auto server = bench.server("s1", "app.local");
  bench.address_found(*server.live, ip("10.0.0.7", 80), "libc");
  bench.take();
  bench.start({server});
  bench.answer(0, failed(DnsStatus::NxDomain));
  bench.answer(0, failed(DnsStatus::NxDomain));
  CHECK(bench.take().empty());
  bench.loop.pass(10'000);
  bench.answer(0, failed(DnsStatus::NxDomain));
  bench.answer(0, failed(DnsStatus::NxDomain));
  CHECK(bench.take() == Told{"s1 lost: DNS NX status"});
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.7"}));
  CHECK(bench.take() == Told{"s1 10.0.0.7:80 by dns/n1"});
}

TEST_CASE("the reasons of a loss are HAProxy's words") {
  const std::pair<DnsStatus, const char*> rows[] = {{DnsStatus::NxDomain, "DNS NX status"},
                                                    {DnsStatus::Refused, "DNS refused status"},
                                                    {DnsStatus::Other, "unspecified DNS error"},
                                                    {DnsStatus::Timeout, "DNS timeout status"}};
  for (const auto& [status, words] : rows) {
    Bench bench(1);
    bench.settings.hold = {10'000, 0, 0, 0, 0, 0};
    (void)held_seconds(bench, status);
    CHECK(bench.lives["s1"]->state().unresolved);
    Bench again(1);
    again.settings.retries = 1;
    again.settings.hold = {10'000, 0, 0, 0, 0, 0};
    auto server = again.server("s1", "app.local");
    again.address_found(*server.live, ip("10.0.0.7", 80), "libc");
    again.take();
    again.start({server});
    if (status == DnsStatus::Timeout) {
      again.loop.pass(1'000);
    } else {
      again.answer(0, failed(status));
      again.answer(0, failed(status));
    }
    CHECK(again.take() == Told{std::string("s1 lost: ") + words});
  }
}

TEST_CASE("hold obsolete keeps a record that answers do not have any more") {
  Bench bench(1);
  bench.settings.hold.obsolete_ms = 15'000;
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}));
  bench.take();
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.2"}));
  CHECK(bench.take().empty());
  bench.loop.pass(10'000);
  bench.answer(0, addresses({"10.0.0.2"}));
  CHECK(bench.take() == Told{"s1 10.0.0.2:80 by dns/n1"});
}

TEST_CASE("a name server that can't be reached is waited for like a silent one") {
  Bench bench(1);
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, failed(DnsStatus::SendError));
  CHECK(bench.asks() == 1);
  CHECK(bench.counts(0).send_errors == 1);
  bench.loop.pass(1'000);
  CHECK(bench.asks() == 2);
  CHECK(bench.counts(0).timeouts == 1);
}

TEST_CASE("a check that can't connect has the name asked for at once") {
  Bench bench(1);
  bench.start({bench.server("s1", "app.local")});
  bench.answer(0, addresses({"10.0.0.1"}));
  bench.resolver->hurry(*bench.lives["s1"]);
  CHECK(bench.asks() == 2);
  bench.resolver->hurry(*bench.lives["s1"]);  // it is being asked
  CHECK(bench.asks() == 2);
}
