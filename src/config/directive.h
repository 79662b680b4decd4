// What both readers (cfg and INI) yield and the tables consume: one directive per line, in file
// order. Words have their quoting and escapes resolved; their spans cover the text as written.
// The line that opens a section is a directive too, so that an empty section is not lost.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace sluice::config {

enum class SectionKind : unsigned char {
  None,
  Global,
  Defaults,
  Frontend,
  Backend,
  Listen,
  Resolvers,
  Userlist,
  Admin,
  Other
};

enum class DirectiveRole : unsigned char {
  Setting,
  SectionStart,  // words[0] is the section's word, words[1] its name
  Conditional,   // ".if" and its kin; only where the reader was told to keep them
};

struct Directive {
  base::SourceSpan span;  // the first word
  DirectiveRole role = DirectiveRole::Setting;
  SectionKind section = SectionKind::None;
  std::string section_name;
  std::vector<base::Word> words;  // never empty
};

using Directives = std::vector<Directive>;

/// The kind that a section's first word names; None where it is no section word at all.
[[nodiscard]] SectionKind section_kind(std::string_view word);
[[nodiscard]] std::string_view section_word(SectionKind kind);

/// The word as it stands in its file, quotes and escapes included.
[[nodiscard]] std::string_view written(const base::Word& word);

}  // namespace sluice::config
