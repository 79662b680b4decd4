// A compiled condition: or-groups of and-ed, possibly negated ACLs (manual §7.2).
#pragma once

#include <cstdint>

#include "rules/evaluation.h"

namespace sluice::rules {

/// Unknown: something may still change; wait, or take it as not matching when the phase is final.
enum class Truth : std::uint8_t { False, True, Unknown };

class Condition {
 public:
  virtual ~Condition() = default;
  [[nodiscard]] virtual Truth evaluate(Evaluation& evaluation) const = 0;
  [[nodiscard]] virtual bool needs_body() const = 0;
  /// It may have to wait until a hashed password was looked at.
  [[nodiscard]] virtual bool needs_login() const { return false; }
  /// True for every message.
  [[nodiscard]] virtual bool is_always() const { return false; }
};

}  // namespace sluice::rules
