// acl, use_backend and the rules. Config keeps their words; the rules room compiles them.
#include <array>

#include "config/conditions_of_rules.h"
#include "config/names.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::RulePoint;
constexpr Support kYes = Support::Implemented;

// HAProxy runs rules by kind whatever their order in the file, and warns of a misleading one.
void note_rank(Context& context, Arguments& arguments, RuleRank rank, std::string_view keyword) {
  SectionState& state = *context.state;
  if (rank < state.last_rank) {
    arguments.warning("a '" + std::string(keyword) + "' rule placed after a '" +
                      state.last_rank_keyword + "' rule is still evaluated before it");
    return;
  }
  state.last_rank = rank;
  state.last_rank_keyword = keyword;
}

constexpr RuleRank rank_of(RulePoint point) {
  switch (point) {
    case RulePoint::Connection:
      return RuleRank::TcpConnection;
    case RulePoint::Session:
      return RuleRank::TcpSession;
    case RulePoint::Content:
      return RuleRank::TcpContent;
    case RulePoint::HttpRequest:
      return RuleRank::HttpRequest;
    case RulePoint::ResponseContent:
    case RulePoint::HttpResponse:
    case RulePoint::HttpAfterResponse:
      break;
  }
  return RuleRank::None;
}

template <RulePoint Point>
void parse_rule(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (split.words.empty()) return arguments.error("'" + arguments.name() + "' needs an action");
  if constexpr (rank_of(Point) != RuleRank::None) {
    note_rank(context, arguments, rank_of(Point), arguments.name());
  }
  context.proxy->rules.push_back(
      {Point, arguments.span(), std::move(split.words), std::move(split.condition), split.negated});
}

void parse_redirect(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (split.words.empty()) {
    return arguments.error("'redirect' needs location, prefix or scheme and its value");
  }
  note_rank(context, arguments, RuleRank::Redirect, "redirect");
  split.words.insert(split.words.begin(), base::Word{"redirect", arguments.span()});
  context.state->redirects.push_back({RulePoint::HttpRequest, arguments.span(),
                                      std::move(split.words), std::move(split.condition),
                                      split.negated});
}

void parse_use_backend(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (split.words.empty()) return arguments.error("'use_backend' needs a backend's name");
  if (split.words.size() > 1) {
    return arguments.error(split.words[1].span,
                           "'use_backend' does not take '" + split.words[1].text + "'",
                           "a condition begins with 'if' or 'unless'");
  }
  note_rank(context, arguments, RuleRank::UseBackend, "use_backend");
  context.proxy->use_backends.push_back(
      {arguments.span(), std::move(split.words[0]), std::move(split.condition), split.negated});
}

void parse_use_server(Context& context, Arguments& arguments) {
  SplitRule split = split_condition(arguments);
  if (split.words.empty()) return arguments.error("'use-server' needs a server's name");
  if (split.words.size() > 1) {
    return arguments.error(split.words[1].span,
                           "'use-server' does not take '" + split.words[1].text + "'",
                           "a condition begins with 'if' or 'unless'");
  }
  if (split.condition.empty()) {
    return arguments.error("'use-server' needs a condition", "it begins with 'if' or 'unless'");
  }
  note_rank(context, arguments, RuleRank::UseServer, "use-server");
  context.proxy->use_servers.push_back(
      {arguments.span(), std::move(split.words[0]), std::move(split.condition), split.negated});
}

void parse_acl(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a name and a criterion");
  if (name == nullptr) return;
  if (const auto bad = bad_name_byte(name->text)) {
    return arguments.error(name->span,
                           "an ACL's name cannot contain '" + std::string(1, *bad) + "'",
                           std::string(kNameBytes));
  }
  if (name->text == "or" || name->text == "if" || name->text == "unless") {
    return arguments.error(name->span, "an ACL cannot be called '" + name->text + "'");
  }
  if (arguments.empty()) return arguments.error(name->span, "this ACL has no criterion");
  const auto words = arguments.rest();
  context.proxy->acls.push_back({name->text, name->span, {words.begin(), words.end()}});
}

constexpr Where kServerRules{Place::No, Place::No, Place::Ignored, Place::Yes};
constexpr std::string_view kRule = "<action> [<argument>…] [if|unless <condition>]";

constexpr std::array<Row, 11> kRows = {{
    {"acl", "<name> <criterion> [<flag>…] [<value>…]", kRules, kYes, Negation::No, parse_acl,
     "names a test for conditions"},
    {"use_backend", "<backend> [if|unless <condition>]", kFrontendsNoDefaults, kYes, Negation::No,
     parse_use_backend, "chooses a backend"},
    {"use-server", "<server> if|unless <condition>", kServerRules, kYes, Negation::No,
     parse_use_server, "chooses a server"},
    {"http-request", kRule, kRules, kYes, Negation::No, parse_rule<RulePoint::HttpRequest>,
     "a rule for requests"},
    {"http-response", kRule, kRules, kYes, Negation::No, parse_rule<RulePoint::HttpResponse>,
     "a rule for responses of servers"},
    {"http-after-response", kRule, kRules, kYes, Negation::No,
     parse_rule<RulePoint::HttpAfterResponse>, "a rule for all responses, our own included"},
    {"tcp-request connection", kRule, kFrontendRules, kYes, Negation::No,
     parse_rule<RulePoint::Connection>, "a rule for connections as they are accepted"},
    {"tcp-request session", kRule, kFrontendRules, kYes, Negation::No,
     parse_rule<RulePoint::Session>, "a rule for connections after TLS"},
    {"tcp-request content", kRule, kRules, kYes, Negation::No, parse_rule<RulePoint::Content>,
     "a rule for the bytes of a client"},
    {"tcp-response content", kRule, kBackendRules, kYes, Negation::No,
     parse_rule<RulePoint::ResponseContent>, "a rule for the bytes of a server"},
    {"redirect", "location|prefix|scheme <to> [code <code>] [if|unless <condition>]", kNoDefaults,
     kYes, Negation::No, parse_redirect, "answers with a redirection, after http-request rules"},
}};

}  // namespace

std::span<const Row> rules() { return kRows; }

}  // namespace sluice::config::rows
