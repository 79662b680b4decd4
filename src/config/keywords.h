// The table of directives as text: for `sluice keywords`, and as the reference in markdown.
#pragma once

#include <string>

namespace sluice::config {

/// One line a keyword: its sections, its support, its help.
[[nodiscard]] std::string keywords_text();
/// The same with syntax, options of lines, and the reasons, as a page of documentation.
[[nodiscard]] std::string reference_markdown();

}  // namespace sluice::config
