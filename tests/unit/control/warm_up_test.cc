#include "control/warm_up.h"

#include "model/proxy_live.h"
#include "support/catch.h"

using namespace sluice::control;
using namespace sluice::model;

namespace {

struct Fixture {
  BackendLive backend{"be"};
  ServerLive& server = backend.server("a", 1);
  Server config;
  WarmUp warm_up;
  Fixture() {
    config.slowstart_ms = 2'000;
    server.limiter.set_max(100);
  }
  void move(OperState from, OperState to, std::uint64_t now_ms) {
    ServerStateWord before;
    before.oper = from;
    ServerStateWord after;
    after.oper = to;
    warm_up.note(server, config, before, after, now_ms);
  }
};

}  // namespace

TEST_CASE("a server that comes back has a sixteenth and one request, then grows to all") {
  Fixture f;
  CHECK(f.warm_up.next_ms() == WarmUp::kNever);
  f.move(OperState::Down, OperState::Up, 1'000);
  CHECK(f.server.warm_share.load() == 1);
  CHECK(f.server.limiter.max() == 1);
  CHECK(f.server.limiter.full_max() == 100);
  CHECK(f.warm_up.next_ms() == 1'100);
  CHECK(f.warm_up.grow(1'099).empty());
  REQUIRE(f.warm_up.grow(2'000).size() == 1);
  CHECK(f.server.warm_share.load() == 9);
  CHECK(f.server.limiter.max() == 50);
  CHECK(f.warm_up.grow(3'000).front().server == &f.server);
  CHECK(f.server.warm_share.load() == ServerLive::kFullShare);
  CHECK(f.server.limiter.max() == 100);
  CHECK(f.warm_up.next_ms() == WarmUp::kNever);
}

TEST_CASE("a server that goes again stops to grow, and begins anew") {
  Fixture f;
  f.move(OperState::Down, OperState::Up, 0);
  f.move(OperState::Up, OperState::Down, 500);
  CHECK(f.warm_up.next_ms() == WarmUp::kNever);
  CHECK(f.server.warm_share.load() == ServerLive::kFullShare);
  f.move(OperState::Down, OperState::Up, 600);
  CHECK(f.server.warm_share.load() == 1);
  CHECK(f.warm_up.next_ms() == 700);
}

TEST_CASE("a server that was stopping warms up too, and none does without slowstart") {
  Fixture f;
  f.move(OperState::Up, OperState::NoLb, 0);
  CHECK(f.warm_up.next_ms() == WarmUp::kNever);
  f.move(OperState::NoLb, OperState::Up, 0);
  CHECK(f.warm_up.next_ms() == 100);
  f.move(OperState::Up, OperState::Down, 0);
  f.config.slowstart_ms = 0;
  f.move(OperState::Down, OperState::Up, 0);
  CHECK(f.warm_up.next_ms() == WarmUp::kNever);
  CHECK(f.server.limiter.max() == 100);
}

TEST_CASE("a share of a limit is one slot at least, and none of no limit") {
  Limiter limiter(3);
  limiter.set_share(10);
  CHECK(limiter.max() == 1);
  limiter.set_max(50);
  CHECK(limiter.max() == 5);
  limiter.set_max(0);
  CHECK(limiter.max() == 0);
  limiter.set_share(100);
  limiter.set_max(7);
  CHECK(limiter.max() == 7);
}

TEST_CASE("an effective weight is rounded up") {
  Fixture f;
  ServerStateWord state;
  state.weight = 10;
  f.server.set_state(state);
  CHECK(f.server.effective_weight() == 10);
  f.server.warm_share.store(1);
  CHECK(f.server.effective_weight() == 1);
  f.server.warm_share.store(8);
  CHECK(f.server.effective_weight() == 5);
}
