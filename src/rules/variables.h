// Names of variables (manual §2.8): "SCOPE.NAME". Names become small ids once, at compile time; ids
// are process-wide because the variables of a session outlive a reload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/evaluation.h"

namespace sluice::rules {

enum class Scope : std::uint8_t { Session, Transaction, Request, Response, Check };

/// A check has variables of its own; an exchange has none of a check's.
enum class VariableUser : std::uint8_t { Exchange, Check };

struct VariableName {
  Scope scope = Scope::Transaction;
  std::uint32_t id = 0;
};

[[nodiscard]] base::Result<VariableName> parse_variable(std::string_view text, VariableUser user);
/// The scope's variables, null where the exchange has none (before it exists).
[[nodiscard]] VariableScope* scope_of(const VariableName& name, Evaluation& evaluation) noexcept;
[[nodiscard]] const Sample* find_variable(const VariableName& name,
                                          Evaluation& evaluation) noexcept;
/// Copies the sample's text into the memory that lives as long as the scope.
void store_variable(const VariableName& name, const Sample& value, Evaluation& evaluation);
void drop_variable(const VariableName& name, Evaluation& evaluation);

}  // namespace sluice::rules
