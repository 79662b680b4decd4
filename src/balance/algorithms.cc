// The table of balance algorithms: one row each.
#include <array>
#include <optional>

#include "balance/balancer.h"
#include "balance/first.h"
#include "balance/hash_map.h"
#include "balance/hash_ring.h"
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
  const model::HashUse& hash;
};

struct Row {
  std::string_view name;
  bool takes_number;
  std::unique_ptr<Balancer> (*make)(const Parts& parts);
};

template <const std::string_view& name, KeyKind kind>
std::unique_ptr<Balancer> make_hashing(const Parts& p) {
  if (p.hash.method == model::HashMethod::Consistent)
    return std::make_unique<HashRing>(name, kind, p.hash, p.backend, p.servers, p.backups);
  return std::make_unique<HashMap>(name, kind, p.hash, p.backend, p.servers, p.backups);
}

constexpr std::string_view kSource = "source";
constexpr std::string_view kUri = "uri";
constexpr std::string_view kUrlParam = "url_param";
constexpr std::string_view kHdr = "hdr";
constexpr std::string_view kHash = "hash";
constexpr std::string_view kRdpCookie = "rdp-cookie";

constexpr std::array<Row, 11> kRows = {{
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
       return std::make_unique<RandomDraws>(*draws_of(p.name), p.hash.balance_factor, p.backend,
                                            p.servers, p.backups);
     }},
    {kSource, false, &make_hashing<kSource, KeyKind::Address>},
    {kUri, false, &make_hashing<kUri, KeyKind::Text>},
    {kUrlParam, false, &make_hashing<kUrlParam, KeyKind::Text>},
    {kHdr, false, &make_hashing<kHdr, KeyKind::Text>},
    {kHash, false, &make_hashing<kHash, KeyKind::Text>},
    {kRdpCookie, false, &make_hashing<kRdpCookie, KeyKind::Text>},
}};

const Row* find_row(const model::BalanceText& text, const ParsedName& name) noexcept {
  if (!text.arguments.empty() && name.name != kHash) return nullptr;
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
                                        std::span<const ServerSlot> servers, BackupUse backups,
                                        const model::HashUse& hash) {
  const ParsedName name = parse_name(text.algorithm);
  const Row* row = find_row(text, name);
  return row == nullptr ? nullptr : row->make({name, backend, servers, backups, hash});
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
