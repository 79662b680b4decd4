#include "rules/acl.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/files.h"
#include "base/text.h"
#include "rules/acl_criterion.h"
#include "rules/cast.h"
#include "rules/unsupported.h"

namespace sluice::rules {

std::optional<Criterion> find_criterion(std::string_view name) noexcept {
  if (find_fetch(name) != nullptr) return Criterion{name, std::nullopt};
  const std::size_t mark = name.rfind('_');
  if (mark == std::string_view::npos) return std::nullopt;
  static constexpr std::string_view kSuffixes[] = {"beg", "end", "sub", "dir", "dom", "len", "reg"};
  const std::string_view suffix = name.substr(mark + 1);
  if (std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) == std::end(kSuffixes))
    return std::nullopt;
  const FetchRow* row = find_fetch(name.substr(0, mark));
  if (row == nullptr || row->type != SampleType::String) return std::nullopt;
  return Criterion{row->name, find_match_method(suffix)->method};
}

Truth AclTest::evaluate(Evaluation& evaluation) const {
  Iteration iteration;
  iteration.wanted = true;
  Certainty certainty = Certainty::Final;
  do {
    Sample sample;
    if (!expression_->evaluate_next(evaluation, iteration, sample, certainty)) {
      // A converter that failed on one value leaves the others to be tried.
      if (iteration.more) continue;
      break;
    }
    if (patterns_.matches(sample, *evaluation.arena)) return Truth::True;
  } while (iteration.more);
  return certainty == Certainty::MayChange ? Truth::Unknown : Truth::False;
}

Truth Acl::evaluate(Evaluation& evaluation) const {
  Truth out = Truth::False;
  for (const AclTest& test : tests) {
    out = either(out, test.evaluate(evaluation));
    if (out == Truth::True) break;
  }
  return out;
}

bool Acl::needs_body() const {
  return std::any_of(tests.begin(), tests.end(),
                     [](const AclTest& test) { return test.needs_body(); });
}

bool Acl::needs_login() const {
  return std::any_of(tests.begin(), tests.end(),
                     [](const AclTest& test) { return test.needs_login(); });
}

