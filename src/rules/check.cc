#include "rules/check.h"

#include <utility>

#include "rules/cast.h"
#include "rules/format_compiled.h"

namespace sluice::rules {

namespace {

class Text final : public CheckText {
 public:
  explicit Text(std::unique_ptr<const CompiledFormat> format) : format_(std::move(format)) {}
  std::optional<std::string_view> compose(Evaluation& evaluation) const override {
    return format_->compose(evaluation);
  }

 private:
  std::unique_ptr<const CompiledFormat> format_;
};

class Variable final : public CheckVariable {
 public:
  Variable(VariableName name, std::unique_ptr<const Expression> value,
           std::unique_ptr<const CompiledFormat> format)
      : name_(name), value_(std::move(value)), format_(std::move(format)) {}
  void run(Evaluation& evaluation) const override {
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (format_ != nullptr) {
      if (const auto text = format_->compose(evaluation)) {
        store_variable(name_, Sample::of_text(*text), evaluation);
      }
    } else if (value_ == nullptr) {
      drop_variable(name_, evaluation);
    } else if (value_->evaluate(evaluation, sample, certainty)) {
      store_variable(name_, sample, evaluation);
    }
  }

 private:
  VariableName name_;
  std::unique_ptr<const Expression> value_;
  std::unique_ptr<const CompiledFormat> format_;
};

FormatPurpose purpose_of(CheckTextUse use) {
  switch (use) {
    case CheckTextUse::Field:
      return FormatPurpose::Header;
    case CheckTextUse::Target:
      return FormatPurpose::Target;
    case CheckTextUse::Body:
      return FormatPurpose::Body;
    case CheckTextUse::Bytes:
      break;
  }
  return FormatPurpose::Bytes;
}

std::nullptr_t refuse(const base::Word& word, std::string message, CompileScope& scope) {
  scope.diagnostics.error(word.span, std::move(message));
  return nullptr;
}

}  // namespace

std::unique_ptr<const CheckText> compile_check_text(CheckTextUse use, std::string_view text,
                                                    const base::SourceSpan& span,
                                                    CompileScope& scope) {
  auto format = compile_format_for(purpose_of(use), text, span, Place::Check, scope);
  if (format == nullptr) return nullptr;
  if (format->needs_log_record()) {
    scope.diagnostics.error(span, "a health check has no '%' variables of log lines",
                            "only expressions, written %[…], have a value there");
    return nullptr;
  }
  return std::make_unique<Text>(std::move(format));
}

std::unique_ptr<const CheckVariable> compile_check_variable(const std::vector<base::Word>& words,
                                                            CompileScope& scope) {
  const base::Word& first = words[0];
  const std::size_t open = first.text.find('(');
  const std::string_view action = std::string_view(first.text).substr(0, open);
  if (open == std::string::npos || first.text.back() != ')') {
    return refuse(first, "'" + std::string(action) + "' needs its variable in parentheses", scope);
  }
  const std::string name = first.text.substr(open + 1, first.text.size() - open - 2);
  const auto variable = parse_variable(name, VariableUser::Check);
  if (!variable) return refuse(first, variable.error().detail, scope);
  const bool unsets = action == "unset-var";
  if (words.size() != (unsets ? 1U : 2U)) {
    return refuse(words.back(),
                  "'" + std::string(action) +
                      (unsets ? "' takes no value" : "' takes one value behind its variable"),
                  scope);
  }
  if (unsets) return std::make_unique<Variable>(*variable, nullptr, nullptr);
  if (action == "set-var-fmt") {
    auto format =
        compile_format_for(FormatPurpose::Bytes, words[1].text, words[1].span, Place::Check, scope);
    if (format == nullptr) return nullptr;
    return std::make_unique<Variable>(*variable, nullptr, std::move(format));
  }
  auto value = compile_check_expression(words[1], scope);
  if (value == nullptr) return nullptr;
  return std::make_unique<Variable>(*variable, std::move(value), nullptr);
}

std::unique_ptr<const Expression> compile_check_expression(const base::Word& text,
                                                           CompileScope& scope) {
  std::size_t end = 0;
  auto out = compile_at(text.text, 0, end, text.span, Place::Check, scope);
  if (out != nullptr && end != text.text.size()) {
    return refuse(text, "'" + text.text.substr(end) + "' does not belong to the expression", scope);
  }
  return out;
}

}  // namespace sluice::rules
