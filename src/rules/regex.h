// A compiled regular expression: PCRE2 with JIT and a match limit, so that no pattern and no input
// can hold a worker. Immutable and shared; what a match needs is kept per thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct pcre2_real_code_8;

namespace sluice::rules {

enum class RegexCase : unsigned char { Sensitive, Ignore };

/// \0 to \9 of a match; a group that took no part is empty.
struct RegexMatch {
  std::array<std::string_view, 10> groups;
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Regex {
 public:
  [[nodiscard]] static base::Result<std::shared_ptr<const Regex>> compile(std::string_view pattern,
                                                                          RegexCase fold);
  explicit Regex(pcre2_real_code_8* code) : code_(code) {}
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  [[nodiscard]] bool matches(std::string_view subject) const;
  /// The first match at or after `start`. False also when the match limit was reached.
  [[nodiscard]] bool find(std::string_view subject, std::size_t start, RegexMatch& match) const;

 private:
  pcre2_real_code_8* code_;
};

/// Appends `replacement` with \0 to \9 taken from `match`; "\\" is one backslash.
void append_replacement(std::string_view replacement, const RegexMatch& match, std::string& out);

}  // namespace sluice::rules
