#include "config/conditions.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "base/text.h"

namespace sluice::config {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 10> kFeatures = {
    "ACCEPT4",   "EPOLL", "GETADDRINFO", "OPENSSL", "PCRE2",
    "PCRE2_JIT", "POLL",  "PROMEX",      "THREAD",  "LINUX_SPLICE"};

/// "2.4-dev19" and "2.4.1": three numbers and, before a release, the number of its -dev.
std::optional<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>> version(
    std::string_view text) {
  std::uint64_t parts[3] = {0, 0, 0};
  std::uint64_t development = UINT64_MAX;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    std::string_view tail = text.substr(dash + 1);
    if (tail.starts_with("dev")) {
      const auto number = base::to_unsigned(tail.substr(3));
      if (!number) return std::nullopt;
      development = *number;
    }
    text = text.substr(0, dash);
  }
  const auto pieces = base::split(text, '.');
  if (pieces.size() > 3) return std::nullopt;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto number = base::to_unsigned(pieces[i]);
    if (!number) return std::nullopt;
    parts[i] = *number;
  }
  return std::tuple(parts[0], parts[1], parts[2], development);
}

// or := and {"||" and};  and := not {"&&" not};  not := "!" not | "(" or ")" | number | predicate
class Evaluator {
 public:
  Evaluator(std::string_view text, const Environment& environment)
      : text_(text), environment_(environment) {}

  Result<bool> run() {
    skip_blanks();
    if (text_.empty()) return false;
    const Result<bool> value = either();
    if (!value) return value;
    skip_blanks();
    if (!text_.empty()) return wrong("unexpected '" + std::string(text_) + "'");
    return value;
  }

 private:
  static constexpr int kMaxDepth = 64;

  Result<bool> either() {
    Result<bool> value = both();
    while (value && take("||")) {
      const Result<bool> right = both();
      if (!right) return right;
      value = *value || *right;
    }
    return value;
  }

  Result<bool> both() {
    Result<bool> value = single();
    while (value && take("&&")) {
      const Result<bool> right = single();
      if (!right) return right;
      value = *value && *right;
    }
    return value;
  }

  Result<bool> single() {
    if (++depth_ > kMaxDepth) return wrong("the condition is nested too deeply");
    Result<bool> value = term();
    --depth_;
    return value;
  }

  Result<bool> term() {
    if (take("!")) {
      const Result<bool> value = single();
      if (!value) return value;
      return !*value;
    }
    if (take("(")) {
      Result<bool> value = either();
      if (value && !take(")")) return wrong("a closing parenthesis is missing");
      return value;
    }
    std::size_t length = 0;
    while (length < text_.size() &&
           (base::is_digit(text_[length]) || text_[length] == '_' ||
            (base::to_lower(text_[length]) >= 'a' && base::to_lower(text_[length]) <= 'z'))) {
      ++length;
    }
    const std::string_view name = text_.substr(0, length);
    text_.remove_prefix(length);
    if (const auto number = base::to_unsigned(name)) return *number != 0;
    return predicate(name);
  }

  Result<bool> predicate(std::string_view name) {
    if (name.empty()) return wrong("a predicate or a number was expected");
    if (!take("(")) return wrong("'" + std::string(name) + "' needs its argument in parentheses");
    const std::size_t end = text_.find(')');
    if (end == std::string_view::npos) return wrong("a closing parenthesis is missing");
    const std::vector<std::string_view> arguments = base::split(text_.substr(0, end), ',');
    text_.remove_prefix(end + 1);
    const bool pair = name == "streq" || name == "strneq";
    if (arguments.size() != (pair ? 2U : 1U)) {
      return wrong("'" + std::string(name) + "' takes " +
                   (pair ? "two arguments" : "one argument"));
    }
    const std::string_view first = base::trim(arguments[0]);
    if (pair) return (first == base::trim(arguments[1])) == (name == "streq");
    if (name == "defined") return environment_.get(first).has_value();
    if (name == "feature") return std::ranges::find(kFeatures, first) != kFeatures.end();
    if (name == "version_atleast" || name == "version_before") {
      const auto asked = version(first);
      if (!asked) return wrong("'" + std::string(first) + "' is not a version");
      return (*version(kLanguageVersion) >= *asked) == (name == "version_atleast");
    }
    return wrong("'" + std::string(name) + "' is not a predicate");
  }

  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    skip_blanks();
    return true;
  }
  void skip_blanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t'))
      text_.remove_prefix(1);
  }
  static tl::unexpected<base::Error> wrong(std::string why) {
    return fail(ErrorKind::Configuration, std::move(why));
  }

  std::string_view text_;
  const Environment& environment_;
  int depth_ = 0;
};

