#include "rules/condition.h"

#include <algorithm>
#include <set>

#include "rules/acl.h"

namespace sluice::rules {

namespace {

struct Term {
  std::shared_ptr<const Acl> acl;
  bool negated = false;
};

using Conjunction = std::vector<Term>;

class AclCondition final : public Condition {
 public:
  AclCondition(std::vector<Conjunction> alternatives, bool negated)
      : alternatives_(std::move(alternatives)), negated_(negated) {}

  [[nodiscard]] Truth evaluate(Evaluation& evaluation) const override {
    Truth out = Truth::False;
    for (const Conjunction& terms : alternatives_) {
      out = either(out, evaluate(terms, evaluation));
      if (out == Truth::True) break;
    }
    return negated_ ? negation(out) : out;
  }

  [[nodiscard]] bool needs_body() const override {
    return std::any_of(alternatives_.begin(), alternatives_.end(), [](const Conjunction& terms) {
      return std::any_of(terms.begin(), terms.end(),
                         [](const Term& term) { return term.acl->needs_body(); });
    });
  }

  [[nodiscard]] bool needs_login() const override {
    return std::any_of(alternatives_.begin(), alternatives_.end(), [](const Conjunction& terms) {
      return std::any_of(terms.begin(), terms.end(),
                         [](const Term& term) { return term.acl->needs_login(); });
    });
  }

 private:
  static Truth evaluate(const Conjunction& terms, Evaluation& evaluation) {
    Truth out = Truth::True;
    for (const Term& term : terms) {
      const Truth one = term.acl->evaluate(evaluation);
      out = both(out, term.negated ? negation(one) : one);
      if (out == Truth::False) break;
    }
    return out;
  }

  std::vector<Conjunction> alternatives_;
  bool negated_;
};

class AlwaysTrue final : public Condition {
 public:
  [[nodiscard]] Truth evaluate(Evaluation&) const override { return Truth::True; }
  [[nodiscard]] bool needs_body() const override { return false; }
  [[nodiscard]] bool is_always() const override { return true; }
};

class ConditionParser {
 public:
  ConditionParser(const std::vector<base::Word>& words, Place place, CompileScope& scope)
      : words_(words), place_(place), scope_(scope) {}

  bool run(std::vector<Conjunction>& out) {
    out.emplace_back();
    while (at_ < words_.size()) {
      const std::string& text = words_[at_].text;
      if (text == "or" || text == "||") {
        if (out.back().empty()) return refuse(words_[at_], "nothing stands before '" + text + "'");
        out.emplace_back();
        if (++at_ == words_.size())
          return refuse(words_[at_ - 1], "nothing stands after '" + text + "'");
        continue;
      }
      Term term;
      if (!read_term(term))
        ok_ = false;
      else
        out.back().push_back(std::move(term));
      // Later terms are read even so, in order to report their errors too.
      if (stopped_) break;
    }
    return ok_;
  }

 private:
  bool refuse(const base::Word& word, std::string message) {
    scope_.diagnostics.error(word.span, std::move(message));
    return false;
  }

  bool read_term(Term& term) {
    base::Word word = words_[at_];
    // "!" may be written apart, and more than once.
    while (!word.text.empty() && word.text.front() == '!') {
      term.negated = !term.negated;
      word.text.erase(0, 1);
      if (word.span.length > 1) {
        ++word.span.column;
        --word.span.length;
      }
      if (!word.text.empty()) continue;
      if (++at_ == words_.size()) return refuse(words_[at_ - 1], "an ACL is missing after '!'");
      word = words_[at_];
    }
    if (word.text == "{") return read_anonymous(term);
    ++at_;
    term.acl = find_acl(word, place_, scope_);
    return term.acl != nullptr;
  }

  bool read_anonymous(Term& term) {
    const std::size_t open = at_++;
    std::vector<base::Word> inner;
    while (at_ < words_.size() && words_[at_].text != "}") inner.push_back(words_[at_++]);
    if (at_ == words_.size()) {
      stopped_ = true;
      return refuse(words_[open], "'{' is not closed by a '}' that stands alone");
    }
    ++at_;
    if (inner.empty()) return refuse(words_[open], "there is nothing between '{' and '}'");
    term.acl = compile_acl_words(inner, place_, "this condition", scope_);
    return term.acl != nullptr;
  }

  const std::vector<base::Word>& words_;
  Place place_;
  CompileScope& scope_;
  std::size_t at_ = 0;
  bool ok_ = true;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<const Condition> compile_condition(const std::vector<base::Word>& words,
                                                   bool negated, model::RulePoint point,
                                                   CompileScope& scope) {
  if (words.empty()) return std::make_unique<AlwaysTrue>();
  std::vector<Conjunction> alternatives;
  const std::size_t asked = scope.userlists.size();
  const bool ok = ConditionParser(words, place_of(point), scope).run(alternatives);
  scope.userlists.resize(asked);  // whoever asks a condition knows how to wait for it
  if (!ok) return nullptr;
  return std::make_unique<AclCondition>(std::move(alternatives), negated);
}

void check_unused_acls(CompileScope& scope) {
  if (scope.acls == nullptr) scope.acls = std::make_shared<AclCache>();
  std::set<std::string, std::less<>> known;
  for (const auto& [key, acl] : scope.acls->named) known.insert(key.first);
  for (const model::AclLine& line : scope.proxy.acls) {
    if (!known.insert(line.name).second) continue;
    // A place where everything of requests is at hand; an ACL on responses is only warned about
    // there.
    base::Diagnostics found;
    CompileScope apart{scope.config, scope.proxy, scope.live, found};
    (void)find_acl({line.name, line.span}, Place::HttpRequest, apart);
    for (const base::Diagnostic& diagnostic : found.all()) {
      if (diagnostic.severity == base::Severity::Error) {
        scope.diagnostics.error(diagnostic.span, diagnostic.message, diagnostic.hint);
      }
    }
  }
}

}  // namespace sluice::rules
