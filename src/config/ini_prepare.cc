#include "config/ini_prepare.h"

#include <algorithm>

#include "base/text.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxName = 49;    // inih's section and key names hold 50 with their NUL
constexpr std::size_t kMaxPiece = 100;  // below inih's 200 with name, marks and line feed

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Where the comment of a value begins: an unquoted ';' after a blank. Quotes as the lexer's.
std::size_t comment_at(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'')
      ++i;
    else if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == ';' && (i == 0 || is_blank(text[i - 1])))
      return i;
  }
  return text.size();
}

bool has_reserved_byte(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= '\0' && c <= kSpace) || c == kTab; });
}

class Preparer {
 public:
  Preparer(const std::shared_ptr<const base::SourceFile>& file, base::Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  PreparedIni run() {
    for (const std::string& line : file_->lines) {
      ++number_;
      std::string_view text = line;
      offset_ = 0;
      if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) skip(text, 3);
      while (!text.empty() && is_blank(text.front())) skip(text, 1);
      if (text.empty() || text.front() == ';' || text.front() == '#') continue;
      if (has_reserved_byte(text))
        refuse(0, "a control character cannot stand in an INI file");
      else if (text.front() == '[')
        section(text);
      else
        entry(text);
    }
    return std::move(out_);
  }

 private:
  void skip(std::string_view& text, std::size_t bytes) {
    text.remove_prefix(bytes);
    offset_ += bytes;
  }

  void refuse(std::size_t at, std::string message, std::string hint = {}) {
    diagnostics_.error({file_, number_, static_cast<std::uint32_t>(offset_ + at + 1), 1},
                       std::move(message), std::move(hint));
  }

  void section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return refuse(0, "a section's name ends with ']'");
    const std::string_view rest = base::trim(text.substr(end + 1));
    if (!rest.empty() && rest.front() != ';' && rest.front() != '#') {
      return refuse(end + 1, "nothing may follow a section's ']'");
    }
    const std::string_view name = text.substr(1, end - 1);
    const std::string index = add(true, name, 1, 0);
    const bool fits = name.size() <= kMaxName && name.find(';') == std::string_view::npos;
    out_.text += '[' + (fits ? std::string(name) : kByIndex + index) + "]\n";
    out_.text += kSectionMark;
    out_.text += '=';
    out_.text += kFirstPiece + index + kPieceText + '\n';
  }

  void entry(std::string_view text) {
    const std::size_t equals = text.find('=');
    std::string_view key = text.substr(0, equals);
    if (equals == std::string_view::npos) key = key.substr(0, comment_at(key));
    while (!key.empty() && is_blank(key.back())) key.remove_suffix(1);
    if (key.empty()) return refuse(0, "a keyword is missing before '='");
    const std::size_t value_at = equals == std::string_view::npos ? text.size() : equals + 1;
    std::string_view value = text.substr(value_at);
    value = value.substr(0, comment_at(value));
    const std::string index = add(false, key, 0, value_at);
    const bool fits = key.size() <= kMaxName && key.find_first_of(":;") == std::string_view::npos;
    out_.text += (fits ? std::string(key) : kByIndex + index) + '=';
    out_.text += kFirstPiece + index + kPieceText;
    pieces(value);
    out_.text += '\n';
  }

  void pieces(std::string_view value) {
    std::size_t in_piece = 0;
    for (char c : value) {
      if (in_piece++ == kMaxPiece) {
        out_.text += "\n ";
        out_.text += kNextPiece;
        in_piece = 1;
      }
      out_.text += c == ' ' ? kSpace : c == '\t' ? kTab : c;
    }
  }

  std::string add(bool is_section, std::string_view name, std::size_t name_at,
                  std::size_t value_at) {
    out_.lines.push_back({number_, is_section, name,
                          static_cast<std::uint32_t>(offset_ + name_at + 1),
                          static_cast<std::uint32_t>(offset_ + value_at + 1)});
    return std::to_string(out_.lines.size() - 1);
  }

  const std::shared_ptr<const base::SourceFile>& file_;
  base::Diagnostics& diagnostics_;
  PreparedIni out_;
  std::uint32_t number_ = 0;
  std::size_t offset_ = 0;  // bytes of the line that were skipped
};

}  // namespace

PreparedIni prepare_ini(const std::shared_ptr<const base::SourceFile>& file,
                        base::Diagnostics& diagnostics) {
  return Preparer(file, diagnostics).run();
}

}  // namespace sluice::config