std::string joined(const std::vector<base::Word>& words, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < words.size(); ++i) {
    if (i != from) out += ' ';
    out += words[i].text;
  }
  return out;
}

}  // namespace

Result<bool> evaluate_condition(std::string_view expression, const Environment& environment) {
  return Evaluator(expression, environment).run();
}

bool ConditionalBlocks::active() const {
  return levels_.empty() || levels_.back().branch == Branch::Taken;
}

bool ConditionalBlocks::holds(const std::vector<base::Word>& words) {
  const Result<bool> value = evaluate_condition(joined(words, 1), environment_);
  if (value) return *value;
  const base::Word& about = words.size() > 1 ? words[1] : words[0];
  diagnostics_.error(about.span, "this condition cannot be read: " + value.error().detail,
                     "the predicates are defined, feature, streq, strneq, version_atleast and "
                     "version_before");
  return false;
}

void ConditionalBlocks::begin(const std::vector<base::Word>& words) {
  Branch branch = Branch::InSkipped;
  if (active()) branch = holds(words) ? Branch::Taken : Branch::NotYet;
  levels_.push_back({branch, false, words[0].span});
}

void ConditionalBlocks::otherwise(const std::vector<base::Word>& words) {
  const std::string& word = words[0].text;
  if (levels_.empty() || levels_.back().seen_else) {
    diagnostics_.error(words[0].span, "'" + word + "' without a '.if' before it");
    return;
  }
  Level& level = levels_.back();
  if (word == ".else") level.seen_else = true;
  if (level.branch == Branch::Taken)
    level.branch = Branch::WasTaken;
  else if (level.branch == Branch::NotYet && (word == ".else" || holds(words))) {
    level.branch = Branch::Taken;
  }
}

void ConditionalBlocks::report(const std::vector<base::Word>& words) {
  if (!active()) return;
  if (words.size() != 2) {
    diagnostics_.error(words[0].span, "'" + words[0].text + "' takes one message",
                       "quote the message when it has spaces");
    return;
  }
  const base::Word& message = words[1];
  if (words[0].text == ".alert") diagnostics_.error(message.span, message.text);
  if (words[0].text == ".warning") diagnostics_.warning(message.span, message.text);
  if (words[0].text == ".notice") diagnostics_.notice(message.span, message.text);
  // .diag speaks only in HAProxy's diagnostic mode (-dD), which we do not have.
}

void ConditionalBlocks::line(const std::vector<base::Word>& words) {
  const std::string& word = words[0].text;
  if ((word == ".else" || word == ".endif") && words.size() > 1) {
    diagnostics_.error(words[1].span, "'" + word + "' takes no argument");
  }
  if (word == ".if")
    begin(words);
  else if (word == ".elif" || word == ".else")
    otherwise(words);
  else if (word == ".endif") {
    if (levels_.empty())
      diagnostics_.error(words[0].span, "'.endif' without a '.if' before it");
    else
      levels_.pop_back();
  } else if (word == ".notice" || word == ".warning" || word == ".alert" || word == ".diag") {
    report(words);
  } else if (active()) {
    diagnostics_.error(words[0].span, "'" + word + "' is not a conditional directive",
                       "there are .if .elif .else .endif .diag .notice .warning .alert");
  }
}

void ConditionalBlocks::finish() {
  for (const Level& level : levels_) {
    diagnostics_.error(level.opened, "this '.if' has no '.endif'");
  }
  levels_.clear();
}

}  // namespace sluice::config
