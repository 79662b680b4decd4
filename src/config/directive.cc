#include "config/directive.h"

namespace sluice::config {

SectionKind section_kind(std::string_view word) {
  if (word == "global") return SectionKind::Global;
  if (word == "defaults") return SectionKind::Defaults;
  if (word == "frontend") return SectionKind::Frontend;
  if (word == "backend") return SectionKind::Backend;
  if (word == "listen") return SectionKind::Listen;
  if (word == "resolvers") return SectionKind::Resolvers;
  if (word == "userlist") return SectionKind::Userlist;
  if (word == "admin") return SectionKind::Admin;
  for (std::string_view other : {"peers", "cache", "program", "mailers", "ring", "http-errors",
                                 "fcgi-app", "log-forward", "crt-store", "traces"}) {
    if (word == other) return SectionKind::Other;
  }
  return SectionKind::None;
}

std::string_view section_word(SectionKind kind) {
  switch (kind) {
    case SectionKind::Global:
      return "global";
    case SectionKind::Defaults:
      return "defaults";
    case SectionKind::Frontend:
      return "frontend";
    case SectionKind::Backend:
      return "backend";
    case SectionKind::Listen:
      return "listen";
    case SectionKind::Resolvers:
      return "resolvers";
    case SectionKind::Userlist:
      return "userlist";
    case SectionKind::Admin:
      return "admin";
    case SectionKind::None:
    case SectionKind::Other:
      break;
  }
  return "";
}

std::string_view written(const base::Word& word) {
  const base::SourceSpan& span = word.span;
  if (!span.file || span.line == 0 || span.line > span.file->lines.size()) return word.text;
  const std::string_view line = span.file->lines[span.line - 1];
  if (span.column == 0 || span.column - 1 > line.size()) return word.text;
  return line.substr(span.column - 1, span.length);
}

}  // namespace sluice::config
