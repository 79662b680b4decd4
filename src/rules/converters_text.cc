// Converters on text (manual §7.3.1).
#include <algorithm>

#include "base/text.h"
#include "rules/cast.h"
#include "rules/converter_table.h"
#include "rules/expression.h"

namespace sluice::rules {

namespace {

template <char (*fold)(char)>
bool fold_case(ConverterContext& context, Sample& sample) {
  char* out = context.arena().allocate(sample.text.size());
  std::transform(sample.text.begin(), sample.text.end(), out, fold);
  sample.text = {out, sample.text.size()};
  return true;
}

char lowered(char c) { return base::to_lower(c); }
char raised(char c) { return base::to_upper(c); }

bool is_one_of(std::string_view delimiters, char c) {
  return delimiters.find(c) != std::string_view::npos;
}

/// field(INDEX,DELIMITERS[,COUNT]) from the left.
bool field_from_left(std::string_view text, std::string_view delimiters, std::int64_t index,
                     std::int64_t count, std::string_view& out) {
  std::size_t start = 0;
  std::size_t end = 0;
  std::int64_t field = 1;
  for (; end < text.size(); ++end) {
    if (!is_one_of(delimiters, text[end])) continue;
    if (field < index) {
      start = end + 1;
      ++field;
    } else if (count == 1) {
      break;
    } else if (count > 1) {
      --count;
    }
  }
  out = text.substr(start, end - start);
  return field == index;
}

bool field_from_right(std::string_view text, std::string_view delimiters, std::int64_t index,
                      std::int64_t count, std::string_view& out) {
  std::size_t start = text.size();
  std::size_t end = text.size();
  std::int64_t field = -1;
  for (; start > 0; --start) {
    if (!is_one_of(delimiters, text[start - 1])) continue;
    if (field > index) {
      end = start - 1;
      --field;
    } else if (count == 1) {
      break;
    } else if (count > 1) {
      --count;
    }
  }
  out = text.substr(start, end - start);
  return field == index;
}

bool convert_field(ConverterContext& context, Sample& sample) {
  const std::int64_t index = context.call.number(0, 0);
  const std::int64_t count = context.call.number(2, 1);
  const std::string_view delimiters = context.call.text(1);
  const auto find = index > 0 ? field_from_left : field_from_right;
  return index != 0 && find(sample.text, delimiters, index, count, sample.text);
}

/// The place of word `index` (1 is the first), counting runs between delimiters.
bool find_word(std::string_view text, std::string_view delimiters, std::int64_t index,
               std::size_t& begin, std::size_t& end) {
  end = 0;
  for (std::int64_t word = 0;;) {
    begin = text.find_first_not_of(delimiters, end);
    if (begin == std::string_view::npos) return false;
    end = std::min(text.find_first_of(delimiters, begin), text.size());
    if (++word == index) return true;
  }
}

std::int64_t count_words(std::string_view text, std::string_view delimiters) {
  std::int64_t count = 0;
  std::size_t at = text.find_first_not_of(delimiters);
  while (at != std::string_view::npos) {
    ++count;
    at = text.find_first_not_of(delimiters,
                                std::min(text.find_first_of(delimiters, at), text.size()));
  }
  return count;
}

bool convert_word(ConverterContext& context, Sample& sample) {
  const std::string_view text = sample.text;
  const std::string_view delimiters = context.call.text(1);
  const std::int64_t asked = context.call.number(0, 0);
  const std::int64_t count = context.call.number(2, 1);
  const std::int64_t total = count_words(text, delimiters);
  const std::int64_t index = asked > 0 ? asked : total + asked + 1;
  if (asked == 0 || index < 1 || index > total) return false;
  // A negative index counts from the end, and its COUNT extends towards the beginning.
  const std::int64_t first =
      asked > 0 ? index : (count == 0 ? 1 : std::max<std::int64_t>(1, index - count + 1));
  const std::int64_t last = asked < 0 ? index : std::min(total, index + count - 1);
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t unused = 0;
  (void)find_word(text, delimiters, first, begin, unused);
  (void)find_word(text, delimiters, std::max(last, first), unused, end);
  if (asked > 0 && count == 0) end = text.size();
  sample.text = text.substr(begin, end - begin);
  return true;
}

bool convert_bytes(ConverterContext& context, Sample& sample) {
  const std::int64_t offset = context.call.number(0, 0);
  const std::int64_t length = context.call.number(1, -1);
  if (static_cast<std::size_t>(offset) >= sample.text.size()) {
    sample.text = {};
    return true;
  }
  sample.text = sample.text.substr(static_cast<std::size_t>(offset));
  if (length >= 0) sample.text = sample.text.substr(0, static_cast<std::size_t>(length));
  return true;
}

bool prepare_bytes(Call& call, const base::SourceSpan&, CompileScope& scope) {
  for (const Argument& argument : call.arguments) {
    if (argument.number >= 0) continue;
    scope.diagnostics.error(argument.span, "an offset or a length is not negative");
    return false;
  }
  return true;
}

bool convert_length(ConverterContext&, Sample& sample) {
  sample = Sample::of_int(static_cast<std::int64_t>(sample.text.size()));
  return true;
}

bool prepare_optional_variable(Call& call, const base::SourceSpan&, CompileScope& scope) {
  if (call.text(1).empty()) return true;
  Argument& argument = call.arguments[1];
  auto variable = parse_variable(argument.text, user_of(call.place));
  if (!variable) {
    scope.diagnostics.error(argument.span, variable.error().detail);
    return false;
  }
  argument.variable = *variable;
  return true;
}

/// concat(BEFORE,VARIABLE,AFTER)
bool convert_concat(ConverterContext& context, Sample& sample) {
  std::string_view middle;
  if (context.call.has(1) && context.call.arguments[1].variable.id != 0) {
    const Sample* value = find_variable(context.call.arguments[1].variable, context.evaluation);
    if (value != nullptr) middle = as_text(*value, context.arena());
  }
  sample = Sample::of_text(
      context.arena().concat({sample.text, context.call.text(0), middle, context.call.text(2)}));
  return true;
}

bool convert_left_trim(ConverterContext& context, Sample& sample) {
  const std::size_t at = sample.text.find_first_not_of(context.call.text(0));
  sample.text = at == std::string_view::npos ? std::string_view{} : sample.text.substr(at);
  return true;
}

bool convert_right_trim(ConverterContext& context, Sample& sample) {
  const std::size_t at = sample.text.find_last_not_of(context.call.text(0));
  sample.text = at == std::string_view::npos ? std::string_view{} : sample.text.substr(0, at + 1);
  return true;
}

bool convert_cut(ConverterContext&, Sample& sample) {
  sample.text = sample.text.substr(0, sample.text.find_first_of("\r\n"));
  return true;
}

bool convert_compare(ConverterContext& context, Sample& sample) {
  const Sample* value = find_variable(context.call.arguments[0].variable, context.evaluation);
  if (value == nullptr) return false;
  const std::string_view other = as_text(*value, context.arena());
  const int order = sample.text.compare(other);
  sample = Sample::of_int(order < 0 ? -1 : order > 0 ? 1 : 0);
  return true;
}

bool prepare_substitution(Call& call, const base::SourceSpan&, CompileScope& scope) {
  enum Flag : std::int64_t { kGlobal = 1 };
  RegexCase fold = RegexCase::Sensitive;
  for (char flag : call.text(2)) {
    if (flag == 'g')
      call.option |= kGlobal;
    else if (flag == 'i')
      fold = RegexCase::Ignore;
    else {
      scope.diagnostics.error(call.arguments[2].span,
                              std::string("'") + flag + "' is not a flag of regsub: g and i are");
      return false;
    }
  }
  auto regex = Regex::compile(call.text(0), fold);
  if (!regex) {
    scope.diagnostics.error(call.arguments[0].span, regex.error().detail);
    return false;
  }
  call.regex = *regex;
  return true;
}

bool convert_substitute(ConverterContext& context, Sample& sample) {
  thread_local std::string out;
  out.clear();
  std::size_t at = 0;
  RegexMatch match;
  while (at <= sample.text.size() && context.call.regex->find(sample.text, at, match)) {
    out += sample.text.substr(at, match.begin - at);
    append_replacement(context.call.text(1), match, out);
    at = match.end;
    if (match.end == match.begin) {
      if (at < sample.text.size()) out += sample.text[at];
      ++at;
    }
    if (context.call.option == 0) break;
  }
  if (at < sample.text.size()) out += sample.text.substr(at);
  sample.text = context.arena().copy(out);
  return true;
}

bool convert_host(ConverterContext&, Sample& sample) {
  const std::size_t close = sample.text.find(']');
  if (!sample.text.empty() && sample.text.front() == '[' && close != std::string_view::npos) {
    sample.text = sample.text.substr(0, close + 1);
  } else {
    sample.text = sample.text.substr(0, sample.text.find(':'));
  }
  return true;
}

bool convert_port(ConverterContext&, Sample& sample) {
  const std::size_t close = sample.text.find(']');
  const std::size_t colon = sample.text.find(':', close == std::string_view::npos ? 0 : close);
  sample = Sample::of_int(
      colon == std::string_view::npos ? 0 : leading_number(sample.text.substr(colon + 1)));
  return true;
}

using enum SampleType;
constexpr ConverterRow kRows[] = {
    {"bytes", "i?i", Binary, Binary, convert_bytes, prepare_bytes},
    {"concat", "?sss", String, String, convert_concat, prepare_optional_variable},
    {"cut_crlf", "", String, String, convert_cut},
    {"field", "is?i", String, String, convert_field},
    {"host_only", "", String, String, convert_host},
    {"length", "", String, Int, convert_length},
    {"lower", "", String, String, fold_case<lowered>},
    {"ltrim", "s", String, String, convert_left_trim},
    {"port_only", "", String, Int, convert_port},
    {"regsub", "ss?s", String, String, convert_substitute, prepare_substitution},
    {"rtrim", "s", String, String, convert_right_trim},
    {"strcmp", "n", String, Int, convert_compare},
    {"upper", "", String, String, fold_case<raised>},
    {"word", "is?i", String, String, convert_word},
};

}  // namespace

std::span<const ConverterRow> text_converters() noexcept { return kRows; }

}  // namespace sluice::rules
