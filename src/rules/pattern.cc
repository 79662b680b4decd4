#include "rules/pattern.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/url.h"

namespace sluice::rules {

namespace {

using enum MatchMethod;

constexpr MatchMethodRow kMethods[] = {
    {"found", Found, SampleType::None},
    {"bool", Bool, SampleType::Int},
    {"int", Int, SampleType::Int},
    {"ip", Ip, SampleType::Ip},
    {"bin", Binary, SampleType::Binary},
    {"len", Length, SampleType::String},
    {"str", String, SampleType::String},
    {"beg", Prefix, SampleType::String},
    {"end", Suffix, SampleType::String},
    {"sub", Substring, SampleType::String},
    {"dir", Directory, SampleType::String},
    {"dom", Domain, SampleType::String},
    {"reg", RegularExpression, SampleType::String},
};

bool same(std::string_view a, std::string_view b, RegexCase fold) {
  return fold == RegexCase::Ignore ? base::iequals(a, b) : a == b;
}

std::size_t find_in(std::string_view text, std::string_view pattern, std::size_t from,
                    RegexCase fold) {
  if (fold == RegexCase::Sensitive) return text.find(pattern, from);
  for (std::size_t i = from; i + pattern.size() <= text.size(); ++i) {
    if (base::iequals(text.substr(i, pattern.size()), pattern)) return i;
  }
  return std::string_view::npos;
}

std::string_view strip(std::string_view text, std::string_view delimiters) {
  const std::size_t first = text.find_first_not_of(delimiters);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(delimiters) - first + 1);
}

/// The pattern, without outer delimiters, stands in the text between delimiters or its ends.
bool is_delimited_part(std::string_view text, std::string_view pattern, std::string_view delimiters,
                       RegexCase fold) {
  pattern = strip(pattern, delimiters);
  if (pattern.empty()) return false;
  for (std::size_t at = 0;; ++at) {
    at = find_in(text, pattern, at, fold);
    if (at == std::string_view::npos) return false;
    const std::size_t end = at + pattern.size();
    const bool left = at == 0 || delimiters.find(text[at - 1]) != std::string_view::npos;
    const bool right = end == text.size() || delimiters.find(text[end]) != std::string_view::npos;
    if (left && right) return true;
  }
}

bool compare(MatchMethod method, std::string_view text, std::string_view pattern, RegexCase fold) {
  switch (method) {
    case Prefix:
      return text.size() >= pattern.size() && same(text.substr(0, pattern.size()), pattern, fold);
    case Suffix:
      return text.size() >= pattern.size() &&
             same(text.substr(text.size() - pattern.size()), pattern, fold);
    case Substring:
      return find_in(text, pattern, 0, fold) != std::string_view::npos;
    case Directory:
      return is_delimited_part(text, pattern, "/?", fold);
    case Domain:
      return is_delimited_part(text, pattern, "/?.:", fold);
    default:
      return same(text, pattern, fold);
  }
}

}  // namespace

