#include "control/adopt.h"

#include "model/server_transition.h"
#include "support/catch.h"

using namespace sluice;
using model::AdminState;
using model::OperState;

namespace {

struct AdoptFixture {
  AdoptFixture() {
    config.name = "s";
    config.host = "10.0.0.1";
    config.address = *base::Address::from_ip("10.0.0.1", 80);
    config.port = 80;
    config.weight = 10;
    config.maxconn = 5;
    config.check.enabled = true;
  }
  void adopt() { control::adopt_server(*live, config, registry); }
  void set(const model::ServerStateWord& state) { live->set_state(state); }

  control::Registry registry;
  std::shared_ptr<model::BackendLive> backend = registry.backend("b");
  std::shared_ptr<model::ServerLive> live = registry.server(*backend, "s");
  model::Server config;
};

}  // namespace

TEST_CASE_METHOD(AdoptFixture, "a new server starts as it is written") {
  config.backup = true;
  config.numeric_id = 7;
  adopt();
  CHECK(live->state().accepts_new());
  CHECK(live->state().weight == 10);
  CHECK(live->state().health == 2);
  CHECK(live->limiter.max() == 5);
  CHECK(live->address() == config.address);
  CHECK(live->backup);
  CHECK(live->check_enabled);
  CHECK(live->numeric_id == 7);
  CHECK(live->history.last_check.status == model::CheckStatus::Init);
}

TEST_CASE_METHOD(AdoptFixture, "run-time state survives a reload that says the same") {
  adopt();
  model::ServerStateWord state = model::apply_admin(live->state(), AdminState::Drain, {});
  state.weight = 3;
  set(state);
  live->limiter.set_max(99);
  live->set_address(*base::Address::from_ip("10.0.0.9", 80));
  adopt();
  CHECK(live->state().pack() == state.pack());
  CHECK(live->limiter.max() == 99);
  CHECK(live->address().host() == "10.0.0.9");
}

TEST_CASE_METHOD(AdoptFixture,
                 "a directive that was rewritten overrides the run-time state it governs") {
  adopt();
  model::ServerStateWord state = model::apply_admin(live->state(), AdminState::Maint, {});
  state.weight = 3;
  set(state);
  live->limiter.set_max(99);
  config.weight = 20;
  adopt();
  CHECK(live->state().weight == 20);
  CHECK(live->initial_weight == 20);
  CHECK(live->state().admin == AdminState::Maint);
  CHECK(live->limiter.max() == 99);
  config.maxconn = 6;
  config.address = *base::Address::from_ip("10.0.0.2", 80);
  config.host = "10.0.0.2";
  adopt();
  CHECK(live->limiter.max() == 6);
  CHECK(live->address().host() == "10.0.0.2");
}

TEST_CASE_METHOD(AdoptFixture, "`disabled` acts when it is written or taken away") {
  adopt();
  config.disabled = true;
  adopt();
  CHECK(live->state().admin == AdminState::Maint);
  config.disabled = false;
  adopt();
  CHECK(live->state().admin == AdminState::Ready);
  CHECK(live->state().oper == OperState::Up);

  config.disabled = true;
  adopt();
  set(model::apply_admin(live->state(), AdminState::Ready, {}));
  adopt();
  CHECK(live->state().admin == AdminState::Ready);
}

TEST_CASE_METHOD(AdoptFixture, "an operator's MAINT is not lifted by taking `disabled` away") {
  config.disabled = true;
  adopt();
  set(model::apply_admin(live->state(), AdminState::Ready, {}));
  set(model::apply_admin(live->state(), AdminState::Maint, {}));
  config.disabled = false;
  adopt();
  CHECK(live->state().admin == AdminState::Maint);
}

TEST_CASE_METHOD(AdoptFixture, "a DOWN server stays DOWN over a reload unless its checks go away") {
  adopt();
  set(model::apply_health(live->state(), OperState::Down, {}));
  config.check.rise = 4;
  adopt();
  CHECK(live->state().oper == OperState::Down);
  CHECK(live->state().health < 4);
  config.check.enabled = false;
  adopt();
  CHECK(live->state().oper == OperState::Up);
  CHECK_FALSE(live->check_enabled);
}

TEST_CASE_METHOD(AdoptFixture, "other values of rise and fall keep a server UP") {
  adopt();
  set(model::apply_health(live->state(), OperState::Up, {}));
  config.check.rise = 10;
  config.check.fall = 1;
  adopt();
  CHECK(live->state().oper == OperState::Up);
  CHECK(live->state().health == 10);
}

TEST_CASE_METHOD(AdoptFixture,
                 "a server without an address takes nothing until a reload finds one") {
  const base::Address found = config.address;
  config.host = "app.example";
  config.address = {};
  adopt();
  CHECK(live->state().unresolved);
  config.address = found;
  adopt();
  CHECK_FALSE(live->state().unresolved);
  CHECK(live->address() == found);
  CHECK(live->state().accepts_new());
}

TEST_CASE_METHOD(AdoptFixture, "a reload keeps the name and the address that a server has by it") {
  config.host = "app.example";
  config.address = {};
  config.port = 8080;
  adopt();
  CHECK(live->name_in_dns == "app.example");
  CHECK(live->kept_port == 8080);
  const base::Address found = *base::Address::from_ip("10.7.7.7", 8080);
  live->set_address(found);
  live->name_in_dns = "other.example";
  set(model::apply_address(live->state(), model::Address::Found, {}));
  adopt();
  CHECK(live->address() == found);
  CHECK(live->name_in_dns == "other.example");
  CHECK_FALSE(live->state().unresolved);
  config.host = "_http._tcp.example";
  adopt();
  CHECK(live->name_in_dns.empty());
  CHECK(live->state().unresolved);
}
