// Reads sample expressions: name(arg,arg),converter(arg),… (manual §7.3). Arguments end at the
// first comma or closing parenthesis that is not quoted: 'as is', "with \ escapes", or \ before one
// character.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/call.h"
#include "rules/converter_table.h"
#include "rules/fetch_table.h"

namespace sluice::rules {

struct ParsedExpression {
  std::vector<ParsedCall> calls;  // the fetch, then its converters
  std::size_t end = 0;            // the first byte behind it
};

/// The place of `length` bytes at `offset` of a text that was written at `span`. Where quoting made
/// the text differ from what is in the file, the whole word.
[[nodiscard]] base::SourceSpan span_within(const base::SourceSpan& span, std::size_t text_size,
                                           std::size_t offset, std::size_t length);

/// Reads one expression at `begin` of `text`; it ends where no ',' follows. Nothing: it was
/// reported.
[[nodiscard]] std::optional<ParsedExpression> parse_expression(std::string_view text,
                                                               std::size_t begin,
                                                               const base::SourceSpan& span,
                                                               base::Diagnostics& diagnostics);

/// A fetch and its converters, ready to run.
class CompiledExpression final : public Expression {
 public:
  struct Step {
    const ConverterRow* row;
    Call call;
  };
  CompiledExpression(const FetchRow& fetch, Call call)
      : fetch_(fetch), call_(std::move(call)), type_(fetch.type) {}
  void add(const ConverterRow& row, Call call);

  [[nodiscard]] bool evaluate(Evaluation& evaluation, Sample& sample,
                              Certainty& certainty) const override;
  /// As evaluate(); with `iteration.wanted` one value after the other, while `iteration.more`.
  [[nodiscard]] bool evaluate_next(Evaluation& evaluation, Iteration& iteration, Sample& sample,
                                   Certainty& certainty) const;
  [[nodiscard]] SampleType type() const override { return type_; }
  [[nodiscard]] bool needs_body() const override { return fetch_.body == Body::Read; }
  /// Of the fetch's call (Call::option).
  void set_option(std::int64_t option) { call_.option = option; }
  /// That the fetch asks; null: none.
  [[nodiscard]] const model::Userlist* userlist() const {
    return call_.has(0) ? call_.arguments[0].userlist : nullptr;
  }
  /// It asks a userlist with hashed passwords.
  [[nodiscard]] bool needs_login() const {
    return userlist() != nullptr && userlist()->any_hash() != nullptr;
  }
  [[nodiscard]] const FetchRow& fetch() const { return fetch_; }

 private:
  const FetchRow& fetch_;
  Call call_;
  std::vector<Step> steps_;
  SampleType type_;
};

/// Compiles what was parsed; null when something was reported. `fetch_name` replaces the first name
/// (an ACL keyword's fetch). Whether the fetch may be used at `place` is the caller's to judge.
[[nodiscard]] std::unique_ptr<CompiledExpression> compile_parsed(const ParsedExpression& parsed,
                                                                 std::string_view fetch_name,
                                                                 Place place, CompileScope& scope);
/// Parses `text` from `begin`, compiles it and refuses a fetch that `place` does not have.
/// `end` receives where it ended.
[[nodiscard]] std::unique_ptr<CompiledExpression> compile_at(std::string_view text,
                                                             std::size_t begin, std::size_t& end,
                                                             const base::SourceSpan& span,
                                                             Place place, CompileScope& scope);
/// Reports a fetch that is not there at `place`, as an error.
[[nodiscard]] bool check_place(const FetchRow& row, const base::SourceSpan& span, Place place,
                               CompileScope& scope);

}  // namespace sluice::rules