const MatchMethodRow* find_match_method(std::string_view name) noexcept {
  for (const MatchMethodRow& row : kMethods) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const MatchMethodRow& row_of(MatchMethod method) noexcept {
  return *std::find_if(std::begin(kMethods), std::end(kMethods),
                       [method](const MatchMethodRow& row) { return row.method == method; });
}

std::vector<std::string_view> match_method_names() {
  std::vector<std::string_view> names;
  for (const MatchMethodRow& row : kMethods) names.push_back(row.name);
  return names;
}

std::optional<MatchMethod> default_method(SampleType type) noexcept {
  switch (type) {
    case SampleType::Bool:
      return Bool;
    case SampleType::Int:
      return Int;
    case SampleType::Ip:
      return Ip;
    case SampleType::String:
      return String;
    default:
      return std::nullopt;
  }
}

std::optional<IntegerOperator> parse_operator(std::string_view text) noexcept {
  if (text == "eq") return IntegerOperator::Equal;
  if (text == "ge") return IntegerOperator::GreaterEqual;
  if (text == "gt") return IntegerOperator::Greater;
  if (text == "le") return IntegerOperator::LessEqual;
  if (text == "lt") return IntegerOperator::Less;
  return std::nullopt;
}

base::Result<> PatternSet::add(std::string_view text, RegexCase fold, IntegerOperator operation) {
  ++count_;
  switch (method_) {
    case Found:
    case Bool:
      return base::fail(base::ErrorKind::Configuration,
                        "'-m " + std::string(row_of(method_).name) + "' takes no value");
    case Int:
    case Length:
      return add_range(text, operation);
    case Ip:
      if (networks_.add(text)) return {};
      return base::fail(base::ErrorKind::Configuration,
                        "'" + std::string(text) + "' is not an address or a network");
    case Binary:
      return add_binary(text);
    case RegularExpression: {
      auto regex = Regex::compile(text, fold);
      if (!regex) return tl::unexpected<base::Error>(regex.error());
      regexes_.push_back(*regex);
      return {};
    }
    case String:
      if (fold == RegexCase::Sensitive) {
        exact_.emplace(text);
        return {};
      }
      break;
    default:
      break;
  }
  texts_.push_back({std::string(text), fold});
  return {};
}

base::Result<> PatternSet::add_range(std::string_view text, IntegerOperator operation) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  Range range{kMin, kMax};
  const std::size_t colon = text.find(':');
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = colon == std::string_view::npos ? low : text.substr(colon + 1);
  const auto from = base::to_signed(low);
  const auto to = base::to_signed(high);
  const bool bad = (!from && !(low.empty() && colon != std::string_view::npos)) ||
                   (!to && !(high.empty() && colon != std::string_view::npos)) || text == ":";
  if (bad) {
    return base::fail(base::ErrorKind::Configuration,
                      "'" + std::string(text) + "' is neither an integer nor a range of integers");
  }
  if (from) range.low = *from;
  if (to) range.high = *to;
  switch (operation) {
    case IntegerOperator::Equal:
      break;
    case IntegerOperator::GreaterEqual:
      range = {range.low, kMax};
      break;
    case IntegerOperator::Greater:
      range = {range.low == kMax ? kMax : range.low + 1, kMax};
      break;
    case IntegerOperator::LessEqual:
      range = {kMin, range.high};
      break;
    case IntegerOperator::Less:
      range = {kMin, range.high == kMin ? kMin : range.high - 1};
      break;
  }
  ranges_.push_back(range);
  return {};
}

base::Result<> PatternSet::add_binary(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) break;
    bytes += static_cast<char>(high * 16 + low);
  }
  if (bytes.size() * 2 != text.size()) {
    return base::fail(base::ErrorKind::Configuration,
                      "'" + std::string(text) + "' is not an even number of hexadecimal digits");
  }
  exact_.insert(std::move(bytes));
  return {};
}

bool PatternSet::matches(Sample sample, base::Arena& arena) const {
  if (method_ == Found) return true;
  if (method_ == Bool && sample.type == SampleType::Bool) return sample.truth;
  if (!cast(sample, row_of(method_).input, arena)) return false;
  switch (method_) {
    case Bool:
      return sample.number != 0;
    case Int:
      return matches_number(sample.number);
    case Length:
      return matches_number(static_cast<std::int64_t>(sample.text.size()));
    case Ip:
      return networks_.contains(sample);
    case Binary:
      return exact_.find(sample.text) != exact_.end();
    default:
      return matches_text(sample.text);
  }
}

bool PatternSet::matches_number(std::int64_t number) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [number](const Range& range) {
    return number >= range.low && number <= range.high;
  });
}

bool PatternSet::matches_text(std::string_view subject) const {
  if (!exact_.empty() && exact_.find(subject) != exact_.end()) return true;
  for (const Text& pattern : texts_) {
    if (compare(method_, subject, pattern.text, pattern.fold)) return true;
  }
  return std::any_of(regexes_.begin(), regexes_.end(),
                     [subject](const auto& regex) { return regex->matches(subject); });
}

}  // namespace sluice::rules
