// The table of directives as text: for `sluice keywords`, and as the reference in markdown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/table.h"

namespace sluice::config {

/// One line a keyword: its sections, its support, its help.
[[nodiscard]] std::string keywords_text();
/// One line for each directive and each option or word of a line that is taken, without the
/// actions, fetches and so on of rules.
[[nodiscard]] std::vector<std::string> accepted_keywords();
/// A row of the tables as a reference shows it; the views are of the tables, which are constant.
struct ReferenceEntry {
  std::string_view keyword;
  std::string_view syntax;
  std::string sections;  // "GDFLBA" with dashes; empty for an option of a line
  Support support;
  Negation negation;
  std::string_view help;
};
struct ReferenceGroup {
  std::string_view title;  // "bind", "server and default-server"
  std::vector<ReferenceEntry> entries;
};
/// The directives of that support, sorted.
[[nodiscard]] std::vector<ReferenceEntry> reference_directives(Support support);
/// The options of lines, a group a line.
[[nodiscard]] std::vector<ReferenceGroup> reference_options();

/// The same with syntax, options of lines, and the reasons, as a page of documentation.
[[nodiscard]] std::string reference_markdown();

}  // namespace sluice::config
