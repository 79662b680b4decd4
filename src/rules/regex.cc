#include "rules/regex.h"

#include <pcre2.h>

#include "base/text.h"

namespace sluice::rules {

namespace {

constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kPairs = 10;

/// One per thread: PCRE2 writes into these while it matches.
struct Scratch {
  pcre2_match_data* data = pcre2_match_data_create(kPairs, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  Scratch() { pcre2_set_match_limit(context, kMatchLimit); }
  ~Scratch() {
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

Scratch& scratch() {
  thread_local Scratch of_this_thread;
  return of_this_thread;
}

PCRE2_SPTR bytes_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() != nullptr ? text.data() : "");
}

}  // namespace

base::Result<std::shared_ptr<const Regex>> Regex::compile(std::string_view pattern,
                                                          RegexCase fold) {
  int error = 0;
  PCRE2_SIZE where = 0;
  const std::uint32_t options = fold == RegexCase::Ignore ? PCRE2_CASELESS : 0;
  pcre2_code* code =
      pcre2_compile(bytes_of(pattern), pattern.size(), options, &error, &where, nullptr);
  if (code == nullptr) {
    PCRE2_UCHAR text[160];
    pcre2_get_error_message(error, text, sizeof text);
    return base::fail(base::ErrorKind::Configuration,
                      "regex '" + std::string(pattern) + "' is invalid at its byte " +
                          std::to_string(where + 1) + ": " + reinterpret_cast<const char*>(text));
  }
  // Where JIT is not available the interpreter serves, under the same limit.
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return std::make_shared<const Regex>(code);
}

Regex::~Regex() { pcre2_code_free(code_); }

bool Regex::matches(std::string_view subject) const {
  Scratch& mine = scratch();
  return pcre2_match(code_, bytes_of(subject), subject.size(), 0, 0, mine.data, mine.context) >= 0;
}

bool Regex::find(std::string_view subject, std::size_t start, RegexMatch& match) const {
  Scratch& mine = scratch();
  const int count =
      pcre2_match(code_, bytes_of(subject), subject.size(), start, 0, mine.data, mine.context);
  if (count < 0) return false;
  const PCRE2_SIZE* pairs = pcre2_get_ovector_pointer(mine.data);
  const std::size_t groups = count == 0 ? kPairs : static_cast<std::size_t>(count);
  match.groups.fill({});
  for (std::size_t i = 0; i < groups && i < match.groups.size(); ++i) {
    if (pairs[2 * i] == PCRE2_UNSET || pairs[2 * i] > pairs[2 * i + 1]) continue;
    match.groups[i] = subject.substr(pairs[2 * i], pairs[2 * i + 1] - pairs[2 * i]);
  }
  match.begin = pairs[0];
  match.end = pairs[1] < pairs[0] ? pairs[0] : pairs[1];
  return true;
}

void append_replacement(std::string_view replacement, const RegexMatch& match, std::string& out) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out += replacement[i];
      continue;
    }
    const char next = replacement[++i];
    if (base::is_digit(next)) {
      out += match.groups[static_cast<std::size_t>(next - '0')];
    } else {
      out += next;
    }
  }
}

}  // namespace sluice::rules
