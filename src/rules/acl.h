// ACLs: a criterion (an expression), a match method and patterns; several under one name are joined
// by "or" (manual §7.1). Named ones are compiled once per proxy and place and shared by its
// conditions.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/compile.h"
#include "rules/condition.h"
#include "rules/expression_parser.h"
#include "rules/pattern.h"

namespace sluice::rules {

class AclTest {
 public:
  AclTest(std::unique_ptr<CompiledExpression> expression, PatternSet patterns)
      : expression_(std::move(expression)), patterns_(std::move(patterns)) {}
  [[nodiscard]] Truth evaluate(Evaluation& evaluation) const;
  [[nodiscard]] bool needs_body() const { return expression_->needs_body(); }
  [[nodiscard]] bool needs_login() const { return expression_->needs_login(); }

 private:
  std::unique_ptr<CompiledExpression> expression_;
  PatternSet patterns_;
};

/// All tests of one name, or the one of a `{ … }`.
struct Acl {
  std::vector<AclTest> tests;
  [[nodiscard]] Truth evaluate(Evaluation& evaluation) const;
  [[nodiscard]] bool needs_body() const;
  [[nodiscard]] bool needs_login() const;
};

/// What was compiled already; null stands for an ACL with an error, which was reported then.
struct AclCache {
  std::map<std::pair<std::string, Place>, std::shared_ptr<const Acl>> named;
};

/// Criterion, flags and values. Null: reported.
[[nodiscard]] std::shared_ptr<Acl> compile_acl_words(const std::vector<base::Word>& words,
                                                     Place place, std::string_view called,
                                                     CompileScope& scope);
/// The proxy's ACL of that name, else the predefined one. Null: reported, here or before.
[[nodiscard]] std::shared_ptr<const Acl> find_acl(const base::Word& name, Place place,
                                                  CompileScope& scope);

/// Predefined ACLs (manual §7.4), as the words that stand for them.
struct PredefinedAcl {
  std::string_view name;
  std::string_view words;
};
[[nodiscard]] const PredefinedAcl* find_predefined_acl(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> predefined_acl_names();

// Three-valued logic: Unknown wins over what it could still change.
[[nodiscard]] constexpr Truth either(Truth a, Truth b) {
  if (a == Truth::True || b == Truth::True) return Truth::True;
  return a == Truth::Unknown || b == Truth::Unknown ? Truth::Unknown : Truth::False;
}
[[nodiscard]] constexpr Truth both(Truth a, Truth b) {
  if (a == Truth::False || b == Truth::False) return Truth::False;
  return a == Truth::Unknown || b == Truth::Unknown ? Truth::Unknown : Truth::True;
}
[[nodiscard]] constexpr Truth negation(Truth a) {
  if (a == Truth::Unknown) return Truth::Unknown;
  return a == Truth::True ? Truth::False : Truth::True;
}

}  // namespace sluice::rules
