// One compiled line: an action and the condition under which it is done. ProgramBuilder is the only
// way to make a Program.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "rules/action.h"
#include "rules/condition.h"
#include "rules/program.h"

namespace sluice::rules {

class Rule {
 public:
  Rule(std::unique_ptr<const Condition> condition, std::unique_ptr<const Action> action,
       std::vector<const model::Userlist*> userlists)
      : condition_(std::move(condition)),
        action_(std::move(action)),
        userlists_(std::move(userlists)),
        unconditional_(condition_->is_always()) {}
  /// Its condition need not be asked.
  [[nodiscard]] bool unconditional() const { return unconditional_; }
  [[nodiscard]] const Condition& condition() const { return *condition_; }
  [[nodiscard]] const Action& action() const { return *action_; }
  /// Those with hashed passwords that what the action writes asks.
  [[nodiscard]] const std::vector<const model::Userlist*>& userlists() const { return userlists_; }
  [[nodiscard]] bool needs_body() const {
    return condition_->needs_body() || action_->needs_body();
  }

 private:
  std::unique_ptr<const Condition> condition_;
  std::unique_ptr<const Action> action_;
  std::vector<const model::Userlist*> userlists_;
  bool unconditional_;
};

class ProgramBuilder {
 public:
  void add(std::unique_ptr<const Rule> rule) {
    program_.needs_body_ = program_.needs_body_ || rule->needs_body();
    program_.rules_.push_back(std::move(rule));
  }
  void set_inspect_delay_ms(std::uint32_t ms) { program_.inspect_delay_ms_ = ms; }
  [[nodiscard]] Program build() { return std::move(program_); }

 private:
  Program program_;
};

}  // namespace sluice::rules
