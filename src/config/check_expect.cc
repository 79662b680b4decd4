// `http-check expect` and `tcp-check expect`: options and one pattern, in any order.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/check_steps.h"

namespace sluice::config {

namespace {

using model::CheckExpect;
using model::CheckPattern;
using model::CheckStatus;
using model::CheckStep;
using model::ExpectKind;

struct Match {
  std::string_view name;
  ExpectKind kind;
  bool tcp;
  bool http;
};
constexpr std::array<Match, 10> kMatches = {{
    {"status", ExpectKind::Status, false, true},
    {"rstatus", ExpectKind::RegexStatus, false, true},
    {"hdr", ExpectKind::Header, false, true},
    {"fhdr", ExpectKind::FullHeader, false, true},
    {"string", ExpectKind::String, true, true},
    {"rstring", ExpectKind::RegexString, true, true},
    {"string-lf", ExpectKind::StringFormat, true, true},
    {"binary", ExpectKind::Binary, true, false},
    {"rbinary", ExpectKind::RegexBinary, true, false},
    {"binary-lf", ExpectKind::BinaryFormat, true, false},
}};

constexpr std::array<std::string_view, 8> kOptions = {"min-recv",     "comment",     "ok-status",
                                                      "error-status", "tout-status", "on-success",
                                                      "on-error",     "status-code"};

constexpr std::array<CheckStatus, 4> kGood = {CheckStatus::L7Ok, CheckStatus::L7OkConditional,
                                              CheckStatus::L6Ok, CheckStatus::L4Ok};
constexpr std::array<CheckStatus, 5> kBad = {CheckStatus::L7OkConditional, CheckStatus::L7Response,
                                             CheckStatus::L7Status, CheckStatus::L6Response,
                                             CheckStatus::L4Connection};
constexpr std::array<CheckStatus, 3> kLate = {CheckStatus::L7Timeout, CheckStatus::L6Timeout,
                                              CheckStatus::L4Timeout};

bool serves(const Match& match, CheckProtocol protocol) {
  return protocol == CheckProtocol::Http ? match.http : match.tcp;
}

// "200", "200-399,404"
bool is_status_list(std::string_view text) {
  bool fine = !text.empty();
  for (std::string_view element : base::split(text, ',')) {
    const auto bounds = base::split(element, '-');
    if (bounds.size() > 2) return false;
    for (std::string_view bound : bounds) {
      const auto status = base::to_unsigned(bound);
      fine = fine && status && *status >= 100 && *status <= 999;
    }
    if (fine && bounds.size() == 2)
      fine = base::to_unsigned(bounds[0]) <= base::to_unsigned(bounds[1]);
  }
  return fine;
}

bool take_status(Arguments& arguments, const base::Word& option,
                 std::span<const CheckStatus> choices, std::optional<CheckStatus>& out) {
  const base::Word* word = arguments.expect("a status after '" + option.text + "'");
  if (word == nullptr) return false;
  std::vector<std::string_view> names;
  for (const CheckStatus choice : choices) {
    names.push_back(model::code_of(choice));
    if (word->text == names.back()) out = choice;
  }
  const bool found = std::find(names.begin(), names.end(), word->text) != names.end();
  if (!found) arguments.error_choice(*word, names);
  return found;
}

bool take_min_recv(Arguments& arguments, CheckExpect& expect) {
  const base::Word* word = arguments.expect("a number of bytes after 'min-recv'");
  if (word == nullptr) return false;
  const auto number = base::to_signed(word->text);
  if (!number || *number < -1 || *number > INT32_MAX) {
    arguments.error(word->span, "'" + word->text + "' is neither a number of bytes nor -1");
    return false;
  }
  expect.min_recv = static_cast<std::int32_t>(*number);
  return true;
}

bool take_option(Arguments& arguments, const base::Word& option, CheckStep& step) {
  CheckExpect& expect = step.expect;
  if (option.text == "min-recv") return take_min_recv(arguments, expect);
  if (option.text == "ok-status") return take_status(arguments, option, kGood, expect.ok_status);
  if (option.text == "error-status")
    return take_status(arguments, option, kBad, expect.error_status);
  if (option.text == "tout-status")
    return take_status(arguments, option, kLate, expect.timeout_status);
  const base::Word* word = arguments.expect("a value after '" + option.text + "'");
  if (word == nullptr) return false;
  if (option.text == "comment") step.comment = word->text;
  if (option.text == "on-success") expect.on_success = {word->text, word->span};
  if (option.text == "on-error") expect.on_error = {word->text, word->span};
  if (option.text == "status-code") expect.status_code = *word;
  return true;
}

/// `[-m METHOD] TEXT` behind name, name-lf, value or value-lf.
bool take_pattern(Arguments& arguments, bool is_format, CheckPattern& out) {
  using Method = CheckPattern::Method;
  constexpr std::array<std::string_view, 5> kNames = {"str", "beg", "end", "sub", "reg"};
  out.is_format = is_format;
  if (arguments.take("-m")) {
    const base::Word* method = arguments.expect("str, beg, end, sub or reg");
    if (method == nullptr) return false;
    const auto found = std::find(kNames.begin(), kNames.end(), method->text);
    if (found == kNames.end()) {
      arguments.error_choice(*method, kNames);
      return false;
    }
    out.method = static_cast<Method>(found - kNames.begin());
    if (out.method == Method::Regex && is_format) {
      arguments.error(method->span, "a log format can't be a regular expression");
      return false;
    }
  }
  const base::Word* text = arguments.expect("a pattern");
  if (text != nullptr) out.text = text->text;
  return text != nullptr;
}

bool take_header(Arguments& arguments, CheckExpect& expect) {
  const bool as_format = arguments.take("name-lf");
  if (!as_format && !arguments.take("name")) {
    arguments.error("'expect hdr' needs 'name' and the name of a header",
                    "for example: expect hdr name x-health value good");
    return false;
  }
  if (!take_pattern(arguments, as_format, expect.name)) return false;
  const bool value_as_format = arguments.take("value-lf");
  if (!value_as_format && !arguments.take("value")) return true;
  return take_pattern(arguments, value_as_format, expect.value.emplace());
}

bool take_match(Arguments& arguments, const Match& match, CheckExpect& expect) {
  expect.kind = match.kind;
  if (match.kind == ExpectKind::Header || match.kind == ExpectKind::FullHeader)
    return take_header(arguments, expect);
  const base::Word* pattern = arguments.expect("a pattern");
  if (pattern == nullptr) return false;
  expect.pattern = pattern->text;
  if (match.kind == ExpectKind::Status && !is_status_list(pattern->text)) {
    arguments.error(pattern->span, "'" + pattern->text + "' is not a list of statuses",
                    "write it as 200 or 200-399,404");
    return false;
  }
  if (match.kind != ExpectKind::Binary) return true;
  auto bytes = bytes_of(pattern->text);
  if (!bytes) {
    arguments.error(pattern->span, "'" + pattern->text + "' is not hexadecimal",
                    "write each byte as two digits: 0d0a");
    return false;
  }
  expect.pattern = std::move(*bytes);
  return true;
}

}  // namespace

std::vector<std::string_view> check_expect_words(CheckProtocol protocol) {
  std::vector<std::string_view> out;
  for (const Match& match : kMatches) {
    if (serves(match, protocol)) out.push_back(match.name);
  }
  out.insert(out.end(), kOptions.begin(), kOptions.end());
  return out;
}

bool parse_check_expect(CheckStep& step, CheckProtocol protocol, Arguments& arguments) {
  step.kind = CheckStep::Kind::Expect;
  bool has_pattern = false;
  while (const base::Word* word = arguments.next()) {
    if (std::find(kOptions.begin(), kOptions.end(), word->text) != kOptions.end()) {
      if (!take_option(arguments, *word, step)) return false;
      continue;
    }
    std::string_view name = word->text;
    for (; name.starts_with('!'); name.remove_prefix(1)) step.expect.negated = !step.expect.negated;
    if (name.empty()) continue;
    const Match* found = nullptr;
    for (const Match& match : kMatches) {
      if (match.name == name && serves(match, protocol)) found = &match;
    }
    if (found == nullptr) {
      arguments.error_choice(*word, check_expect_words(protocol));
      return false;
    }
    if (has_pattern) {
      arguments.error(word->span, "one 'expect' takes one pattern", "write another 'expect'");
      return false;
    }
    has_pattern = true;
    if (!take_match(arguments, *found, step.expect)) return false;
  }
  if (!has_pattern) arguments.error("'" + arguments.name() + "' needs a pattern");
  return has_pattern;
}

}  // namespace sluice::config
