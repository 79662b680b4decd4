// Conditional blocks (manual §2.4): the expression of `.if` and `.elif`, and the nesting of blocks.
// We answer version questions as the release whose language we speak (HAProxy 2.6).
#pragma once

#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "base/source.h"
#include "config/environment.h"

namespace sluice::config {

inline constexpr std::string_view kLanguageVersion = "2.6.0";

/// An expression of predicates, !, &&, || and parentheses. Empty is false.
[[nodiscard]] base::Result<bool> evaluate_condition(std::string_view expression,
                                                    const Environment& environment);

/// Follows .if/.elif/.else/.endif over the lines of one file, and emits .notice and its kin.
class ConditionalBlocks {
 public:
  ConditionalBlocks(const Environment& environment, base::Diagnostics& diagnostics)
      : environment_(environment), diagnostics_(diagnostics) {}

  /// Whether lines count here, or are in a branch that was not chosen.
  [[nodiscard]] bool active() const;
  /// A line whose first word begins with a dot.
  void line(const std::vector<base::Word>& words);
  /// At the end of the file: every block must be closed.
  void finish();

 private:
  enum class Branch : unsigned char { Taken, WasTaken, NotYet, InSkipped };
  struct Level {
    Branch branch;
    bool seen_else;
    base::SourceSpan opened;
  };

  [[nodiscard]] bool holds(const std::vector<base::Word>& words);
  void begin(const std::vector<base::Word>& words);
  void otherwise(const std::vector<base::Word>& words);
  void report(const std::vector<base::Word>& words);

  const Environment& environment_;
  base::Diagnostics& diagnostics_;
  std::vector<Level> levels_;
};

}  // namespace sluice::config
