#include "app/roff.h"

#include <cstdint>
#include <cstdio>

namespace sluice::app {

namespace {

constexpr std::string_view kBold = "\\fB";
constexpr std::string_view kItalic = "\\fI";
constexpr std::string_view kRoman = "\\fR";

/// The character of UTF-8 at `at`, which is moved behind it; a question mark for what is none.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(at++);
  if (first < 0x80) return first;
  if (first < 0xC0) return '?';
  const int more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  std::uint32_t out = first & (0x3FU >> static_cast<unsigned>(more));
  for (int i = 0; i < more && at < text.size(); ++i) out = (out << 6U) | (byte(at++) & 0x3FU);
  return out < 0x80 ? std::uint32_t{'?'} : out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : roff_escaped(text))
    out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return out + '"';
}

/// A dot or an apostrophe at the beginning of a line would make it a request.
std::string as_line(std::string text) {
  if (!text.empty() && (text.front() == '.' || text.front() == '\'')) text.insert(0, "\\&");
  return text + '\n';
}

/// The same, in lines that an editor shows whole.
std::string as_lines(std::string_view text) {
  constexpr std::size_t kWidth = 78;
  std::string out;
  while (text.size() > kWidth) {
    std::size_t space = text.rfind(' ', kWidth);
    if (space == std::string_view::npos) space = text.find(' ', kWidth);
    if (space == std::string_view::npos) break;
    out += as_line(std::string(text.substr(0, space)));
    text.remove_prefix(text.find_first_not_of(' ', space) == std::string_view::npos
                           ? text.size()
                           : text.find_first_not_of(' ', space));
  }
  return text.empty() ? out : out + as_line(std::string(text));
}

/// `*bold*` and `_italic_` in the escapes of roff; a mark that encloses nothing is itself.
std::string fonts(std::string_view marked) {
  std::string out;
  for (std::size_t at = 0; at < marked.size();) {
    const char mark = marked[at];
    const bool opens =
        (mark == '*' || mark == '_') && (at == 0 || marked[at - 1] == ' ' || marked[at - 1] == '[');
    const std::size_t end = opens ? marked.find(mark, at + 1) : std::string_view::npos;
    if (end == std::string_view::npos || end == at + 1 || marked[end - 1] == ' ') {
      const std::size_t next = marked.find_first_of("*_", at + 1);
      const std::size_t upto = next == std::string_view::npos ? marked.size() : next;
      out += roff_escaped(marked.substr(at, upto - at));
      at = upto;
      continue;
    }
    out += mark == '*' ? kBold : kItalic;
    out += roff_escaped(marked.substr(at + 1, end - at - 1));
    out += kRoman;
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string roff_escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t c = next_character(text, at);
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c >= 0x80) {
      char name[16];
      std::snprintf(name, sizeof(name), "\\[u%04X]", c);
      out += name;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

Roff::Roff(const Heading& heading) {
  std::string title;
  for (const char c : heading.name) title += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  out_ = ".TH " + quoted(title) + ' ' + std::string(heading.section) + ' ' +
         std::string(heading.date) + ' ' + quoted(heading.version) + ' ' + quoted(heading.chapter) +
         '\n';
  out_ += ".nh\n.ad l\n";  // a keyword that is parted at the end of a line is none
  section("NAME");
  out_ += as_line(roff_escaped(heading.name) + " \\- " + roff_escaped(heading.one_line));
}

void Roff::begin_paragraph() {
  if (begun_) out_ += ".PP\n";  // a heading begins one by itself
  begun_ = true;
}

Roff& Roff::section(std::string_view title) {
  out_ += ".SH " + quoted(title) + '\n';
  begun_ = false;
  return *this;
}

Roff& Roff::subsection(std::string_view title) {
  out_ += ".SS " + quoted(title) + '\n';
  begun_ = false;
  return *this;
}

Roff& Roff::paragraph(std::string_view marked) {
  begin_paragraph();
  out_ += as_lines(fonts(marked));
  return *this;
}

Roff& Roff::item(std::string_view tag, std::string_view argument, std::string_view text) {
  begun_ = true;
  std::string line = std::string(kBold) + roff_escaped(tag) + std::string(kRoman);
  if (!argument.empty()) {
    line += std::string(tag.empty() ? "" : " ") + std::string(kItalic) + roff_escaped(argument) +
            std::string(kRoman);
  }
  out_ += ".TP\n" + as_line(line) + as_lines(roff_escaped(text));
  return *this;
}

Roff& Roff::example(std::string_view lines) {
  begin_paragraph();
  out_ += ".RS 4\n.nf\n";
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    const std::size_t upto = end == std::string_view::npos ? lines.size() : end;
    out_ += upto == at ? "\\&\n" : as_line(roff_escaped(lines.substr(at, upto - at)));
    at = upto + 1;
  }
  out_ += ".fi\n.RE\n";
  return *this;
}

}  // namespace sluice::app
