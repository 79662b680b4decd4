// Actions: what a rule does when its condition holds. One row each in action_table.cc; to add one,
// write its class and its make function in the file of its subject and add the row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/compile.h"
#include "rules/fetch_table.h"
#include "rules/format_compiled.h"
#include "rules/program.h"

namespace sluice::rules {

/// Next: on with the following rule. Stop: `outcome` says how it ends. Wait: `cursor` says for
/// what.
enum class ActionResult : std::uint8_t { Next, Stop, Wait };

class Action {
 public:
  virtual ~Action() = default;
  [[nodiscard]] virtual ActionResult run(Cursor& cursor, Evaluation& evaluation,
                                         Outcome& outcome) const = 0;
  [[nodiscard]] virtual bool needs_body() const { return false; }
};

/// A rewrite that could not be done (too long, not a token) ends the request, as HAProxy's strict
/// mode.
[[nodiscard]] ActionResult fail_rewrite(Outcome& outcome) noexcept;

/// The words of an action behind its name.
class ActionParser {
 public:
  ActionParser(const model::Rule& rule, Place place, CompileScope& scope)
      : rule_(rule), place_(place), scope_(scope) {}

  [[nodiscard]] CompileScope& scope() { return scope_; }
  [[nodiscard]] Place place() const { return place_; }
  [[nodiscard]] const base::Word& name() const { return rule_.words.front(); }
  [[nodiscard]] bool has_more() const { return at_ < rule_.words.size(); }
  [[nodiscard]] const base::Word& next() { return rule_.words[at_++]; }
  [[nodiscard]] const base::Word& peek() const { return rule_.words[at_]; }
  /// The next word, or null after an error that says what is missing.
  [[nodiscard]] const base::Word* expect(std::string_view what);
  /// Reports a word that is left over.
  [[nodiscard]] bool finish();
  /// Always false and null-like, for `return parser.refuse(…)`.
  std::nullptr_t refuse(const base::Word& word, std::string message, std::string hint = {});
  /// What stands in parentheses behind the name: set-var(txn.x).
  [[nodiscard]] std::optional<base::Word> in_parentheses();
  /// A bare `redirect` line, whose texts are taken as they are.
  [[nodiscard]] bool is_bare() const;

  [[nodiscard]] std::unique_ptr<const CompiledFormat> format(const base::Word& word,
                                                             FormatPurpose purpose);
  [[nodiscard]] std::unique_ptr<CompiledExpression> expression(const base::Word& word);
  [[nodiscard]] const base::Word* expect_field_name();
  [[nodiscard]] std::optional<std::uint64_t> expect_time_ms(std::string_view what);

 private:
  const model::Rule& rule_;
  Place place_;
  CompileScope& scope_;
  std::size_t at_ = 1;
};

using MakeAction = std::unique_ptr<const Action> (*)(ActionParser& parser);

struct ActionRow {
  std::string_view name;
  PlaceMask places;
  MakeAction make;
};

[[nodiscard]] const ActionRow* find_action(std::string_view name) noexcept;
[[nodiscard]] std::vector<std::string_view> action_names(Place place);

// action_flow.cc
std::unique_ptr<const Action> make_allow(ActionParser& parser);
std::unique_ptr<const Action> make_close(ActionParser& parser);
std::unique_ptr<const Action> make_disable_l7_retry(ActionParser& parser);
std::unique_ptr<const Action> make_reject(ActionParser& parser);
std::unique_ptr<const Action> make_silent_drop(ActionParser& parser);
std::unique_ptr<const Action> make_wait_for_body(ActionParser& parser);
std::unique_ptr<const Action> make_use_service(ActionParser& parser);
// action_reply.cc
std::unique_ptr<const Action> make_deny(ActionParser& parser);
std::unique_ptr<const Action> make_auth(ActionParser& parser);
std::unique_ptr<const Action> make_tarpit(ActionParser& parser);
std::unique_ptr<const Action> make_return(ActionParser& parser);
// action_redirect.cc
std::unique_ptr<const Action> make_redirect(ActionParser& parser);
// action_header.cc
std::unique_ptr<const Action> make_set_header(ActionParser& parser);
std::unique_ptr<const Action> make_add_header(ActionParser& parser);
std::unique_ptr<const Action> make_del_header(ActionParser& parser);
std::unique_ptr<const Action> make_replace_header(ActionParser& parser);
std::unique_ptr<const Action> make_replace_value(ActionParser& parser);
// action_target.cc
std::unique_ptr<const Action> make_set_path(ActionParser& parser);
std::unique_ptr<const Action> make_set_pathq(ActionParser& parser);
std::unique_ptr<const Action> make_set_query(ActionParser& parser);
std::unique_ptr<const Action> make_set_uri(ActionParser& parser);
std::unique_ptr<const Action> make_replace_path(ActionParser& parser);
std::unique_ptr<const Action> make_replace_pathq(ActionParser& parser);
std::unique_ptr<const Action> make_replace_uri(ActionParser& parser);
std::unique_ptr<const Action> make_set_method(ActionParser& parser);
std::unique_ptr<const Action> make_set_status(ActionParser& parser);
// action_store.cc
std::unique_ptr<const Action> make_set_var(ActionParser& parser);
std::unique_ptr<const Action> make_set_var_format(ActionParser& parser);
std::unique_ptr<const Action> make_unset_var(ActionParser& parser);
std::unique_ptr<const Action> make_set_log_level(ActionParser& parser);
std::unique_ptr<const Action> make_set_priority_class(ActionParser& parser);
std::unique_ptr<const Action> make_set_priority_offset(ActionParser& parser);
std::unique_ptr<const Action> make_capture(ActionParser& parser);

}  // namespace sluice::rules
