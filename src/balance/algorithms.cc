// The table of balance algorithms: one row each.
#include <array>
#include <optional>

#include "balance/balancer.h"
#include "balance/first.h"
#include "balance/leastconn.h"
#include "balance/random_draws.h"
#include "balance/round_robin.h"
#include "base/text.h"

namespace sluice::balance {
namespace {

constexpr std::uint32_t kDefaultDraws = 2;
constexpr std::uint32_t kMaxDraws = 1'000;

/// "random(3)" is a name and a number in brackets; other names stand alone.
struct ParsedName {
  std::string_view name;
  std::optional<std::string_view> bracket;
};

ParsedName parse_name(std::string_view text) noexcept {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') return {text, std::nullopt};
  return {text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
}

std::optional<std::uint32_t> draws_of(const ParsedName& name) noexcept {
  if (!name.bracket) return kDefaultDraws;
  const auto draws = base::to_unsigned(*name.bracket);
  if (!draws || *draws == 0 || *draws > kMaxDraws) return std::nullopt;
  return static_cast<std::uint32_t>(*draws);
}

struct Parts {
  const ParsedName& name;
  model::BackendLive& backend;
  std::span<const ServerSlot> servers;
  BackupUse backups;
};

struct Row {
  std::string_view name;
  bool takes_number;
  std::unique_ptr<Balancer> (*make)(const Parts& parts);
};

constexpr std::array<Row, 5> kRows = {{
    {"roundrobin", false,
     [](const Parts& p) -> std::unique_ptr<Balancer> {
       return std::make_unique<RoundRobin>("roundrobin", &round_robin_order, p.backend, p.servers,
                                           p.backups);
     }},
    {"static-rr", false,
     [](const Parts& p) -> std::unique_ptr<Balancer> {
       return std::make_unique<RoundRobin>("static-rr", &static_round_robin_order, p.backend,
                                           p.servers, p.backups);
     }},
    {"leastconn", false,
     [](const Parts& p) -> std::unique_ptr<Balancer> {
       return std::make_unique<LeastConn>(p.backend, p.servers, p.backups);
     }},
    {"first", false,
     [](const Parts& p) -> std::unique_ptr<Balancer> {
       return std::make_unique<First>(p.backend, p.servers, p.backups);
     }},
    {"random", true,
     [](const Parts& p) -> std::unique_ptr<Balancer> {
       return std::make_unique<RandomDraws>(*draws_of(p.name), p.backend, p.servers, p.backups);
     }},
}};

const Row* find_row(const model::BalanceText& text, const ParsedName& name) noexcept {
  if (!text.arguments.empty()) return nullptr;
  for (const Row& row : kRows) {
    if (row.name != name.name) continue;
    if (name.bracket && !row.takes_number) return nullptr;
    return draws_of(name) ? &row : nullptr;
  }
  return nullptr;
}

}  // namespace

bool is_known_algorithm(const model::BalanceText& text) noexcept {
  return find_row(text, parse_name(text.algorithm)) != nullptr;
}

std::unique_ptr<Balancer> make_balancer(const model::BalanceText& text, model::BackendLive& backend,
                                        std::span<const ServerSlot> servers, BackupUse backups) {
  const ParsedName name = parse_name(text.algorithm);
  const Row* row = find_row(text, name);
  return row == nullptr ? nullptr : row->make({name, backend, servers, backups});
}

std::span<const std::string_view> algorithm_names() noexcept {
  static constexpr auto kNames = [] {
    std::array<std::string_view, kRows.size()> names;
    for (std::size_t i = 0; i < kRows.size(); ++i) names[i] = kRows[i].name;
    return names;
  }();
  return kNames;
}

}  // namespace sluice::balance
