// Keys, the table of `hash-type map-based`, the ring of `hash-type consistent`, and its bound. That
// they pick haproxy's servers is tests/system/balance/hashes.py's to prove.
#include <map>
#include <thread>

#include "balance/key_hash.h"
#include "balance/schedule.h"
#include "base/hash.h"
#include "fixture.h"
#include "support/catch.h"

using namespace sluice::balance;
using sluice::model::AdminState;
using sluice::model::HashMethod;
using sluice::model::HashUse;

namespace {

constexpr HashUse kMap{HashMethod::MapBased};
constexpr HashUse kRing{HashMethod::Consistent, sluice::model::HashFunction::Crc32, true};

struct Hashing : BalanceFixture {
  Hashing(const std::vector<std::uint32_t>& weights, const HashUse& use,
          std::string_view backup_names = "", Backups backups = Backups::First)
      : BalanceFixture("hdr", weights, backup_names, backups) {
    sluice::model::BalanceText text;
    text.algorithm = "hdr";
    balancer = make_balancer(text, backend, slots, backups, use);
    rebuild();
  }
  Pick pick_by(std::string_view key) { return balancer->pick({.key = key, .random = &random}); }
  char server_of(std::string_view key) {
    const Pick picked = pick_by(key);
    if (picked.result == PickResult::Picked) release(picked.server->name()[0]);
    return picked.server == nullptr ? '-' : picked.server->name()[0];
  }
  std::string servers_of_many(int count = 300) {
    std::string out;
    for (int i = 0; i < count; ++i) out += server_of("key" + std::to_string(i));
    return out;
  }
};

}  // namespace

TEST_CASE("an address is folded word by word, and mixed only by avalanche") {
  constexpr std::string_view v4("\x0a\x00\x00\x01", 4);
  constexpr std::string_view v6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
  CHECK(hash_key(v4, KeyKind::Address, kMap) == 0x0A000001);
  CHECK(hash_key(v6, KeyKind::Address, kMap) == 0x20010DB9);
  HashUse mixed;
  mixed.avalanche = true;
  CHECK(hash_key(v4, KeyKind::Address, mixed) == sluice::base::avalanche(0x0A000001));
  CHECK(hash_key("", KeyKind::Address, kMap) == 0);
}

TEST_CASE("a map's places are those of static-rr, by the hash modulo the weights") {
  Hashing f({2, 1}, kMap);
  const std::string order = BalanceFixture("static-rr", {2, 1}).picks(3);
  for (const std::string key : {"a", "b", "c", "hello"}) {
    CHECK(f.server_of(key) == order[sluice::base::hash_sdbm(key) % 3]);
  }
}

TEST_CASE("a map is as long as its weights where a schedule would be scaled down") {
  std::vector<std::uint32_t> weights(200, 255);
  weights.back() = 256;
  CHECK(hash_map_order(weights).size() == 199 * 255 + 256);
}

TEST_CASE("one key has one server, many keys have all, and none without a server") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing f({1, 1, 1}, use);
    const std::string all = f.servers_of_many();
    CHECK(f.servers_of_many() == all);
    for (const char name : {'a', 'b', 'c'}) CHECK(std::count(all.begin(), all.end(), name) > 50);
    for (const char name : {'a', 'b', 'c'}) f.set_admin(name, AdminState::Maint);
    CHECK(f.pick_by("x").result == PickResult::NoneUsable);
  }
}

TEST_CASE("a request without a key takes turns") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing f({1, 1}, use);
    const std::string turns = f.picks(40);
    CHECK(turns.find('a') != std::string::npos);
    CHECK(turns.find('b') != std::string::npos);
  }
  CHECK(Hashing({1, 1, 1}, kMap).picks(6) == "abcabc");
}

TEST_CASE("a full server keeps its keys, also when nobody else does anything") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing f({1, 1}, use);
    const char name = f.server_of("key");
    f.server(name).limiter.set_max(1);
    CHECK(f.pick_by("key").result == PickResult::Picked);
    const Pick second = f.pick_by("key");
    CHECK(second.result == PickResult::BoundSaturated);
    CHECK(second.server == &f.server(name));
    f.release(name);
    CHECK(f.pick_by("key").result == PickResult::Picked);
  }
}

TEST_CASE("who leaves a ring takes no key of another, and gets its own back") {
  Hashing f({3, 1, 2, 1}, kRing);
  const std::string before = f.servers_of_many();
  f.set_admin('b', AdminState::Maint);
  const std::string without = f.servers_of_many();
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(without[i] != 'b');
    if (before[i] != 'b') CHECK(without[i] == before[i]);
  }
  f.set_admin('b', AdminState::Ready);
  CHECK(f.servers_of_many() == before);
}

