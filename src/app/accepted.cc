#include "app/accepted.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "config/keywords.h"
#include "rules/acl.h"
#include "rules/action.h"
#include "rules/converter_table.h"
#include "rules/fetch_table.h"
#include "rules/format_tags.h"
#include "rules/pattern.h"

namespace sluice::app {
namespace {

constexpr rules::Place kRulePlaces[] = {
    rules::Place::Connection,        rules::Place::Session,         rules::Place::Content,
    rules::Place::HttpRequest,       rules::Place::ResponseContent, rules::Place::HttpResponse,
    rules::Place::HttpAfterResponse,
};

bool takes_actions(std::string_view keyword) {
  return std::ranges::any_of(kRulePlaces,
                             [&](rules::Place place) { return rules::name_of(place) == keyword; });
}

}  // namespace

std::vector<RuleWords> rule_words() {
  std::vector<RuleWords> out;
  for (rules::Place place : kRulePlaces)
    out.push_back({rules::name_of(place), rules::action_names(place)});
  out.push_back({"fetch", rules::fetch_names()});
  out.push_back({"converter", rules::converter_names()});
  out.push_back({"tag", rules::tag_names()});
  out.push_back({"acl predefined", rules::predefined_acl_names()});
  out.push_back({"acl -m", rules::match_method_names()});
  return out;
}

std::string accepted_text() {
  std::vector<std::string> lines;
  for (std::string& keyword : config::accepted_keywords()) {
    if (!takes_actions(keyword)) lines.push_back(std::move(keyword));
  }
  for (const RuleWords& words : rule_words()) {
    for (std::string_view name : words.names)
      lines.push_back(std::string(words.group) + ' ' + std::string(name));
  }
  std::ranges::sort(lines);
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

}  // namespace sluice::app
