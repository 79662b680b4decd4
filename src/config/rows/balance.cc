// balance, hash-type and hash-balance-factor: how a server is chosen (manual §4.2).
#include <array>
#include <optional>

#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::BalanceText;
using model::HashFunction;
using model::HashMethod;
constexpr Support kYes = Support::Implemented;
constexpr std::uint32_t kMaxDraws = 1'000;
constexpr std::uint32_t kMaxUri = 1'000'000;

/// "hdr(host)" as a name and what stands in brackets.
struct AlgorithmWord {
  std::string_view name;
  std::optional<std::string_view> bracket;
};

std::optional<AlgorithmWord> split(const base::Word& word, Arguments& arguments) {
  const std::string_view text = word.text;
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return AlgorithmWord{text, std::nullopt};
  if (text.back() == ')')
    return AlgorithmWord{text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
  arguments.error(word.span, "'" + word.text + "' has no closing bracket");
  return std::nullopt;
}

struct Parts {
  const base::Word& word;
  std::optional<std::string_view> bracket;
  BalanceText& text;
  Arguments& arguments;
};

void parse_draws(const Parts& parts) {
  if (!parts.bracket) return;
  const auto draws = base::to_unsigned(*parts.bracket);
  if (draws && *draws >= 1 && *draws <= kMaxDraws) return;
  parts.arguments.error(parts.word.span, "random takes a number of draws from 1 to 1000, not '" +
                                             std::string(*parts.bracket) + "'");
}

void parse_uri(const Parts& parts) {
  constexpr std::array<std::string_view, 4> kWords = {"len", "depth", "whole", "path-only"};
  auto& key = parts.text.key;
  while (!parts.arguments.empty()) {
    if (parts.arguments.take("whole")) {
      key.uri_whole = true;
    } else if (parts.arguments.take("path-only")) {
      key.uri_path_only = true;
    } else if (parts.arguments.take("len")) {
      key.uri_length = parts.arguments.number(1, kMaxUri, "a length").value_or(0);
    } else if (parts.arguments.take("depth")) {
      key.uri_depth = parts.arguments.number(1, kMaxUri, "a depth").value_or(0);
    } else {
      return parts.arguments.error_choice(*parts.arguments.next(), kWords);
    }
  }
}

void parse_url_param(const Parts& parts) {
  const base::Word* name = parts.arguments.expect("a parameter's name");
  if (name == nullptr) return;
  parts.text.key.name = name->text;
  if (!parts.arguments.take("check_post")) return;
  parts.text.key.check_post = true;
  // How much of the body used to be waited for: HAProxy reads the number and ignores it.
  if (!parts.arguments.empty() && !parts.arguments.number(0, kMaxUri)) parts.arguments.next();
}

void parse_hdr(const Parts& parts) {
  if (!parts.bracket || parts.bracket->empty()) {
    return parts.arguments.error(parts.word.span, "hdr needs a header's name in brackets",
                                 "balance hdr(host)");
  }
  parts.text.key.name = *parts.bracket;
  parts.text.algorithm = "hdr";
  parts.text.key.domain_only = parts.arguments.take("use_domain_only");
}

void parse_rdp_cookie(const Parts& parts) {
  parts.text.algorithm = "rdp-cookie";
  parts.text.key.name = parts.bracket.value_or("");
  if (parts.text.key.name.find_first_of("(), ") == std::string::npos) return;
  parts.arguments.error(parts.word.span, "'" + parts.text.key.name + "' is no cookie's name");
}

void parse_expression(const Parts& parts) {
  const base::Word* expression = parts.arguments.expect("an expression, such as req.hdr(host)");
  if (expression != nullptr) parts.text.arguments.push_back(*expression);
}

void parse_nothing(const Parts&) {}

struct Algorithm {
  std::string_view name;
  bool takes_bracket;
  void (*parse)(const Parts&);
};
constexpr std::array<Algorithm, 11> kAlgorithms = {{
    {"roundrobin", false, parse_nothing},
    {"leastconn", false, parse_nothing},
    {"static-rr", false, parse_nothing},
    {"first", false, parse_nothing},
    {"random", true, parse_draws},
    {"source", false, parse_nothing},
    {"uri", false, parse_uri},
    {"url_param", false, parse_url_param},
    {"hdr", true, parse_hdr},
    {"hash", false, parse_expression},
    {"rdp-cookie", true, parse_rdp_cookie},
}};

void parse_balance(Context& context, Arguments& arguments) {
  const base::Word* word = arguments.expect("an algorithm, such as roundrobin");
  if (word == nullptr) return;
  const auto parsed = split(*word, arguments);
  if (!parsed) return;
  std::vector<std::string_view> names;
  for (const Algorithm& algorithm : kAlgorithms) {
    names.push_back(algorithm.name);
    if (algorithm.name != parsed->name) continue;
    if (parsed->bracket && !algorithm.takes_bracket) {
      return arguments.error(word->span, "'" + std::string(parsed->name) + "' takes no brackets");
    }
    BalanceText text{word->text, {}, word->span, {}};
    algorithm.parse({*word, parsed->bracket, text, arguments});
    if (!arguments.finish()) return;
    context.proxy->balance = std::move(text);
    return;
  }
  arguments.error_choice(*word, names);
}

template <class Choice, std::size_t size>
std::optional<Choice> choose(const base::Word& word,
                             const std::array<std::pair<std::string_view, Choice>, size>& choices,
                             Arguments& arguments) {
  std::vector<std::string_view> names;
  for (const auto& [name, choice] : choices) {
    if (name == word.text) return choice;
    names.push_back(name);
  }
  arguments.error_choice(word, names);
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, HashMethod>, 2> kMethods = {{
    {"map-based", HashMethod::MapBased},
    {"consistent", HashMethod::Consistent},
}};
constexpr std::array<std::pair<std::string_view, HashFunction>, 4> kFunctions = {{
    {"sdbm", HashFunction::Sdbm},
    {"djb2", HashFunction::Djb2},
    {"wt6", HashFunction::Wt6},
    {"crc32", HashFunction::Crc32},
}};
constexpr std::array<std::string_view, 1> kModifiers = {"avalanche"};

void parse_hash_type(Context& context, Arguments& arguments) {
  const base::Word* word = arguments.expect("map-based or consistent");
  if (word == nullptr) return;
  const auto method = choose(*word, kMethods, arguments);
  if (!method) return;
  model::HashUse use{*method, HashFunction::Sdbm, false, context.proxy->hash.balance_factor};
  if (const base::Word* name = arguments.next()) {
    const auto function = choose(*name, kFunctions, arguments);
    if (!function) return;
    use.function = *function;
    if (const base::Word* modifier = arguments.next()) {
      if (modifier->text != kModifiers[0]) return arguments.error_choice(*modifier, kModifiers);
      use.avalanche = true;
    }
  } else {
    use.avalanche = *method == HashMethod::Consistent;  // manual §4.2, hash-type
  }
  if (arguments.finish()) context.proxy->hash = use;
}

void parse_balance_factor(Context& context, Arguments& arguments) {
  const auto factor = arguments.number(0, 65'535, "a percentage");
  if (!factor) return;
  if (*factor >= 1 && *factor <= 100)
    return arguments.error("'hash-balance-factor' must be 0 or above 100");
  if (arguments.finish()) context.proxy->hash.balance_factor = *factor;
}

constexpr std::array<Row, 3> kRows = {{
    {"balance", "<algorithm> [<argument>…]", kBackends, kYes, Negation::No, parse_balance,
     "how a server is chosen: roundrobin, static-rr, leastconn, first, random, source, uri, "
     "url_param, hdr, hash or rdp-cookie"},
    {"hash-type", "map-based|consistent [sdbm|djb2|wt6|crc32 [avalanche]]", kBackends, kYes,
     Negation::No, parse_hash_type, "how a key leads to a server"},
    {"hash-balance-factor", "<percent>", kBackends, kYes, Negation::No, parse_balance_factor,
     "how far one server's load may exceed the average"},
}};

template <class Rows>
std::vector<std::string_view> names_of(const Rows& rows) {
  std::vector<std::string_view> out;
  for (const auto& [name, choice] : rows) out.push_back(name);
  return out;
}

}  // namespace

std::span<const Row> balance() { return kRows; }

std::vector<std::string_view> balance_algorithms() {
  std::vector<std::string_view> out;
  for (const Algorithm& algorithm : kAlgorithms) out.push_back(algorithm.name);
  return out;
}

std::vector<std::string_view> hash_words() {
  std::vector<std::string_view> out = names_of(kMethods);
  for (const std::string_view name : names_of(kFunctions)) out.push_back(name);
  out.push_back(kModifiers[0]);
  return out;
}

}  // namespace sluice::config::rows
