// Actions that keep something for later: variables, captures, the level of the log line, the place
// in a queue.
#include <array>

#include "base/text.h"
#include "rules/action.h"
#include "rules/cast.h"

namespace sluice::rules {

namespace {

class SetVariable final : public Action {
 public:
  SetVariable(VariableName name, std::unique_ptr<const CompiledExpression> value)
      : name_(name), value_(std::move(value)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (value_->evaluate(evaluation, sample, certainty)) store_variable(name_, sample, evaluation);
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return value_->needs_body(); }

 private:
  VariableName name_;
  std::unique_ptr<const CompiledExpression> value_;
};

class SetVariableFormat final : public Action {
 public:
  SetVariableFormat(VariableName name, std::unique_ptr<const CompiledFormat> value)
      : name_(name), value_(std::move(value)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    const auto text = value_->compose(evaluation);
    if (!text) return fail_rewrite(outcome);
    store_variable(name_, Sample::of_text(*text), evaluation);
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return value_->needs_body(); }

 private:
  VariableName name_;
  std::unique_ptr<const CompiledFormat> value_;
};

class UnsetVariable final : public Action {
 public:
  explicit UnsetVariable(VariableName name) : name_(name) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    drop_variable(name_, evaluation);
    return ActionResult::Next;
  }

 private:
  VariableName name_;
};

std::optional<VariableName> read_name(ActionParser& parser) {
  const auto word = parser.in_parentheses();
  if (!word) return std::nullopt;
  auto name = parse_variable(word->text, VariableUser::Exchange);
  if (!name) {
    parser.refuse(*word, name.error().detail);
    return std::nullopt;
  }
  return *name;
}

class SetLogLevel final : public Action {
 public:
  explicit SetLogLevel(int level) : level_(level) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    evaluation.log_level = level_;
    return ActionResult::Next;
  }

 private:
  int level_;
};

/// What is no number changes nothing.
template <std::int32_t model::QueuePriority::*Field, std::int32_t Most>
class SetPriority final : public Action {
 public:
  explicit SetPriority(std::unique_ptr<const CompiledExpression> value)
      : value_(std::move(value)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (value_->evaluate(evaluation, sample, certainty) &&
        cast(sample, SampleType::Int, *evaluation.arena))
      evaluation.priority.*Field = model::QueuePriority::bounded(sample.number, Most);
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return value_->needs_body(); }

 private:
  std::unique_ptr<const CompiledExpression> value_;
};

template <class Made>
std::unique_ptr<const Action> make_from_number(ActionParser& parser) {
  const base::Word* word = parser.expect("an expression");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto value = parser.expression(*word);
  if (value == nullptr) return nullptr;
  if (!can_cast(value->type(), SampleType::Int))
    return parser.refuse(*word, "'" + word->text + "' gives no number");
  return std::make_unique<Made>(std::move(value));
}

class Capture final : public Action {
 public:
  static constexpr std::size_t kFrontends = 0;  // in a backend: as its frontend's slot says
  Capture(bool response, std::size_t slot, std::size_t limit,
          std::unique_ptr<const CompiledExpression> value)
      : response_(response), slot_(slot), limit_(limit), value_(std::move(value)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    auto* slots = response_ ? evaluation.response_captures : evaluation.request_captures;
    Sample sample;
    Certainty certainty = Certainty::Final;
    if (slots == nullptr || slot_ >= slots->size() ||
        !value_->evaluate(evaluation, sample, certainty)) {
      return ActionResult::Next;
    }
    std::size_t limit = limit_;
    if (limit == kFrontends) {
      const auto* declared = response_ ? evaluation.response_slots : evaluation.request_slots;
      if (declared == nullptr || slot_ >= declared->size()) return ActionResult::Next;
      limit = (*declared)[slot_].max_length;
    }
    const std::string_view text = as_text(sample, *evaluation.arena);
    (*slots)[slot_] = evaluation.arena->copy(text.substr(0, limit));
    return ActionResult::Next;
  }
  [[nodiscard]] bool needs_body() const override { return value_->needs_body(); }

 private:
  bool response_;
  std::size_t slot_;
  std::size_t limit_;
  std::unique_ptr<const CompiledExpression> value_;
};

/// `capture SAMPLE len N` declares a slot of its own.
bool declares_slot(const model::Rule& rule) {
  const bool request =
      rule.point == model::RulePoint::HttpRequest || rule.point == model::RulePoint::Content;
  return request && rule.words.size() >= 4 && rule.words[0].text == "capture" &&
         rule.words[2].text == "len";
}

/// Slots of declared captures come first, then those of rules in the order of the file.
std::size_t slot_of(const ActionParser& parser, const model::Proxy& proxy) {
  std::size_t slot = proxy.request_captures.size();
  for (const model::Rule& rule : proxy.rules) {
    if (!rule.words.empty() && &rule.words.front() == &parser.name()) break;
    if (declares_slot(rule)) ++slot;
  }
  return slot;
}

