#include "config/arguments.h"

#include <vector>

#include "base/text.h"

namespace sluice::config {

bool Arguments::take(std::string_view text) {
  if (words_.empty() || words_.front().text != text) return false;
  words_ = words_.subspan(1);
  return true;
}

const base::Word* Arguments::next() {
  if (words_.empty()) return nullptr;
  const base::Word* word = &words_.front();
  words_ = words_.subspan(1);
  return word;
}

const base::Word* Arguments::expect(std::string_view what) {
  const base::Word* word = next();
  if (word == nullptr) error("'" + name_ + "' needs " + std::string(what));
  return word;
}

std::string Arguments::take_rest() {
  std::string out;
  for (const base::Word& word : words_) {
    if (!out.empty()) out += ' ';
    out += word.text;
  }
  words_ = {};
  return out;
}

bool Arguments::finish() {
  if (words_.empty()) return true;
  error(words_.front().span,
        "'" + name_ + "' does not take the argument '" + words_.front().text + "'");
  return false;
}

std::optional<std::uint32_t> Arguments::number(std::uint32_t min, std::uint32_t max,
                                               std::string_view what) {
  const base::Word* word = expect(what);
  if (word == nullptr) return std::nullopt;
  const auto value = base::to_unsigned(word->text);
  if (!value || *value < min || *value > max) {
    error(word->span, "'" + name_ + "' needs " + std::string(what) + " from " +
                          std::to_string(min) + " to " + std::to_string(max) + ", not '" +
                          word->text + "'");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*value);
}

std::optional<unsigned> Arguments::octal() {
  const base::Word* word = expect("rights, such as 660");
  if (word == nullptr) return std::nullopt;
  unsigned value = 0;
  for (char c : word->text) {
    if (c < '0' || c > '7' || value > 0777) {
      error(word->span, "'" + word->text + "' is not a file's rights in octal, such as 660");
      return std::nullopt;
    }
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  return value;
}

namespace {
constexpr std::uint64_t kMostUnits = 2'147'483'647;  // HAProxy's bound, in the directive's unit
}

std::optional<std::uint64_t> Arguments::time_us(std::uint64_t default_unit_us) {
  const base::Word* word = expect("a time");
  if (word == nullptr) return std::nullopt;
  const auto value = base::parse_time_us(word->text, default_unit_us, kMostUnits * default_unit_us);
  if (!value) {
    error(word->span, "'" + word->text + "' is not a time that '" + name_ + "' can take",
          std::string("write a number and us, ms, s, m, h or d; without a unit it counts ") +
              (default_unit_us == 1'000 ? "milliseconds" : "seconds"));
  }
  return value;
}

std::optional<std::uint32_t> Arguments::milliseconds() {
  const auto value = time_us(1'000);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>((*value + 999) / 1'000);
}

std::optional<std::uint32_t> Arguments::seconds() {
  const auto value = time_us(1'000'000);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>((*value + 999'999) / 1'000'000);
}

void Arguments::error(const base::SourceSpan& span, std::string message, std::string hint) {
  diagnostics_.error(span, std::move(message), std::move(hint));
}
void Arguments::error(std::string message, std::string hint) {
  diagnostics_.error(keyword_.span, std::move(message), std::move(hint));
}
void Arguments::warning(const base::SourceSpan& span, std::string message, std::string hint) {
  diagnostics_.warning(span, std::move(message), std::move(hint));
}
void Arguments::warning(std::string message, std::string hint) {
  diagnostics_.warning(keyword_.span, std::move(message), std::move(hint));
}

void Arguments::error_choice(const base::Word& word, std::span<const std::string_view> choices) {
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i != 0) list += i + 1 == choices.size() ? " or " : ", ";
    list += choices[i];
  }
  const std::string_view near = base::nearest(word.text, {choices.begin(), choices.end()});
  error(word.span, "'" + name_ + "' takes " + list + ", not '" + word.text + "'",
        near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

void Arguments::unsupported(const base::Word& word, std::string hint) {
  error(word.span, "'" + word.text + "' of '" + name_ + "' is not supported by Sluice yet",
        std::move(hint));
}

}  // namespace sluice::config
