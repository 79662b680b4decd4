// Reads log-format strings (manual §8.2.6).
#include "base/text.h"
#include "rules/format_compiled.h"
#include "rules/unsupported.h"

namespace sluice::rules {

namespace {

using Part = CompiledFormat::Part;
using PartKind = CompiledFormat::PartKind;

class FormatParser {
 public:
  FormatParser(FormatPurpose purpose, std::string_view text, const base::SourceSpan& span,
               Place place, CompileScope& scope)
      : purpose_(purpose), text_(text), span_(span), place_(place), scope_(scope) {}

  bool run(std::vector<Part>& out) {
    while (at_ < text_.size()) {
      if (text_[at_] == '%') {
        if (!read_variable(out)) return false;
      } else if (text_[at_] == ' ' && merges_spaces()) {
        flush(out);
        out.emplace_back().kind = PartKind::Space;
        ++at_;
      } else {
        if (!check_literal()) return false;
        literal_ += text_[at_++];
      }
    }
    flush(out);
    return true;
  }

 private:
  bool refuse(std::size_t begin, std::size_t length, std::string message, std::string hint = {}) {
    scope_.diagnostics.error(span_within(span_, text_.size(), begin, length), std::move(message),
                             std::move(hint));
    return false;
  }

  [[nodiscard]] bool merges_spaces() const {
    return purpose_ == FormatPurpose::Log || purpose_ == FormatPurpose::Name;
  }

  void flush(std::vector<Part>& out) {
    if (literal_.empty()) return;
    Part& part = out.emplace_back();
    part.text = std::move(literal_);
    literal_.clear();
  }

  bool check_literal() {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    const bool control = (byte < 32 && byte != '\t') || byte == 127;
    const bool is_line = purpose_ != FormatPurpose::Body && purpose_ != FormatPurpose::Log &&
                         purpose_ != FormatPurpose::Bytes;
    if (!control || !is_line) return true;
    return refuse(at_, 1, "a control character may not stand in a header or a request target",
                  "one rule makes one field; a line end would begin another");
  }

  bool read_variable(std::vector<Part>& out) {
    const std::size_t begin = at_++;
    if (at_ < text_.size() && text_[at_] == '%') {
      literal_ += '%';
      ++at_;
      return true;
    }
    FormatFlags flags = defaults_;
    if (at_ < text_.size() && text_[at_] == '{' && !read_flags(begin, flags)) return false;
    if (at_ < text_.size() && text_[at_] == '[') return read_expression(begin, flags, out);
    return read_tag(begin, flags, out);
  }

  bool read_flags(std::size_t begin, FormatFlags& flags) {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) return refuse(begin, 2, "'%{' is not closed by '}'");
    for (std::string_view flag : base::split(text_.substr(at_ + 1, end - at_ - 1), ',')) {
      const bool on = !flag.empty() && flag.front() == '+';
      const bool known = flag.size() == 2 && (on || flag.front() == '-');
      const char letter = known ? flag[1] : '\0';
      if (letter == 'Q')
        flags.quote = on;
      else if (letter == 'X')
        flags.hexadecimal = on;
      else if (letter == 'E')
        flags.backslash = on;
      else
        return refuse(at_, end - at_ + 1,
                      "'" + std::string(flag) + "' is not a flag: +Q, +X and +E are, or with '-'");
    }
    at_ = end + 1;
    return true;
  }

  bool read_expression(std::size_t begin, FormatFlags flags, std::vector<Part>& out) {
    std::size_t end = 0;
    const std::size_t open = at_ + 1;
    auto expression = compile_at(text_, open, end, span_, place_, scope_);
    if (expression == nullptr) return false;
    if (end >= text_.size() || text_[end] != ']') {
      return refuse(begin, end - begin, "the expression is not closed by ']'");
    }
    flush(out);
    Part& part = out.emplace_back();
    part.kind = PartKind::Expression;
    part.expression = std::move(expression);
    part.flags = flags;
    at_ = end + 1;
    return true;
  }

  /// A name goes as far as letters do ("%ci:%cp").
  bool read_tag(std::size_t begin, FormatFlags flags, std::vector<Part>& out) {
    std::size_t length = 0;
    while (at_ + length < text_.size() && is_letter(text_[at_ + length])) ++length;
    const std::string_view name = text_.substr(at_, length);
    if (name == "o") {
      defaults_ = flags;
      at_ += length;
      return true;
    }
    const TagRow* row = find_tag(name);
    if (row == nullptr) {
      return refuse(begin, at_ - begin + std::max<std::size_t>(1, length),
                    "there is no log-format variable '%" + std::string(name) + "'", hint_for(name));
    }
    flush(out);
    Part& part = out.emplace_back();
    part.kind = PartKind::Tag;
    part.tag = row;
    part.flags = flags;
    at_ += length;
    return true;
  }

  static std::string hint_for(std::string_view name) {
    if (name.empty()) return "a verbatim '%' is written '%%'";
    const std::string near(base::nearest(name, tag_names()));
    return near.empty() ? "a verbatim '%' is written '%%'"
                        : "did you mean '%" + near + "'? a verbatim '%' is '%%'";
  }

  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  FormatPurpose purpose_;
  std::string_view text_;
  const base::SourceSpan& span_;
  Place place_;
  CompileScope& scope_;
  std::size_t at_ = 0;
  std::string literal_;
  FormatFlags defaults_;
};

}  // namespace

std::unique_ptr<const CompiledFormat> compile_format_for(FormatPurpose purpose,
                                                         std::string_view text,
                                                         const base::SourceSpan& span, Place place,
                                                         CompileScope& scope) {
  std::vector<Part> parts;
  if (!FormatParser(purpose, text, span, place, scope).run(parts)) return nullptr;
  return std::make_unique<CompiledFormat>(purpose, std::move(parts));
}

std::unique_ptr<const Format> compile_format(std::string_view text, const base::SourceSpan& span,
                                             FormatUse use, CompileScope& scope) {
  switch (use) {
    case FormatUse::Request:
      return compile_format_for(FormatPurpose::Name, text, span, Place::HttpRequest, scope);
    case FormatUse::Response:
      return compile_format_for(FormatPurpose::Name, text, span, Place::HttpResponse, scope);
    case FormatUse::Log:
      return compile_format_for(FormatPurpose::Log, text, span, Place::Log, scope);
  }
  return nullptr;
}

}  // namespace sluice::rules