std::unique_ptr<const Action> make_capture_by_id(ActionParser& parser, const base::Word& id,
                                                 bool response,
                                                 std::unique_ptr<CompiledExpression> value) {
  const model::Proxy& proxy = parser.scope().proxy;
  const auto& slots = response ? proxy.response_captures : proxy.request_captures;
  const auto number = base::to_unsigned(id.text);
  if (!number) return parser.refuse(id, "'" + id.text + "' is not the number of a capture slot");
  if (!proxy.is_frontend())
    return std::make_unique<Capture>(response, *number, Capture::kFrontends, std::move(value));
  if (*number >= slots.size()) {
    return parser.refuse(id, "there is no capture slot " + id.text + " here",
                         response ? "'capture response header' declares them"
                                  : "'capture request header' declares them");
  }
  return std::make_unique<Capture>(response, *number, slots[*number].max_length, std::move(value));
}

}  // namespace

std::optional<std::uint32_t> request_slot_length(const model::Proxy& proxy, std::size_t index) {
  if (index < proxy.request_captures.size()) return proxy.request_captures[index].max_length;
  std::size_t slot = proxy.request_captures.size();
  for (const model::Rule& rule : proxy.rules) {
    if (!declares_slot(rule) || slot++ != index) continue;
    return static_cast<std::uint32_t>(base::to_unsigned(rule.words[3].text).value_or(0));
  }
  return std::nullopt;
}

std::size_t request_capture_slots(const model::Proxy& proxy) {
  std::size_t slots = proxy.request_captures.size();
  for (const model::Rule& rule : proxy.rules) slots += declares_slot(rule) ? 1 : 0;
  return slots;
}

std::unique_ptr<const Action> make_set_var(ActionParser& parser) {
  const auto name = read_name(parser);
  if (!name) return nullptr;
  const base::Word* word = parser.expect("an expression");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto value = parser.expression(*word);
  if (value == nullptr) return nullptr;
  return std::make_unique<SetVariable>(*name, std::move(value));
}

std::unique_ptr<const Action> make_set_var_format(ActionParser& parser) {
  const auto name = read_name(parser);
  if (!name) return nullptr;
  const base::Word* word = parser.expect("a log-format string");
  if (word == nullptr || !parser.finish()) return nullptr;
  auto value = parser.format(*word, FormatPurpose::Body);
  if (value == nullptr) return nullptr;
  return std::make_unique<SetVariableFormat>(*name, std::move(value));
}

std::unique_ptr<const Action> make_unset_var(ActionParser& parser) {
  const auto name = read_name(parser);
  if (!name || !parser.finish()) return nullptr;
  return std::make_unique<UnsetVariable>(*name);
}

std::unique_ptr<const Action> make_set_log_level(ActionParser& parser) {
  static constexpr std::array<std::string_view, 9> kLevels = {
      "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", "silent"};
  const base::Word* word = parser.expect("a level");
  if (word == nullptr || !parser.finish()) return nullptr;
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (word->text == kLevels[i]) return std::make_unique<SetLogLevel>(static_cast<int>(i));
  }
  return parser.refuse(*word, "'" + word->text + "' is not a log level",
                       "emerg, alert, crit, err, warning, notice, info, debug or silent");
}

std::unique_ptr<const Action> make_set_priority_class(ActionParser& parser) {
  using model::QueuePriority;
  return make_from_number<SetPriority<&QueuePriority::level, QueuePriority::kMaxClass>>(parser);
}

std::unique_ptr<const Action> make_set_priority_offset(ActionParser& parser) {
  using model::QueuePriority;
  return make_from_number<SetPriority<&QueuePriority::offset_ms, QueuePriority::kMaxOffsetMs>>(
      parser);
}

std::unique_ptr<const Action> make_capture(ActionParser& parser) {
  const base::Word* sample = parser.expect("an expression");
  if (sample == nullptr) return nullptr;
  auto value = parser.expression(*sample);
  if (value == nullptr) return nullptr;
  const bool response = is_response(parser.place());
  const base::Word* how = parser.expect("'len' or 'id'");
  if (how == nullptr) return nullptr;
  const base::Word* number = parser.expect("a number");
  if (number == nullptr || !parser.finish()) return nullptr;
  if (how->text == "id") return make_capture_by_id(parser, *number, response, std::move(value));
  if (how->text != "len" || response) {
    return parser.refuse(
        *how, "'" + how->text + "' does not say where to keep it",
        response ? "'id' and a slot of 'capture response header'" : "'len' and a length, or 'id'");
  }
  const auto limit = base::to_unsigned(number->text);
  if (!limit || *limit == 0)
    return parser.refuse(*number, "'" + number->text + "' is not a length");
  if (!parser.scope().proxy.is_frontend()) {
    return parser.refuse(*how, "'capture' with 'len' stands in a frontend or a listen");
  }
  return std::make_unique<Capture>(false, slot_of(parser, parser.scope().proxy), *limit,
                                   std::move(value));
}

}  // namespace sluice::rules