namespace {

/// "3.1" or "3.1:3.3" with each version as the number that the fetch yields: major by 65536 plus
/// minor. What is no version is left as it is, for the error.
std::string number_of_versions(const std::string& text) {
  std::string out;
  for (const std::string_view version : base::split(text, ':')) {
    unsigned major = 0;
    unsigned minor = 0;
    const char* at = version.data();
    const char* const end = at + version.size();
    auto read = std::from_chars(at, end, major);
    if (read.ec == std::errc{} && read.ptr != end && *read.ptr == '.')
      read = std::from_chars(read.ptr + 1, end, minor);
    if (read.ec != std::errc{} || read.ptr != end || major > 255 || minor > 255) return text;
    if (!out.empty()) out += ':';
    out += std::to_string(major * 65'536 + minor);
  }
  return out;
}

/// Reads flags, an operator and values behind a criterion.
class AclParser {
 public:
  AclParser(const std::vector<base::Word>& words, Place place, std::string_view called,
            CompileScope& scope)
      : words_(words), place_(place), called_(called), scope_(scope) {}

  std::shared_ptr<Acl> run() {
    auto expression = read_criterion();
    if (expression == nullptr) return nullptr;
    if (!read_method(*expression)) return nullptr;
    if (!read_groups(*expression)) return nullptr;
    PatternSet patterns(*method_);
    if (!read_values(patterns) || !check(*expression, patterns)) return nullptr;
    auto acl = std::make_shared<Acl>();
    acl->tests.emplace_back(std::move(expression), std::move(patterns));
    return acl;
  }

 private:
  bool refuse(const base::SourceSpan& span, std::string message, std::string hint = {}) {
    scope_.diagnostics.error(span, std::move(message), std::move(hint));
    return false;
  }

  std::unique_ptr<CompiledExpression> read_criterion() {
    const base::Word& word = words_[at_++];
    const auto parsed = parse_expression(word.text, 0, word.span, scope_.diagnostics);
    if (!parsed) return nullptr;
    if (parsed->end != word.text.size()) {
      refuse(span_within(word.span, word.text.size(), parsed->end, word.text.size() - parsed->end),
             "'" + word.text.substr(parsed->end) + "' is left over after the criterion");
      return nullptr;
    }
    const ParsedCall& first = parsed->calls.front();
    const auto criterion = find_criterion(first.name);
    if (!criterion && !is_unsupported_fetch(first.name) &&
        !is_unsupported_fetch(without_suffix(first.name))) {
      refuse(first.span, "there is no ACL criterion '" + first.name + "'",
             did_you_mean(first.name, fetch_names()));
      return nullptr;
    }
    is_group_test_ = parsed->calls.size() == 1 && first.name == "http_auth_group";
    versions_ = parsed->calls.size() == 1 && criterion &&
                (criterion->fetch == "req.ssl_ver" || criterion->fetch == "req_ssl_ver");
    // The method in a criterion's name holds only while no converter changes what is compared.
    if (criterion && parsed->calls.size() == 1) method_ = criterion->method;
    auto expression = compile_parsed(
        *parsed, criterion ? criterion->fetch : std::string_view(first.name), place_, scope_);
    if (expression != nullptr && !usable_at(expression->fetch(), place_, scope_.proxy)) {
      scope_.diagnostics.warning(first.span, std::string(called_) + " never matches: '" +
                                                 first.name + "' is not available in " +
                                                 std::string(name_of(place_)));
    }
    return expression;
  }

  static std::string_view without_suffix(std::string_view name) {
    return name.substr(0, name.rfind('_'));
  }

  [[nodiscard]] bool is_flag(std::size_t i) const {
    return i < words_.size() && words_[i].text.size() == 2 && words_[i].text[0] == '-' &&
           std::string_view("mifMnu-").find(words_[i].text[1]) != std::string_view::npos;
  }

  /// -m may stand anywhere among the flags, but what it says must be known before the first file.
  bool read_method(const CompiledExpression& expression) {
    for (std::size_t i = at_; is_flag(i); ++i) {
      const char flag = words_[i].text[1];
      if (flag == '-') break;
      const bool has_value = flag == 'm' || flag == 'f' || flag == 'u';
      if (has_value && i + 1 >= words_.size())
        return refuse(words_[i].span, "'" + words_[i].text + "' needs a value");
      if (flag == 'm' && !set_method(words_[i + 1])) return false;
      if (has_value) ++i;
    }
    if (!method_) method_ = default_method(expression.type());
    if (method_) return true;
    return refuse(words_[0].span,
                  "a sample of type " + std::string(name_of(expression.type())) +
                      " has no default match method",
                  "choose one with '-m', such as '-m str'");
  }

  /// http_auth_group compares with groups, which the list has to have.
  bool read_groups(CompiledExpression& expression) {
    if (!is_group_test_) return true;
    const base::Word& criterion = words_[0];
    if (says_method_)
      return refuse(criterion.span, "'http_auth_group' compares groups, and takes no '-m'");
    if (at_ == words_.size())
      return refuse(criterion.span, "'http_auth_group' needs a group to compare with");
    expression.set_option(kEachGroup);
    groups_ = &expression.userlist()->groups;
    return true;
  }

  bool set_method(const base::Word& word) {
    const MatchMethodRow* row = find_match_method(word.text);
    if (row == nullptr) {
      return refuse(word.span, "there is no match method '" + word.text + "'",
                    did_you_mean(word.text, match_method_names()));
    }
    method_ = row->method;
    says_method_ = true;
    return true;
  }

  bool read_flag(PatternSet& patterns) {
    switch (words_[at_].text[1]) {
      case 'i':
        fold_ = RegexCase::Ignore;
        ++at_;
        return true;
      case 'M':
        two_columns_ = true;
        ++at_;
        return true;
      case 'f':
        at_ += 2;
        return read_file(words_[at_ - 1], patterns);
      case 'm':
      case 'u':
        at_ += 2;
        return true;
      default:
        ++at_;
        return true;  // -n: names are never resolved here
    }
  }

  bool read_values(PatternSet& patterns) {
    while (is_flag(at_)) {
      const bool last = words_[at_].text == "--";
      if (last) {
        ++at_;
        break;
      }
      if (!read_flag(patterns)) return false;
    }
    const bool integers = *method_ == MatchMethod::Int || *method_ == MatchMethod::Length;
    for (; at_ < words_.size(); ++at_) {
      const base::Word& word = words_[at_];
      const auto operation = integers ? parse_operator(word.text) : std::nullopt;
      if (operation) {
        operation_ = *operation;
        continue;
      }
      // A boolean criterion ignores its values, as in HAProxy.
      if (*method_ == MatchMethod::Bool || *method_ == MatchMethod::Found) continue;
      if (groups_ != nullptr && std::ranges::find(*groups_, word.text) == groups_->end()) {
        return refuse(word.span, "the userlist has no group '" + word.text + "'",
                      did_you_mean(word.text, {groups_->begin(), groups_->end()}));
      }
      const auto added =
          patterns.add(versions_ ? number_of_versions(word.text) : word.text, fold_, operation_);
      if (!added) return refuse(word.span, added.error().detail);
    }
    return true;
  }

  bool read_file(const base::Word& name, PatternSet& patterns) {
    const auto content = base::files::read(name.text);
    if (!content) return refuse(name.span, "the file '" + name.text + "' cannot be read");
    std::istringstream file(*content);
    from_file_ = true;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty() || line.front() == '#') continue;
      std::string_view pattern = base::trim(line);
      if (pattern.empty()) continue;
      if (two_columns_) pattern = pattern.substr(0, pattern.find_first_of(" \t"));
      const auto added = patterns.add(pattern, fold_, IntegerOperator::Equal);
      if (!added) {
        return refuse(name.span, added.error().detail + " (line " + std::to_string(number) +
                                     " of '" + name.text + "')");
      }
    }
    return true;
  }

