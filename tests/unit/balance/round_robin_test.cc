#include "fixture.h"
#include "support/catch.h"

using namespace sluice::balance;
using sluice::model::AdminState;

TEST_CASE("roundrobin with weights 5, 1, 1 gives a a a b a a c, again and again") {
  BalanceFixture f("roundrobin", {5, 1, 1});
  CHECK(f.picks(14) == "aaabaacaaabaac");
  CHECK(f.balancer->name() == "roundrobin");
}

TEST_CASE("a server in MAINT or DRAIN is left out and comes back with READY") {
  BalanceFixture f("roundrobin", {1, 1, 1});
  CHECK(f.picks(1) == "a");
  f.set_admin('b', AdminState::Drain);
  CHECK(f.picks(4) == "caca");
  f.set_admin('b', AdminState::Ready);
  f.set_admin('a', AdminState::Maint);
  CHECK(f.picks(4) == "bcbc");
}

TEST_CASE("a state that changed before the rebuild is respected at once") {
  BalanceFixture f("roundrobin", {1, 1});
  f.server('a').set_state(sluice::model::apply_admin(f.server('a').state(), AdminState::Maint, {}));
  CHECK(f.picks(4) == "bbbb");
  f.server('b').set_state(sluice::model::apply_admin(f.server('b').state(), AdminState::Maint, {}));
  CHECK(f.pick().result == PickResult::NoneUsable);
}

TEST_CASE("a weight set at run time changes the schedule") {
  BalanceFixture f("roundrobin", {1, 1});
  CHECK(f.picks(2) == "ab");
  f.set_weight('a', 3);
  const std::string period = f.picks(4);
  CHECK(std::count(period.begin(), period.end(), 'a') == 3);
  f.set_weight('a', 0);
  CHECK(f.picks(2) == "bb");
}

TEST_CASE("a saturated server loses its turn, and the turns of the others stay equal") {
  BalanceFixture f("roundrobin", {1, 1, 1});
  f.server('a').limiter.set_max(1);
  REQUIRE(f.server('a').limiter.try_acquire());
  CHECK(f.picks(6) == "bcbcbc");
}

TEST_CASE("when every usable server is saturated the request has to queue") {
  BalanceFixture f("roundrobin", {1, 1});
  for (const char name : {'a', 'b'}) f.server(name).limiter.set_max(1);
  CHECK(f.pick_and_hold() == 'a');
  CHECK(f.pick_and_hold() == 'b');
  CHECK(f.pick().result == PickResult::AllSaturated);
  f.set_admin('a', AdminState::Maint);
  CHECK(f.pick().result == PickResult::AllSaturated);
  f.set_admin('b', AdminState::Maint);
  CHECK(f.pick().result == PickResult::NoneUsable);
}

TEST_CASE("nobody overtakes those who wait") {
  struct Waits final : sluice::model::Waiter {
    void wake() noexcept override {}
  } any, bound;
  BalanceFixture f("roundrobin", {1, 1});
  f.backend.queue.enter(bound, &f.server('a'));
  CHECK(f.picks(2) == "bb");
  f.backend.queue.enter(any, nullptr);
  CHECK(f.pick().result == PickResult::AllSaturated);
  CHECK(f.backend.queue.cancel(any));
  CHECK(f.backend.queue.cancel(bound));
}

TEST_CASE("a redispatch avoids the server that failed unless it is the only one") {
  BalanceFixture f("roundrobin", {1, 1});
  for (int i = 0; i < 4; ++i) CHECK(f.pick_and_hold(&f.server('a')) == 'b');
  f.set_admin('b', AdminState::Maint);
  CHECK(f.pick_and_hold(&f.server('a')) == 'a');
}

TEST_CASE("backups are used only while no active server is usable, the first alone") {
  BalanceFixture f("roundrobin", {1, 1, 1, 1}, "cd");
  CHECK(f.picks(4) == "abab");
  CHECK(f.backend.active_servers.load() == 2);
  CHECK(f.backend.backup_servers.load() == 2);
  CHECK(f.backend.total_weight.load() == 2);
  f.set_admin('a', AdminState::Maint);
  CHECK(f.picks(2) == "bb");
  f.set_admin('b', AdminState::Maint);
  CHECK(f.picks(4) == "cccc");
  CHECK(f.backend.active_servers.load() == 0);
  CHECK(f.backend.total_weight.load() == 1);
  f.set_admin('c', AdminState::Maint);
  CHECK(f.picks(2) == "dd");
  f.set_admin('b', AdminState::Ready);
  CHECK(f.picks(2) == "bb");
}

TEST_CASE("who waits for any server is not given a backup while an active server is usable") {
  struct Waits final : sluice::model::Waiter {
    void wake() noexcept override {}
  } waiter;
  BalanceFixture f("roundrobin", {1, 1}, "b");
  f.server('a').limiter.set_max(1);
  CHECK(f.pick_and_hold() == 'a');
  f.backend.queue.enter(waiter, nullptr);
  sluice::model::offer_after_enter(f.server('b'));
  CHECK(waiter.state() == sluice::model::Waiter::State::Queued);
  f.set_admin('a', AdminState::Maint);
  sluice::model::offer_after_enter(f.server('b'));
  CHECK(waiter.granted() == &f.server('b'));
}

TEST_CASE("with allbackups all backups share the load") {
  BalanceFixture f("roundrobin", {1, 1, 2}, "bc", BackupUse::All);
  f.set_admin('a', AdminState::Maint);
  CHECK(f.picks(3) == "ccb");
  CHECK(f.backend.total_weight.load() == 3);
}

TEST_CASE("a balancer picks nobody before it was built") {
  BalanceFixture f("roundrobin", {1});
  sluice::model::BalanceText text;
  for (const std::string_view name : algorithm_names()) {
    text.algorithm = name;
    const auto balancer = make_balancer(text, f.backend, f.slots, BackupUse::First);
    REQUIRE(balancer != nullptr);
    CHECK(balancer->name() == name);
    CHECK(balancer->pick({}).result == PickResult::NoneUsable);
  }
}

TEST_CASE("a rebuild that changes nothing replaces nothing") {
  BalanceFixture f("roundrobin", {1, 1});
  CHECK(f.balancer->rebuild() == nullptr);
}

TEST_CASE("two generations of a backend share one cursor") {
  BalanceFixture f("roundrobin", {1, 1, 1});
  sluice::model::BalanceText text;
  const auto next = make_balancer(text, f.backend, f.slots, BackupUse::First);
  f.retired.push_back(next->rebuild());
  CHECK(f.picks(1) == "a");
  CHECK(next->pick({}).server->name() == "b");
  CHECK(f.picks(1) == "c");
}

TEST_CASE("only names and arguments of the table make a balancer") {
  BalanceFixture f("roundrobin", {1});
  const auto known = [&](std::string_view name) {
    sluice::model::BalanceText text;
    text.algorithm = name;
    const bool made = make_balancer(text, f.backend, f.slots, BackupUse::First) != nullptr;
    CHECK(made == is_known_algorithm(text));
    return made;
  };
  CHECK(known("random(3)"));
  for (const char* name : {"source", "uri", "url_param", "hdr", "hash", "rdp-cookie"}) {
    CHECK(known(name));
  }
  CHECK_FALSE(known("hdr(host)"));
  CHECK_FALSE(known("random(0)"));
  CHECK_FALSE(known("random(x)"));
  CHECK_FALSE(known("random("));
  CHECK_FALSE(known("roundrobin(2)"));
  CHECK_FALSE(known("Roundrobin"));
  CHECK_FALSE(known(""));
}
