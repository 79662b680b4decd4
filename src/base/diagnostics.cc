#include "base/diagnostics.h"

#include <algorithm>
#include <numeric>

namespace sluice::base {

void Diagnostics::error(SourceSpan span, std::string message, std::string hint) {
  ++errors_;
  all_.push_back({Severity::Error, std::move(span), std::move(message), std::move(hint)});
}

void Diagnostics::warning(SourceSpan span, std::string message, std::string hint) {
  ++warnings_;
  all_.push_back({Severity::Warning, std::move(span), std::move(message), std::move(hint)});
}

void Diagnostics::notice(SourceSpan span, std::string message, std::string hint) {
  all_.push_back({Severity::Notice, std::move(span), std::move(message), std::move(hint)});
}

namespace {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::Notice:
      return "notice";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      return "error";
  }
  return "error";
}

void append_caret(std::string& out, const SourceSpan& span) {
  if (!span.file || span.line == 0 || span.line > span.file->lines.size()) return;
  const std::string& line = span.file->lines[span.line - 1];
  out += "    ";
  out += line;
  out += "\n    ";
  const std::size_t before = span.column == 0 ? 0 : span.column - 1;
  for (std::size_t i = 0; i < before && i < line.size(); ++i) out += line[i] == '\t' ? '\t' : ' ';
  out += '^';
  for (std::uint32_t i = 1; i < span.length && before + i < line.size(); ++i) out += '~';
  out += '\n';
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string to_text(const Diagnostic& diagnostic) {
  std::string out(name_of(diagnostic.severity));
  out += ": ";
  const SourceSpan& span = diagnostic.span;
  if (span.file) {
    out += span.file->name;
    if (span.line != 0) {
      out += ':' + std::to_string(span.line);
      if (span.column != 0) out += ':' + std::to_string(span.column);
    }
    out += ": ";
  }
  out += diagnostic.message;
  out += '\n';
  append_caret(out, span);
  if (!diagnostic.hint.empty()) out += "    hint: " + diagnostic.hint + '\n';
  return out;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace sluice::base
