#include "config/lexer.h"

#include <optional>
#include <string>

#include "base/text.h"

namespace sluice::config {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}
constexpr bool is_name_start(char c) {
  return (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z') || c == '_';
}
constexpr bool is_name(char c) { return is_name_start(c) || base::is_digit(c); }

constexpr int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  const char low = base::to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

class Lexer {
 public:
  Lexer(std::string_view text, const LexContext& context, base::Diagnostics& diagnostics,
        std::vector<base::Word>& out)
      : text_(text), context_(context), diagnostics_(diagnostics), out_(out) {}

  bool run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (quote_ == 0 && c == '#') break;
      if (!step(c)) return false;
    }
    if (quote_ != 0) {
      return refuse(quote_at_, 1,
                    quote_ == '"' ? "this double quote is never closed"
                                  : "this single quote is never closed");
    }
    end_word();
    return true;
  }

 private:
  bool step(char c) {
    if ((c == '"' && quote_ != '\'') || (c == '\'' && quote_ != '"')) {
      toggle_quote(c);
      return true;
    }
    if (c == '\\' && quote_ != '\'') return escape();
    if (quote_ == 0 && is_space(c)) {
      end_word();
      ++at_;
      return true;
    }
    if (c == '$' && quote_ == '"' && context_.expansion == Expansion::Variables) return variable();
    begin_word();
    word_ += c;
    ++at_;
    return true;
  }

  void toggle_quote(char c) {
    begin_word();
    quote_at_ = at_++;
    quote_ = quote_ == 0 ? c : '\0';
  }

  bool escape() {
    begin_word();
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    std::size_t taken = 2;
    switch (next) {
      case ' ':
      case '\\':
      case '#':
      case '\'':
      case '"':
      case '$':
        word_ += next;
        break;
      case 't':
        word_ += '\t';
        break;
      case 'n':
        word_ += '\n';
        break;
      case 'r':
        word_ += '\r';
        break;
      case 'x':
        return hexadecimal();
      default:  // no escape at all: the backslash stands for itself
        word_ += '\\';
        taken = 1;
    }
    at_ += taken;
    return true;
  }

  bool hexadecimal() {
    const int high = at_ + 2 < text_.size() ? hex_value(text_[at_ + 2]) : -1;
    const int low = at_ + 3 < text_.size() ? hex_value(text_[at_ + 3]) : -1;
    if (high < 0 || low < 0) {
      return refuse(at_, 2, "\\x needs two hexadecimal digits",
                    "write \\x0a for a line feed, \\\\x for a backslash and an x");
    }
    word_ += static_cast<char>(high * 16 + low);
    at_ += 4;
    return true;
  }

  // $NAME, ${NAME}, ${NAME-default}, ${NAME[*]}
  bool variable() {
    begin_word();
    const std::size_t start = at_++;
    const bool braced = peek() == '{';
    if (braced) ++at_;
    const std::size_t name_at = at_;
    if (!is_name_start(peek()) && peek() != '.') {
      return refuse(start, at_ - start + 1, "a variable's name begins with a letter or '_'",
                    "a plain dollar sign is written \\$ inside double quotes");
    }
    ++at_;
    while (is_name(peek())) ++at_;
    const std::string_view name = text_.substr(name_at, at_ - name_at);
    std::optional<std::string> value = lookup(name);
    if (name.front() == '.' && !value) {
      return refuse(name_at, name.size(), "'" + std::string(name) + "' is no pseudo-variable",
                    "there are .FILE, .LINE and .SECTION");
    }
    bool as_words = false;
    if (braced && !close_brace(start, value, as_words)) return false;
    if (value) append(*value, as_words);
    return true;
  }

  bool close_brace(std::size_t start, std::optional<std::string>& value, bool& as_words) {
    if (peek() == '[') {
      if (text_.substr(at_, 3) != "[*]") return refuse(at_, 1, "only [*] may stand here");
      as_words = true;
      at_ += 3;
    }
    if (peek() == '-') {
      const std::size_t end = text_.find('}', at_);
      if (end == std::string_view::npos) return refuse(start, 2, "this brace is never closed");
      if (!value) value = std::string(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end;
    }
    if (peek() != '}') return refuse(start, 2, "this brace is never closed");
    ++at_;
    return true;
  }

  std::optional<std::string> lookup(std::string_view name) const {
    if (name == ".FILE") return context_.file ? context_.file->name : std::string();
    if (name == ".LINE") return std::to_string(context_.line);
    if (name == ".SECTION") return std::string(context_.section);
    if (name.front() == '.') return std::nullopt;
    return context_.environment.get(name);
  }

  void append(std::string_view value, bool as_words) {
    for (char c : value) {
      if (as_words && is_space(c)) {
        // [*]: a run of blanks ends a word even inside the quotes
        if (!word_.empty()) {
          end_word();
          begin_word();
        }
        continue;
      }
      word_ += c;
    }
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void begin_word() {
    if (in_word_) return;
    in_word_ = true;
    word_at_ = at_;
  }

  void end_word() {
    if (!in_word_) return;
    out_.push_back({std::move(word_), span(word_at_, at_ - word_at_)});
    word_.clear();
    in_word_ = false;
  }

  base::SourceSpan span(std::size_t at, std::size_t length) const {
    return {context_.file, context_.line, context_.column + static_cast<std::uint32_t>(at),
            static_cast<std::uint32_t>(length)};
  }

  bool refuse(std::size_t at, std::size_t length, std::string message, std::string hint = {}) {
    diagnostics_.error(span(at, length), std::move(message), std::move(hint));
    return false;
  }

  std::string_view text_;
  const LexContext& context_;
  base::Diagnostics& diagnostics_;
  std::vector<base::Word>& out_;
  std::size_t at_ = 0;
  std::string word_;
  std::size_t word_at_ = 0;
  std::size_t quote_at_ = 0;
  char quote_ = 0;
  bool in_word_ = false;
};

}  // namespace

bool lex(std::string_view text, const LexContext& context, base::Diagnostics& diagnostics,
         std::vector<base::Word>& out) {
  return Lexer(text, context, diagnostics, out).run();
}

}  // namespace sluice::config
