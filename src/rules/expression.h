// A compiled sample expression: one fetch and a chain of converters (manual §7.3).
#pragma once

#include "rules/evaluation.h"

namespace sluice::rules {

class Expression {
 public:
  virtual ~Expression() = default;
  /// False: no sample. `certainty` says whether that may change while bytes arrive.
  [[nodiscard]] virtual bool evaluate(Evaluation& evaluation, Sample& sample,
                                      Certainty& certainty) const = 0;
  /// The type that it yields, for checks at compile time.
  [[nodiscard]] virtual SampleType type() const = 0;
  [[nodiscard]] virtual bool needs_body() const = 0;
};

/// A sample as text, as HAProxy casts it (numbers in decimal, bool 1 or 0, addresses in
/// presentation form).
[[nodiscard]] std::string_view as_text(const Sample& sample, base::Arena& arena);

}  // namespace sluice::rules
