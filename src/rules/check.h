// The rule language in health checks (manual, "tcp-check" and "http-check"): log formats,
// expressions and variables of a step. Compiled once per section; run on the control thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/compile.h"
#include "rules/evaluation.h"

namespace sluice::rules {

/// Where a text ends up; it decides what is escaped.
enum class CheckTextUse : unsigned char { Field, Target, Body, Bytes };

class CheckText {
 public:
  virtual ~CheckText() = default;
  /// In the evaluation's arena; nothing when it is longer than a buffer.
  [[nodiscard]] virtual std::optional<std::string_view> compose(Evaluation& evaluation) const = 0;
};

/// `set-var(name) EXPR`, `set-var-fmt(name) FORMAT`, `unset-var(name)`.
class CheckVariable {
 public:
  virtual ~CheckVariable() = default;
  virtual void run(Evaluation& evaluation) const = 0;
};

/// Each: null when something was reported.
[[nodiscard]] std::unique_ptr<const CheckText> compile_check_text(CheckTextUse use,
                                                                  std::string_view text,
                                                                  const base::SourceSpan& span,
                                                                  CompileScope& scope);
[[nodiscard]] std::unique_ptr<const CheckVariable> compile_check_variable(
    const std::vector<base::Word>& words, CompileScope& scope);
[[nodiscard]] std::unique_ptr<const Expression> compile_check_expression(const base::Word& text,
                                                                         CompileScope& scope);

}  // namespace sluice::rules
