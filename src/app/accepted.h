// All that a configuration may say, from the tables that the parsers use: a test holds each line
// against a test that fails without it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::app {

/// A line each: "global maxconn", "timeout client", "bind ssl", "http-request deny", "fetch path",
/// "converter lower", "tag ci", "acl predefined TRUE", "acl -m beg".
[[nodiscard]] std::string accepted_text();

/// What rules and formats are made of: the actions of each kind of rule, fetches, converters, …
struct RuleWords {
  std::string_view
      group;  // "http-request", "fetch", "converter", "tag", "acl predefined", "acl -m"
  std::vector<std::string_view> names;
};
[[nodiscard]] std::vector<RuleWords> rule_words();

}  // namespace sluice::app