  bool check(const CompiledExpression& expression, const PatternSet& patterns) {
    const SampleType input = row_of(*method_).input;
    if (!can_cast(expression.type(), input)) {
      return refuse(words_[0].span, "'-m " + std::string(row_of(*method_).name) +
                                        "' cannot compare a sample of type " +
                                        std::string(name_of(expression.type())));
    }
    const bool needs_value = *method_ != MatchMethod::Bool && *method_ != MatchMethod::Found;
    if (!needs_value || !patterns.empty() || from_file_) return true;
    scope_.diagnostics.warning(
        words_[0].span, std::string(called_) + " never matches: it has no value to compare with");
    return true;
  }

  const std::vector<base::Word>& words_;
  Place place_;
  std::string_view called_;
  CompileScope& scope_;
  std::size_t at_ = 0;
  std::optional<MatchMethod> method_;
  RegexCase fold_ = RegexCase::Sensitive;
  IntegerOperator operation_ = IntegerOperator::Equal;
  bool says_method_ = false;  // by -m
  bool is_group_test_ = false;
  const std::vector<std::string>* groups_ = nullptr;  // of such a test's list
  bool versions_ = false;                             // values are written MAJOR.MINOR
  bool two_columns_ = false;
  bool from_file_ = false;
};

std::vector<base::Word> words_of(const PredefinedAcl& predefined, const base::SourceSpan& span) {
  std::vector<base::Word> words;
  for (std::string_view part : base::split(predefined.words, ' '))
    words.push_back({std::string(part), span});
  return words;
}

std::shared_ptr<Acl> compile_named(const base::Word& name, Place place, CompileScope& scope,
                                   bool& found) {
  auto acl = std::make_shared<Acl>();
  bool ok = true;
  for (const model::AclLine& line : scope.proxy.acls) {
    if (line.name != name.text) continue;
    found = true;
    const std::string called = "the ACL '" + line.name + "'";
    if (line.words.empty()) {
      scope.diagnostics.error(line.span, called + " has no criterion");
      ok = false;
      continue;
    }
    const auto one = compile_acl_words(line.words, place, called, scope);
    ok = one != nullptr && ok;
    if (one == nullptr) continue;
    for (AclTest& test : one->tests) acl->tests.push_back(std::move(test));
  }
  return ok ? acl : nullptr;
}

}  // namespace

std::shared_ptr<Acl> compile_acl_words(const std::vector<base::Word>& words, Place place,
                                       std::string_view called, CompileScope& scope) {
  return AclParser(words, place, called, scope).run();
}

std::shared_ptr<const Acl> find_acl(const base::Word& name, Place place, CompileScope& scope) {
  if (scope.acls == nullptr) scope.acls = std::make_shared<AclCache>();
  const auto key = std::make_pair(name.text, place);
  const auto known = scope.acls->named.find(key);
  if (known != scope.acls->named.end()) return known->second;
  bool found = false;
  std::shared_ptr<const Acl> acl = compile_named(name, place, scope, found);
  if (!found) {
    const PredefinedAcl* predefined = find_predefined_acl(name.text);
    if (predefined == nullptr) {
      std::vector<std::string_view> names = predefined_acl_names();
      for (const model::AclLine& line : scope.proxy.acls) names.push_back(line.name);
      scope.diagnostics.error(name.span, "there is no ACL '" + name.text + "' in this section",
                              did_you_mean(name.text, names));
      return nullptr;
    }
    acl = compile_acl_words(words_of(*predefined, name.span), place, "the ACL '" + name.text + "'",
                            scope);
  }
  scope.acls->named.emplace(key, acl);
  return acl;
}

}  // namespace sluice::rules
