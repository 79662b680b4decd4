// `balance`: the algorithms that the balance room has. Its arguments are kept as words.
#include <array>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

struct Algorithm {
  std::string_view name;
  Support support;
};
constexpr std::array<Algorithm, 11> kAlgorithms = {{
    {"roundrobin", Support::Implemented},
    {"leastconn", Support::Implemented},
    {"static-rr", Support::Implemented},
    {"first", Support::Implemented},
    {"hash", Support::Unsupported},
    {"source", Support::Unsupported},
    {"uri", Support::Unsupported},
    {"url_param", Support::Unsupported},
    {"hdr", Support::Unsupported},
    {"random", Support::Unsupported},
    {"rdp-cookie", Support::Unsupported},
}};

void parse_balance(Context& context, Arguments& arguments) {
  const base::Word* word = arguments.expect("an algorithm, such as roundrobin");
  if (word == nullptr) return;
  const std::string_view name = std::string_view(word->text).substr(0, word->text.find('('));
  std::vector<std::string_view> names;
  for (const Algorithm& algorithm : kAlgorithms) {
    names.push_back(algorithm.name);
    if (algorithm.name != name) continue;
    if (algorithm.support == Support::Unsupported) return arguments.unsupported(*word);
    if (!arguments.finish()) return;
    context.proxy->balance = {word->text, {}, word->span};
    return;
  }
  arguments.error_choice(*word, names);
}

constexpr std::array<Row, 1> kRows = {{
    {"balance", "roundrobin|leastconn", kBackends, Support::Implemented, Negation::No,
     parse_balance, "how a server is chosen"},
}};

}  // namespace

std::span<const Row> balance() { return kRows; }

std::vector<std::string_view> balance_algorithms() {
  std::vector<std::string_view> out;
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.support == Support::Implemented) out.push_back(algorithm.name);
  }
  return out;
}

}  // namespace sluice::config::rows
