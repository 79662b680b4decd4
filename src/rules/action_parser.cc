#include <algorithm>

#include "base/text.h"
#include "rules/action.h"
#include "rules/token.h"

namespace sluice::rules {

ActionResult fail_rewrite(Outcome& outcome) noexcept {
  outcome.kind = OutcomeKind::Deny;
  outcome.has_reply = false;
  outcome.status = 500;
  return ActionResult::Stop;
}

bool is_token(std::string_view text) noexcept {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || base::is_digit(c) ||
           kMarks.find(c) != std::string_view::npos;
  });
}

const base::Word* ActionParser::expect(std::string_view what) {
  if (has_more() && !peek().text.empty()) return &next();
  refuse(has_more() ? peek() : rule_.words[at_ - 1],
         "'" + name().text + "' needs " + std::string(what) +
             (has_more() ? ", not an empty word" : " here"));
  return nullptr;
}

bool ActionParser::finish() {
  if (!has_more()) return true;
  refuse(peek(), "'" + name().text + "' does not take '" + peek().text + "' here");
  return false;
}

std::nullptr_t ActionParser::refuse(const base::Word& word, std::string message, std::string hint) {
  scope_.diagnostics.error(word.span, std::move(message), std::move(hint));
  return nullptr;
}

std::optional<base::Word> ActionParser::in_parentheses() {
  const base::Word& word = name();
  const std::size_t open = word.text.find('(');
  if (open == std::string::npos || word.text.back() != ')') {
    refuse(word, "'" + word.text.substr(0, open) + "' needs its argument in parentheses behind it",
           "for example set-var(txn.name)");
    return std::nullopt;
  }
  const std::size_t length = word.text.size() - open - 2;
  return base::Word{word.text.substr(open + 1, length),
                    span_within(word.span, word.text.size(), open + 1, length)};
}

bool ActionParser::is_bare() const {
  const base::SourceSpan& keyword = rule_.span;
  const base::SourceSpan& first = name().span;
  return keyword.line != 0 && keyword.column != 0 && keyword.line == first.line &&
         keyword.column == first.column;
}

std::unique_ptr<const CompiledFormat> ActionParser::format(const base::Word& word,
                                                           FormatPurpose purpose) {
  return compile_format_for(purpose, word.text, word.span, place_, scope_);
}

std::unique_ptr<CompiledExpression> ActionParser::expression(const base::Word& word) {
  std::size_t end = 0;
  auto expression = compile_at(word.text, 0, end, word.span, place_, scope_);
  if (expression == nullptr || end == word.text.size()) return expression;
  return refuse(word, "'" + word.text.substr(end) + "' is left over after the expression");
}

const base::Word* ActionParser::expect_field_name() {
  const base::Word* word = expect("the name of a header");
  if (word == nullptr || is_token(word->text)) return word;
  return refuse(*word, "'" + word->text + "' is not the name of a header");
}

std::optional<std::uint64_t> ActionParser::expect_time_ms(std::string_view what) {
  const base::Word* word = expect(what);
  if (word == nullptr) return std::nullopt;
  const auto us = base::parse_time_us(word->text, 1'000);
  if (us) return (*us + 999) / 1'000;
  refuse(*word, "'" + word->text + "' is not a time",
         "a number with us, ms, s, m, h or d; without one it is milliseconds");
  return std::nullopt;
}

}  // namespace sluice::rules
