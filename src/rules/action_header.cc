// Actions on header fields, of requests and of responses.
#include "base/text.h"
#include "rules/action.h"
#include "rules/header_values.h"
#include "rules/pattern.h"

namespace sluice::rules {

namespace {

http::Head* head_of(Place place, Evaluation& evaluation) {
  return is_response(place) ? evaluation.response : evaluation.request;
}

enum class Existing : bool { Kept, Replaced };

class SetHeader final : public Action {
 public:
  SetHeader(Existing existing, Place place, std::string name,
            std::unique_ptr<const CompiledFormat> value)
      : existing_(existing),
        place_(place),
        name_(std::move(name)),
        id_(http::field_id(name_)),
        value_(std::move(value)) {}

  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    http::Head* head = head_of(place_, evaluation);
    if (head == nullptr) return ActionResult::Next;
    // Composed first: the value may come from the fields that are replaced.
    const auto value = value_->compose(evaluation);
    if (!value) return fail_rewrite(outcome);
    if (existing_ == Existing::Replaced) {
      if (id_ != http::FieldId::Other)
        head->fields.remove(id_);
      else
        head->fields.remove(name_);
    }
    head->fields.add(id_, name_, *value);
    return ActionResult::Next;
  }

  [[nodiscard]] bool needs_body() const override { return value_->needs_body(); }

 private:
  Existing existing_;
  Place place_;
  std::string name_;
  http::FieldId id_;
  std::unique_ptr<const CompiledFormat> value_;
};

std::unique_ptr<const Action> make_field(ActionParser& parser, Existing existing) {
  const base::Word* name = parser.expect_field_name();
  if (name == nullptr) return nullptr;
  if (!parser.has_more())
    return parser.refuse(*name, "'" + parser.name().text + "' needs the value of the header");
  auto value = parser.format(parser.next(), FormatPurpose::Header);
  if (value == nullptr || !parser.finish()) return nullptr;
  return std::make_unique<SetHeader>(existing, parser.place(), name->text, std::move(value));
}

class DelHeader final : public Action {
 public:
  DelHeader(Place place, PatternSet names) : place_(place), names_(std::move(names)) {}
  ActionResult run(Cursor&, Evaluation& evaluation, Outcome&) const override {
    http::Head* head = head_of(place_, evaluation);
    if (head == nullptr) return ActionResult::Next;
    for (std::size_t i = 0; i < head->fields.size();) {
      if (names_.matches(Sample::of_text(head->fields[i].name), *evaluation.arena))
        head->fields.remove_at(i);
      else
        ++i;
    }
    return ActionResult::Next;
  }

 private:
  Place place_;
  PatternSet names_;
};

enum class Reach : bool { Whole, Element };

/// Replaces each value, or each element of the lists, that the regex matches.
class ReplaceHeader final : public Action {
 public:
  ReplaceHeader(Reach reach, Place place, std::string name, std::shared_ptr<const Regex> regex,
                std::unique_ptr<const CompiledFormat> replacement)
      : reach_(reach),
        place_(place),
        name_(std::move(name)),
        regex_(std::move(regex)),
        replacement_(std::move(replacement)) {}

  ActionResult run(Cursor&, Evaluation& evaluation, Outcome& outcome) const override {
    http::Head* head = head_of(place_, evaluation);
    if (head == nullptr) return ActionResult::Next;
    const FieldName name = FieldName::of(name_);
    for (http::Field& field : head->fields) {
      if (!name.is(field)) continue;
      const auto replacement = replacement_->compose(evaluation);
      if (!replacement) return fail_rewrite(outcome);
      if (reach_ == Reach::Whole)
        replace_whole(field, *replacement, evaluation);
      else
        replace_elements(field, *replacement, evaluation);
    }
    return ActionResult::Next;
  }

  [[nodiscard]] bool needs_body() const override { return replacement_->needs_body(); }

 private:
  static std::string& scratch() {
    thread_local std::string text;
    text.clear();
    return text;
  }

