// Overrides: which of them count, what an edited configuration does to them, and their text.
#include "control/overrides.h"

#include "build_fixture.h"
#include "support/catch.h"

using namespace sluice;
using control::LoggedChange;
using control::LoggedItem;
using control::Override;
using control::OverrideDocument;
using control::Overrides;
using model::AdminState;
using model::ProxyKind;

namespace {

struct OverridesFixture : BuildFixture {
  OverridesFixture() {
    auto& app = add(ProxyKind::Backend, "app");
    add_server(app, "a").weight = 10;
    add_server(app, "b").disabled = true;
  }
  const control::Snapshot& publish() {
    auto snapshot = build();
    REQUIRE(snapshot != nullptr);
    publisher.publish(std::move(snapshot), nullptr);
    workers.acknowledge();
    return *publisher.current();
  }
  model::ServerStateWord state(const char* name) {
    return registry.find_server("app", name)->state();
  }
  void set_weight(const char* name, std::uint16_t weight) {
    auto word = state(name);
    word.weight = weight;
    registry.find_server("app", name)->set_state(word);
  }
};

LoggedChange change(std::vector<LoggedItem> items,
                    control::ChangeSource from = control::ChangeSource::Socket) {
  LoggedChange out;
  out.id = 7;
  out.at_us = 5;
  out.origin.from = from;
  out.items = std::move(items);
  return out;
}

Override record(const char* server, const char* set, const char* value, const char* base) {
  Override out;
  out.backend = "app";
  out.server = server;
  out.set = set;
  out.value = value;
  out.base = base;
  out.before = base;
  out.at_us = 1;
  return out;
}

}  // namespace

TEST_CASE("states and weights are kept with what the configuration says") {
  OverridesFixture f;
  const auto& snapshot = f.publish();
  Overrides overrides;
  CHECK(overrides.note(
      change({{"s:app/a", "weight", "10", "3"}, {"s:app/b", "state", "maint", "ready"}}),
      snapshot));
  const auto kept = overrides.document().overrides;
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].value == "3");
  CHECK(kept[0].base == "10");
  CHECK(kept[1].base == "maint");
  CHECK(kept[1].change == 7);
}

TEST_CASE("other actions, agents and unknown servers are not kept") {
  OverridesFixture f;
  const auto& snapshot = f.publish();
  Overrides overrides;
  CHECK_FALSE(overrides.note(
      change({{"s:app/a", "maxconn", "0", "3"}, {"b:app", "share", "1", "2"}, {"*", "x", "", ""}}),
      snapshot));
  CHECK_FALSE(overrides.note(
      change({{"s:app/a", "weight", "10", "3"}}, control::ChangeSource::Agent), snapshot));
  CHECK_FALSE(overrides.note(change({{"s:app/none", "weight", "10", "3"}}), snapshot));
  CHECK_FALSE(overrides.note(change({{"s:none/a", "weight", "10", "3"}}), snapshot));
}

TEST_CASE("what the configuration says anyway is kept only while it may expire") {
  OverridesFixture f;
  const auto& snapshot = f.publish();
  Overrides overrides;
  auto back = change({{"s:app/a", "weight", "3", "10"}});
  back.expires_at_us = 99;
  overrides.note(back, snapshot);
  REQUIRE(overrides.expiring().size() == 1);
  CHECK(overrides.expiring()[0].items[0].old_value == "3");
  CHECK_FALSE(overrides.confirm(8));
  CHECK(overrides.confirm(7));
  CHECK(overrides.document().overrides.empty());
}

TEST_CASE("restored are those whose directive says what it said") {
  OverridesFixture f;
  const auto& snapshot = f.publish();
  Overrides overrides;
  OverrideDocument document;
  document.overrides = {record("a", "weight", "3", "10"), record("a", "state", "drain", "maint"),
                        record("b", "state", "ready", "maint"), record("c", "weight", "3", "10")};
  const auto items = overrides.restore(document, snapshot, 50);
  CHECK(f.state("a").weight == 3);
  CHECK(f.state("a").admin == AdminState::Ready);
  CHECK(f.state("b").admin == AdminState::Ready);
  REQUIRE(items.size() == 2);
  CHECK(items[0].new_value == "ready");
  CHECK(items[1].new_value.empty());
  REQUIRE(overrides.set_aside().size() == 2);
  CHECK(overrides.set_aside()[0].at_us == 50);
  CHECK(overrides.document().overrides.size() == 2);
}

TEST_CASE("a static algorithm takes no other weight than its own and 0") {
  OverridesFixture f;
  f.config.proxies[0].balance.algorithm = "static-rr";
  const auto& snapshot = f.publish();
  Overrides overrides;
  OverrideDocument document;
  document.overrides = {record("a", "weight", "3", "10")};
  CHECK(overrides.restore(document, snapshot, 50).size() == 1);
  CHECK(f.state("a").weight == 10);
}

TEST_CASE("another configuration sets aside what it says otherwise, and what it lacks") {
  OverridesFixture f;
  Overrides overrides;
  const auto& first = f.publish();
  f.set_weight("a", 3);
  overrides.note(change({{"s:app/a", "weight", "10", "3"}, {"s:app/b", "state", "maint", "drain"}}),
                 first);
  CHECK(overrides.follow(f.publish(), 60).empty());
  f.config.proxies[0].servers[0].weight = 20;
  f.config.proxies[0].servers.pop_back();
  const auto items = overrides.follow(f.publish(), 60);
  REQUIRE(items.size() == 2);
  CHECK(items[0].old_value == "3");
  CHECK(items[0].new_value == "20");
  CHECK(overrides.document().overrides.empty());
}

TEST_CASE("the text is read as it was written, with what a later version added") {
  OverrideDocument document;
  document.overrides = {record("a", "weight", "3", "10")};
  document.overrides[0].origin = {"ann", control::ChangeSource::Page, "::1", "no \"way\"\n"};
  document.overrides[0].expires_at_us = 9;
  document.overrides[0].unknown = R"({"ticket":5})";
  document.set_aside = {{record("b", "state", "drain", "ready"), "gone", 4}};
  document.unknown = R"({"shelf":{"x":[1]}})";
  const auto read = control::parse_overrides(control::to_text(document));
  REQUIRE(read);
  CHECK(control::to_text(*read) == control::to_text(document));
  REQUIRE(read->overrides.size() == 1);
  CHECK(read->overrides[0].origin.note == "no \"way\"\n");
  CHECK(read->overrides[0].expires_at_us == 9);
  CHECK(read->set_aside[0].why == "gone");
  CHECK(read->unknown == document.unknown);
}

TEST_CASE("no part of a text is taken for the whole") {
  OverrideDocument document;
  document.overrides = {record("a", "weight", "3", "10"), record("b", "state", "drain", "ready")};
  const std::string text = control::to_text(document);
  for (std::size_t size = 0; size + 1 < text.size(); ++size)
    CHECK_FALSE(control::parse_overrides(text.substr(0, size)));
}
