// `stats …` of proxy sections: the statistics page. Any of these lines turns it on, and a section's
// own lines replace those of its defaults altogether, as in HAProxy.
#include <array>

#include "config/conditions_of_rules.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::StatsPage;
constexpr Support kYes = Support::Implemented;

StatsPage& page(Context& context, const Arguments& arguments) {
  StatsPage& stats = context.proxy->stats;
  if (!context.state->stats_detached) {
    stats = {};
    context.state->stats_detached = true;
  }
  stats.enabled = true;
  if (stats.span.line == 0) stats.span = arguments.span();
  return stats;
}

/// HAProxy makes a rule of `stats auth` itself, and so takes one or the other.
bool is_either(Arguments& arguments, const StatsPage& stats) {
  static const std::string kDefaultRealm = StatsPage().realm;
  const bool login = !stats.auth.empty() || stats.realm != kDefaultRealm;
  if (!login || stats.access.empty()) return true;
  arguments.error("'stats http-request' does not go with 'stats auth' and 'stats realm'",
                  "write 'stats http-request auth realm <realm>'");
  return false;
}

void parse_enable(Context& context, Arguments& arguments) {
  if (arguments.finish()) (void)page(context, arguments);
}
template <bool StatsPage::*Field>
void parse_flag(Context& context, Arguments& arguments) {
  if (arguments.finish()) page(context, arguments).*Field = true;
}

void parse_uri(Context& context, Arguments& arguments) {
  const base::Word* uri = arguments.expect("a path");
  if (uri != nullptr && arguments.finish()) page(context, arguments).uri = uri->text;
}
void parse_realm(Context& context, Arguments& arguments) {
  const base::Word* realm = arguments.expect("a text");
  if (realm == nullptr || !arguments.finish()) return;
  StatsPage& stats = page(context, arguments);
  stats.realm = realm->text;
  (void)is_either(arguments, stats);
}

void parse_auth(Context& context, Arguments& arguments) {
  const base::Word* word = arguments.expect("user:password");
  if (word == nullptr || !arguments.finish()) return;
  const std::size_t colon = word->text.find(':');
  if (colon == std::string::npos || colon == 0) {
    return arguments.error(word->span, "'stats auth' takes user:password");
  }
  StatsPage& stats = page(context, arguments);
  stats.auth.push_back({word->text.substr(0, colon), word->text.substr(colon + 1)});
  (void)is_either(arguments, stats);
}

void parse_refresh(Context& context, Arguments& arguments) {
  const auto value = arguments.seconds();
  if (value && arguments.finish()) page(context, arguments).refresh_s = *value;
}

void parse_show_node(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.next();
  if (arguments.finish()) page(context, arguments).show_node = name ? name->text : "";
}
void parse_show_desc(Context& context, Arguments& arguments) {
  page(context, arguments).description = arguments.take_rest();
}
void parse_scope(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a proxy's name, or .");
  if (name != nullptr && arguments.finish()) page(context, arguments).scopes.push_back(name->text);
}

/// `stats admin` and `stats operator`.
template <std::vector<StatsPage::Admin> StatsPage::*Field>
void parse_role(Context& context, Arguments& arguments) {
  const std::string name = "'" + arguments.name() + "'";
  SplitRule split = split_condition(arguments);
  if (!split.words.empty()) {
    return arguments.error(split.words.front().span,
                           name + " does not take '" + split.words.front().text + "'",
                           "write '" + arguments.name() + " if <condition>'");
  }
  if (split.condition.empty()) {
    return arguments.error(name + " needs a condition",
                           "'" + arguments.name() + " if TRUE' grants the buttons to everybody");
  }
  (page(context, arguments).*Field)
      .push_back({arguments.span(), std::move(split.condition), split.negated});
}

void parse_http_request(Context& context, Arguments& arguments) {
  using Kind = StatsPage::Access::Kind;
  SplitRule split = split_condition(arguments);
  const auto is = [&split](std::size_t i, std::string_view word) {
    return i < split.words.size() && split.words[i].text == word;
  };
  StatsPage::Access access;
  std::size_t used = 1;
  if (is(0, "auth")) {
    access.kind = Kind::Auth;
    if (is(1, "realm") && split.words.size() > 2) {
      access.realm = split.words[2].text;
      used = 3;
    }
  } else if (is(0, "deny")) {
    access.kind = Kind::Deny;
  } else if (!is(0, "allow")) {
    return arguments.error("'stats http-request' takes allow, deny, or auth [realm <realm>]");
  }
  if (split.words.size() > used) {
    const base::Word& word = split.words[used];
    return arguments.error(word.span, "'stats http-request' does not take '" + word.text + "'");
  }
  access.condition = std::move(split.condition);
  access.negated = split.negated;
  StatsPage& stats = page(context, arguments);
  stats.access.push_back(std::move(access));
  (void)is_either(arguments, stats);
}

constexpr std::array<Row, 14> kRows = {{
    {"stats enable", "", kProxies, kYes, Negation::No, parse_enable, "the statistics page"},
    {"stats uri", "<path>", kProxies, kYes, Negation::No, parse_uri, "its path"},
    {"stats auth", "<user>:<password>", kProxies, kYes, Negation::No, parse_auth, "who may see it"},
    {"stats realm", "<text>", kProxies, kYes, Negation::No, parse_realm,
     "what it asks the password for"},
    {"stats refresh", "<time>", kProxies, kYes, Negation::No, parse_refresh,
     "how often browsers load it again"},
    {"stats admin", "if|unless <condition>", kNoDefaults, kYes, Negation::No,
     parse_role<&StatsPage::admin>, "who may do everything: the role admin"},
    {"stats operator", "if|unless <condition>", kNoDefaults, kYes, Negation::No,
     parse_role<&StatsPage::operators>,
     "who may set states, weights and drains of servers, and no more; Sluice's own"},
    {"stats http-request", "allow|deny|auth [realm <realm>] [if|unless <condition>]", kNoDefaults,
     kYes, Negation::No, parse_http_request, "who may see it, by conditions"},
    {"stats hide-version", "", kProxies, kYes, Negation::No, parse_flag<&StatsPage::hide_version>,
     "does not show the version"},
    {"stats show-legends", "", kProxies, kYes, Negation::No, parse_flag<&StatsPage::show_legends>,
     "shows addresses and cookies"},
    {"stats show-modules", "", kProxies, Support::Unsupported, Negation::No, nullptr,
     "leave the line out: the metrics have every counter"},
    {"stats show-node", "[<name>]", kProxies, kYes, Negation::No, parse_show_node,
     "shows the node's name"},
    {"stats show-desc", "[<text>]", kProxies, kYes, Negation::No, parse_show_desc,
     "shows a description"},
    {"stats scope", "<proxy>|.", kProxies, kYes, Negation::No, parse_scope,
     "limits it to some proxies"},
}};

}  // namespace

std::span<const Row> stats() { return kRows; }

}  // namespace sluice::config::rows