  void replace_whole(http::Field& field, std::string_view replacement,
                     Evaluation& evaluation) const {
    RegexMatch match;
    if (!regex_->find(field.value, 0, match)) return;
    std::string& out = scratch();
    append_replacement(replacement, match, out);
    field.value = evaluation.arena->copy(out);
  }

  void replace_elements(http::Field& field, std::string_view replacement,
                        Evaluation& evaluation) const {
    std::string& out = scratch();
    bool changed = false;
    for (std::size_t begin = 0; begin <= field.value.size();) {
      const std::size_t end = element_end(field.value, begin);
      const std::string_view whole = field.value.substr(begin, end - begin);
      const std::string_view element = base::trim(whole);
      RegexMatch match;
      if (regex_->find(element, 0, match)) {
        // The spaces around an element stay as they were.
        const auto lead = static_cast<std::size_t>(element.data() - whole.data());
        out += whole.substr(0, lead);
        append_replacement(replacement, match, out);
        out += whole.substr(lead + element.size());
        changed = true;
      } else {
        out += whole;
      }
      if (end < field.value.size()) out += ',';
      begin = end + 1;
    }
    if (changed) field.value = evaluation.arena->copy(out);
  }

  Reach reach_;
  Place place_;
  std::string name_;
  std::shared_ptr<const Regex> regex_;
  std::unique_ptr<const CompiledFormat> replacement_;
};

std::unique_ptr<const Action> make_replacement(ActionParser& parser, Reach reach) {
  const base::Word* name = parser.expect_field_name();
  if (name == nullptr) return nullptr;
  const base::Word* pattern = parser.expect("a regex");
  if (pattern == nullptr) return nullptr;
  auto regex = Regex::compile(pattern->text, RegexCase::Sensitive);
  if (!regex) return parser.refuse(*pattern, regex.error().detail);
  if (!parser.has_more())
    return parser.refuse(*pattern, "'" + parser.name().text + "' needs a replacement");
  auto replacement = parser.format(parser.next(), FormatPurpose::Header);
  if (replacement == nullptr || !parser.finish()) return nullptr;
  return std::make_unique<ReplaceHeader>(reach, parser.place(), name->text, *regex,
                                         std::move(replacement));
}

}  // namespace

std::unique_ptr<const Action> make_set_header(ActionParser& parser) {
  return make_field(parser, Existing::Replaced);
}
std::unique_ptr<const Action> make_add_header(ActionParser& parser) {
  return make_field(parser, Existing::Kept);
}
std::unique_ptr<const Action> make_replace_header(ActionParser& parser) {
  return make_replacement(parser, Reach::Whole);
}
std::unique_ptr<const Action> make_replace_value(ActionParser& parser) {
  return make_replacement(parser, Reach::Element);
}

std::unique_ptr<const Action> make_del_header(ActionParser& parser) {
  const base::Word* name = parser.expect("the name of a header");
  if (name == nullptr) return nullptr;
  MatchMethod method = MatchMethod::String;
  if (parser.has_more() && parser.peek().text == "-m") {
    (void)parser.next();
    const base::Word* word = parser.expect("a match method");
    if (word == nullptr) return nullptr;
    const MatchMethodRow* row = find_match_method(word->text);
    static constexpr std::string_view kAllowed = "str beg end sub reg";
    if (row == nullptr || kAllowed.find(word->text) == std::string_view::npos) {
      return parser.refuse(
          *word,
          "'" + word->text + "' is not a method of del-header: str, beg, end, sub and reg are");
    }
    method = row->method;
  }
  if (!parser.finish()) return nullptr;
  PatternSet names(method);
  const auto added = names.add(name->text, RegexCase::Ignore, IntegerOperator::Equal);
  if (!added) return parser.refuse(*name, added.error().detail);
  return std::make_unique<DelHeader>(parser.place(), std::move(names));
}

}  // namespace sluice::rules