TEST_CASE("a ring's places go by the server's id, not by its place in the list") {
  Hashing f({1, 1, 1}, kRing);
  const std::string before = f.servers_of_many();
  f.server('a').numeric_id = 3;
  f.server('c').numeric_id = 1;
  f.set_weight('b', 2);
  f.set_weight('b', 1);
  std::string swapped = f.servers_of_many();
  for (char& name : swapped) name = name == 'a' ? 'c' : name == 'c' ? 'a' : name;
  CHECK(swapped == before);
}

TEST_CASE("an avoided server's keys go on along the ring; a map knows no other") {
  Hashing ring({1, 1, 1}, kRing);
  const auto& owner = ring.server(ring.server_of("key"));
  CHECK(ring.balancer->pick({.key = "key", .avoid = &owner}).server != &owner);
  Hashing map({1, 1, 1}, kMap);
  const auto& place = map.server(map.server_of("key"));
  CHECK(map.balancer->pick({.key = "key", .avoid = &place}).server == &place);
}

TEST_CASE("backups have the keys while no active server is usable") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing first({1, 1, 1}, use, "bc");
    first.set_admin('a', AdminState::Maint);
    CHECK(first.servers_of_many() == std::string(300, 'b'));
    Hashing all({1, 1, 1}, use, "bc", BackupUse::All);
    all.set_admin('a', AdminState::Maint);
    CHECK(all.servers_of_many().find('c') != std::string::npos);
  }
}

TEST_CASE("hash-balance-factor keeps every server near the average") {
  HashUse use = kRing;
  use.balance_factor = 125;
  Hashing f({1, 1, 2}, use);
  std::map<char, int> held;
  for (int i = 0; i < 80; ++i) ++held[f.pick_by("one key").server->name()[0]];
  CHECK(held['a'] <= 25);
  CHECK(held['b'] <= 25);
  CHECK(held['c'] <= 50);
}

TEST_CASE("hash-balance-factor holds for random too") {
  Hashing f({1, 1, 1}, kMap);
  sluice::model::BalanceText text;
  text.algorithm = "random(1)";
  f.balancer = make_balancer(text, f.backend, f.slots, BackupUse::First, {.balance_factor = 101});
  f.rebuild();
  std::map<char, int> held;
  for (int i = 0; i < 30; ++i) ++held[f.pick_and_hold()];
  for (const char name : {'a', 'b', 'c'}) CHECK(held[name] == 10);
}

TEST_CASE("only a table is static, and only keys bind") {
  CHECK(Hashing({1}, kMap).balancer->is_static());
  CHECK_FALSE(Hashing({1}, kRing).balancer->is_static());
  CHECK(Hashing({1}, kRing).balancer->is_determinist());
  CHECK(BalanceFixture("static-rr", {1}).balancer->is_static());
  CHECK_FALSE(BalanceFixture("roundrobin", {1}).balancer->is_static());
  CHECK_FALSE(BalanceFixture("random", {1}).balancer->is_determinist());
}

TEST_CASE("keys keep their servers while others pick and the ring is rebuilt") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing f({1, 1, 1}, use);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        sluice::base::Random random(static_cast<std::uint64_t>(t));
        while (!stop.load()) {
          const std::string key = std::to_string(random.below(50));
          const Pick picked = f.balancer->pick({.key = key, .random = &random});
          if (picked.result == PickResult::Picked) {
            sluice::model::release_slot(*picked.server);
            f.balancer->released(*picked.server);
          }
        }
      });
    }
    for (int i = 0; i < 50; ++i) {
      f.set_admin('b', AdminState::Maint);
      f.set_admin('b', AdminState::Ready);
    }
    stop.store(true);
    for (std::thread& thread : threads) thread.join();
    for (const char name : {'a', 'b', 'c'}) CHECK(f.server(name).limiter.used() == 0);
  }
}

TEST_CASE("who warms up has fewer points on a ring, and all places in a table") {
  for (const HashUse& use : {kMap, kRing}) {
    Hashing f({4, 4}, use);
    const std::string before = f.servers_of_many();
    f.server('a').warm_share.store(1);
    f.rebuild();
    const std::string warming = f.servers_of_many();
    if (use.method == HashMethod::MapBased) CHECK(warming == before);
    if (use.method == HashMethod::Consistent)
      CHECK(std::count(warming.begin(), warming.end(), 'a') < 80);
  }
  BalanceFixture turns("roundrobin", {1, 1});
  turns.server('a').warm_share.store(1);
  turns.rebuild();
  const std::string seventeen = turns.picks(17);
  CHECK(std::count(seventeen.begin(), seventeen.end(), 'a') == 1);
}
