#include "rules/expression_parser.h"

#include "base/text.h"

namespace sluice::rules {

namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || base::is_digit(c) || c == '_' ||
         c == '-' || c == '.' || c == '+';
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

class Parser {
 public:
  Parser(std::string_view text, std::size_t begin, const base::SourceSpan& span,
         base::Diagnostics& diagnostics)
      : text_(text), at_(begin), span_(span), diagnostics_(diagnostics) {}

  std::optional<ParsedExpression> run() {
    ParsedExpression out;
    for (;;) {
      ParsedCall call;
      if (!read_call(call, out.calls.empty())) return std::nullopt;
      out.calls.push_back(std::move(call));
      if (at_ >= text_.size() || text_[at_] != ',') break;
      ++at_;
    }
    out.end = at_;
    return out;
  }

 private:
  [[nodiscard]] base::SourceSpan place(std::size_t begin, std::size_t length) const {
    return span_within(span_, text_.size(), begin, length);
  }

  bool read_call(ParsedCall& call, bool first) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    call.name = std::string(text_.substr(begin, at_ - begin));
    call.span = place(begin, std::max<std::size_t>(1, at_ - begin));
    if (call.name.empty()) {
      diagnostics_.error(
          call.span, first ? "a sample fetch is missing here" : "a converter is missing after ','");
      return false;
    }
    if (at_ >= text_.size() || text_[at_] != '(') return true;
    return read_arguments(call);
  }

  bool read_arguments(ParsedCall& call) {
    const std::size_t open = at_++;
    for (;;) {
      Argument argument;
      const std::size_t begin = at_;
      if (!read_argument(argument.text)) {
        diagnostics_.error(place(open, at_ - open),
                           "the arguments of '" + call.name + "' are not closed by ')'");
        return false;
      }
      argument.span = place(begin, std::max<std::size_t>(1, at_ - begin));
      const char stop = text_[at_++];
      call.arguments.push_back(std::move(argument));
      if (stop == ')') break;
    }
    if (call.arguments.size() == 1 && call.arguments[0].text.empty()) call.arguments.clear();
    return true;
  }

  /// Up to the ',' or ')' that ends it. False: the text ended first.
  bool read_argument(std::string& out) {
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != '\0' && c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && at_ + 1 < text_.size()) {
        out += unescaped(text_[++at_]);
      } else if (quote == '\0' && (c == ',' || c == ')')) {
        return true;
      } else {
        out += c;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_;
  const base::SourceSpan& span_;
  base::Diagnostics& diagnostics_;
};

}  // namespace

base::SourceSpan span_within(const base::SourceSpan& span, std::size_t text_size,
                             std::size_t offset, std::size_t length) {
  if (span.length != text_size) return span;
  base::SourceSpan out = span;
  out.column += static_cast<std::uint32_t>(offset);
  out.length = static_cast<std::uint32_t>(length);
  return out;
}

std::optional<ParsedExpression> parse_expression(std::string_view text, std::size_t begin,
                                                 const base::SourceSpan& span,
                                                 base::Diagnostics& diagnostics) {
  return Parser(text, begin, span, diagnostics).run();
}

}  // namespace sluice::rules
