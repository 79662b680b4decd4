#include "rules/compile.h"

#include "base/text.h"
#include "rules/action.h"
#include "rules/rule.h"
#include "rules/unsupported.h"

namespace sluice::rules {

namespace {

bool is_inspect_delay(const model::Rule& rule) {
  return !rule.words.empty() && rule.words.front().text == "inspect-delay";
}

/// `tcp-request inspect-delay 5s` is no rule, but says how long the point's conditions may wait.
void read_inspect_delay(const model::Rule& rule, ProgramBuilder& builder, CompileScope& scope) {
  ActionParser parser(rule, place_of(rule.point), scope);
  const auto ms = parser.expect_time_ms("a time");
  if (ms && parser.finish()) builder.set_inspect_delay_ms(static_cast<std::uint32_t>(*ms));
}

const ActionRow* look_up_action(const model::Rule& rule, Place place, CompileScope& scope) {
  const base::Word& word = rule.words.front();
  const ActionRow* row = find_action(word.text);
  if (row != nullptr && (row->places & bit(place)) != 0) return row;
  const std::string where(name_of(place));
  if (row != nullptr) {
    scope.diagnostics.error(word.span,
                            "'" + std::string(row->name) + "' is not an action of " + where);
  } else if (is_unsupported_action(word.text)) {
    scope.diagnostics.error(word.span,
                            "the action '" + word.text + "' is not supported by Sluice yet");
  } else {
    scope.diagnostics.error(
        word.span, "there is no action '" + word.text + "' of " + where,
        did_you_mean(word.text.substr(0, word.text.find('(')), action_names(place)));
  }
  return nullptr;
}

void compile_rule(const model::Rule& rule, ProgramBuilder& builder, CompileScope& scope) {
  const Place place = place_of(rule.point);
  if (rule.words.empty()) {
    scope.diagnostics.error(rule.span, "an action is missing behind this keyword");
    return;
  }
  const ActionRow* row = look_up_action(rule, place, scope);
  std::unique_ptr<const Action> action;
  const std::size_t asked = scope.userlists.size();
  if (row != nullptr) {
    ActionParser parser(rule, place, scope);
    action = row->make(parser);
  }
  std::vector<const model::Userlist*> userlists;
  for (std::size_t i = asked; i < scope.userlists.size(); ++i)
    userlists.push_back(scope.userlists[i].first);
  scope.userlists.resize(asked);
  // The condition is compiled even so, in order to report its errors too.
  auto condition = compile_condition(rule.condition, rule.negated, rule.point, scope);
  if (action == nullptr || condition == nullptr) return;
  builder.add(
      std::make_unique<Rule>(std::move(condition), std::move(action), std::move(userlists)));
}

/// Bare redirects run after all http-request rules, wherever they stand.
bool is_bare_redirect(const model::Rule& rule, CompileScope& scope) {
  return !rule.words.empty() && rule.words.front().text == "redirect" &&
         ActionParser(rule, place_of(rule.point), scope).is_bare();
}

}  // namespace

Program compile_rules(model::RulePoint point, CompileScope& scope) {
  ProgramBuilder builder;
  if (point == model::RulePoint::Content)
    builder.set_inspect_delay_ms(scope.proxy.inspect_delay_ms);
  if (point == model::RulePoint::ResponseContent)
    builder.set_inspect_delay_ms(scope.proxy.response_inspect_delay_ms);
  for (const bool bare : {false, true}) {
    for (const model::Rule& rule : scope.proxy.rules) {
      if (rule.point != point || is_bare_redirect(rule, scope) != bare) continue;
      if (is_inspect_delay(rule))
        read_inspect_delay(rule, builder, scope);
      else
        compile_rule(rule, builder, scope);
    }
  }
  return builder.build();
}

Program compile_single(const model::Rule& rule, CompileScope& scope) {
  ProgramBuilder builder;
  compile_rule(rule, builder, scope);
  return builder.build();
}

}  // namespace sluice::rules
