// Splits the words of a rule into its action and its `if`/`unless` condition.
#pragma once

#include <span>
#include <vector>

#include "base/source.h"
#include "config/arguments.h"

namespace sluice::config {

struct SplitRule {
  std::vector<base::Word> words;
  std::vector<base::Word> condition;
  bool negated = false;
};

/// Cuts at the first `if` or `unless`. Complains about a condition that is missing after it, and
/// about braces that do not pair.
[[nodiscard]] SplitRule split_condition(Arguments& arguments);

}  // namespace sluice::config
