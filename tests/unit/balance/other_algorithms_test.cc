#include <map>

#include "fixture.h"
#include "haproxy_orders.h"
#include "support/catch.h"

using namespace sluice::balance;
using sluice::model::AdminState;

TEST_CASE("leastconn chooses as HAProxy did in every recorded run") {
  for (const RecordedOrder& run : kLeastConnRuns) {
    BalanceFixture f("leastconn", run.weights);
    std::string seen;
    for (std::size_t i = 0; i + 1 < run.period.size(); i += 2) {
      const char name = run.period[i + 1];
      if (run.period[i] == '-') {
        f.release(name);
        seen += {'-', name};
      } else {
        seen += {'+', f.pick_and_hold()};
      }
    }
    CHECK(seen == run.period);
  }
}

TEST_CASE("leastconn takes turns among idle servers") {
  BalanceFixture f("leastconn", {1, 1, 1});
  CHECK(f.picks(6) == "abcabc");
}

TEST_CASE("leastconn sees what ended without being told") {
  BalanceFixture f("leastconn", {1, 1});
  CHECK(f.pick_and_hold() == 'a');
  CHECK(f.pick_and_hold() == 'b');
  CHECK(f.pick_and_hold() == 'a');
  sluice::model::release_slot(f.server('b'));
  CHECK(f.pick_and_hold() == 'b');
}

TEST_CASE("leastconn passes saturated and avoided servers by") {
  BalanceFixture f("leastconn", {1, 1, 1});
  f.server('a').limiter.set_max(1);
  CHECK(f.pick_and_hold() == 'a');
  CHECK(f.pick_and_hold(&f.server('b')) == 'c');
  f.set_admin('b', AdminState::Drain);
  CHECK(f.pick_and_hold() == 'c');
  f.server('c').limiter.set_max(1);
  CHECK(f.pick().result == PickResult::AllSaturated);
  f.set_admin('a', AdminState::Maint);
  f.set_admin('c', AdminState::Maint);
  CHECK(f.pick().result == PickResult::NoneUsable);
}

TEST_CASE("leastconn knows the load of a server that comes back") {
  BalanceFixture f("leastconn", {1, 1});
  CHECK(f.pick_and_hold() == 'a');
  f.set_admin('a', AdminState::Drain);
  CHECK(f.pick_and_hold() == 'b');
  f.release('b');
  f.set_admin('a', AdminState::Ready);
  CHECK(f.pick_and_hold() == 'b');
}

TEST_CASE("first fills the servers in the order of their ids") {
  BalanceFixture f("first", {1, 1, 1});
  f.server('a').numeric_id = 9;
  for (const char name : {'a', 'b', 'c'}) f.server(name).limiter.set_max(2);
  f.rebuild();
  std::string seen;
  for (int i = 0; i < 7; ++i) seen += f.pick_and_hold();
  CHECK(seen == "bbccaa-");
  f.release('c');
  CHECK(f.pick_and_hold() == 'c');
}

TEST_CASE("random with one draw follows the weights") {
  BalanceFixture f("random(1)", {3, 1});
  std::map<char, int> count;
  for (const char name : f.picks(8'000)) ++count[name];
  CHECK(count['a'] > 5'800);
  CHECK(count['a'] < 6'200);
}

TEST_CASE("random with two draws keeps the loads together, and finds the last free server") {
  BalanceFixture f("random", std::vector<std::uint32_t>(10, 1));
  for (const auto& server : f.backend.servers()) server->limiter.set_max(100);
  for (int i = 0; i < 500; ++i) CHECK(f.pick().result == PickResult::Picked);
  for (const auto& server : f.backend.servers()) CHECK(server->limiter.used() > 40);
  for (int i = 0; i < 500; ++i) CHECK(f.pick().result == PickResult::Picked);
  CHECK(f.pick().result == PickResult::AllSaturated);
}
