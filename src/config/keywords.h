// The table of directives as text: for `sluice keywords`, and as the reference in markdown.
#pragma once

#include <string>
#include <vector>

namespace sluice::config {

/// One line a keyword: its sections, its support, its help.
[[nodiscard]] std::string keywords_text();
/// One line for each directive and each option or word of a line that is taken, without the
/// actions, fetches and so on of rules.
[[nodiscard]] std::vector<std::string> accepted_keywords();
/// The same with syntax, options of lines, and the reasons, as a page of documentation.
[[nodiscard]] std::string reference_markdown();

}  // namespace sluice::config
