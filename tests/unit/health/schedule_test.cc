#include "health/schedule.h"

#include <map>

#include "support/catch.h"

using namespace sluice;
using namespace sluice::health;

namespace {

model::CheckOptions options() {
  model::CheckOptions out;
  out.inter_ms = 2'000;
  out.fastinter_ms = 500;
  out.downinter_ms = 10'000;
  out.rise = 2;
  out.fall = 3;
  return out;
}

model::ServerStateWord state(model::OperState oper, std::uint8_t health) {
  model::ServerStateWord out;
  out.oper = oper;
  out.health = health;
  out.checked = true;
  return out;
}

}  // namespace

TEST_CASE("a server that is UP 100% is checked at inter") {
  CHECK(interval_ms(options(), state(model::OperState::Up, 4)) == 2'000);
}

TEST_CASE("a server going down, going up or not checked yet is checked at fastinter") {
  CHECK(interval_ms(options(), state(model::OperState::Up, 3)) == 500);
  CHECK(interval_ms(options(), state(model::OperState::Up, 2)) == 500);
  CHECK(interval_ms(options(), state(model::OperState::Down, 1)) == 500);
  CHECK(interval_ms(options(), model::ServerStateWord{}) == 500);
}

TEST_CASE("a server that is DOWN 100% is checked at downinter") {
  CHECK(interval_ms(options(), state(model::OperState::Down, 0)) == 10'000);
}

TEST_CASE("fastinter and downinter that are not set are inter") {
  model::CheckOptions plain = options();
  plain.fastinter_ms = plain.downinter_ms = 0;
  CHECK(interval_ms(plain, state(model::OperState::Up, 3)) == 2'000);
  CHECK(interval_ms(plain, state(model::OperState::Down, 0)) == 2'000);
}

TEST_CASE("spread-checks moves an interval by at most its percentage, both ways") {
  base::Random random(7);
  std::uint32_t least = UINT32_MAX;
  std::uint32_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint32_t moved = spread_ms(1'000, {.percent = 20}, random);
    least = std::min(least, moved);
    most = std::max(most, moved);
  }
  CHECK(least >= 800);
  CHECK(least < 805);
  CHECK(most <= 1'200);
  CHECK(most > 1'195);
  CHECK(spread_ms(1'000, {}, random) == 1'000);
}

TEST_CASE("first checks spread over the shortest interval of at least a second") {
  CHECK(shortest_spreading_ms({200, 3'000, 2'000}) == 2'000);
  CHECK(shortest_spreading_ms({200, 300}) == 0);
  CHECK(first_offset_ms(2'000, 2'000, 0, 4, {}) == 0);
  CHECK(first_offset_ms(2'000, 2'000, 3, 4, {}) == 1'500);
  CHECK(first_offset_ms(200, 0, 1, 2, {}) == 100);
}

TEST_CASE("max-spread-checks bounds the delay between the first and the last first check") {
  CHECK(first_offset_ms(60'000, 60'000, 9, 10, {.max_ms = 1'000}) == 900);
  CHECK(first_offset_ms(500, 0, 9, 10, {.max_ms = 1'000}) == 450);
}

TEST_CASE("connecting takes at most min(connect, inter) only when timeout check is set") {
  CHECK(connect_limit_ms(2'000, 100, 300) == 300);
  CHECK(connect_limit_ms(2'000, 100, 9'000) == 2'000);
  CHECK(connect_limit_ms(2'000, 100, 0) == 2'000);
  CHECK(connect_limit_ms(2'000, 0, 300) == 2'000);
}

TEST_CASE("checks are moved together by a hundredth of their interval, and 20 ms at most") {
  CHECK(bunched_ms(1'239, 2'000) == 1'200);
  CHECK(bunched_ms(1'200, 2'000) == 1'200);
  CHECK(bunched_ms(1'239, 60'000) == 1'200);
  CHECK(bunched_ms(1'239, 400) == 1'236);
  CHECK(bunched_ms(1'239, 1'000) == 1'225);
  CHECK(bunched_ms(1'239, 50) == 1'239);
  CHECK(bunched_limit_ms(1'239, 2'000) == 1'240);
  CHECK(bunched_limit_ms(1'240, 2'000) == 1'240);
  CHECK(bunched_limit_ms(1'231, 400) == 1'232);
  CHECK(bunched_limit_ms(1'239, 80) == 1'239);
  // A thousand checks in two seconds: 25 at a time, evenly.
  std::map<std::uint64_t, int> moments;
  for (std::size_t i = 0; i < 1'000; ++i)
    ++moments[bunched_ms(100'000 + first_offset_ms(2'000, 2'000, i, 1'000, {}), 2'000)];
  CHECK(moments.size() == 40);
  for (const auto& [at_ms, count] : moments) CHECK(count == 25);
}
