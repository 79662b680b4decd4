#include "model/recent_clients.h"

#include <string>

#include "support/catch.h"

using sluice::model::RecentClients;

namespace {

std::string address(unsigned i) { return {10, static_cast<char>(i >> 8), static_cast<char>(i), 1}; }
constexpr std::uint64_t kWindowMs = RecentClients::kWindowSeconds * std::uint64_t{1000};

}  // namespace

TEST_CASE("a client counts once, however often it comes, until it was not seen for the window") {
  RecentClients clients;
  CHECK(clients.count(5'000) == 0);
  for (std::uint64_t ms = 5'000; ms < 9'000; ms += 500) clients.note(address(1), ms);
  clients.note(address(2), 6'000);
  CHECK(clients.count(9'000) == 2);
  CHECK(clients.count(6'000 + kWindowMs) == 1);
  CHECK(clients.count(8'000 + kWindowMs) == 0);
  clients.note(address(1), 9'000 + kWindowMs);
  CHECK(clients.count(9'000 + kWindowMs) == 1);
  clients.clear();
  CHECK(clients.count(9'000 + kWindowMs) == 0);
}

TEST_CASE("a few hundred clients are all told apart, and very many are bounded") {
  RecentClients clients;
  for (unsigned i = 0; i < 300; ++i) clients.note(address(i), 1'000);
  CHECK(clients.count(1'000) == 300);
  for (unsigned i = 0; i < 60'000; ++i) clients.note(address(i), 2'000);
  const std::uint32_t most = clients.count(2'000);
  CHECK(most > 900);
  CHECK(most <= 1'024);
}

TEST_CASE("a client without an address counts as one") {
  RecentClients clients;
  clients.note({}, 1'000);
  clients.note({}, 2'000);
  CHECK(clients.count(2'000) == 1);
}
