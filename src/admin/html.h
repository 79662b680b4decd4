// Writing HTML: every value passes through escape_html. A Template is an embedded file cut to named
// parts, whose {{places}} are filled with text that is already HTML.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::admin {

/// &, <, >, ", ' become entities: safe inside elements and quoted attributes.
void append_escaped_html(std::string& out, std::string_view text);
[[nodiscard]] std::string escape_html(std::string_view text);

/// The part of `file` between "<!-- part NAME -->" and the next such line.
[[nodiscard]] std::string_view template_part(std::string_view file, std::string_view name);
using Place = std::pair<std::string_view, std::string_view>;
/// Appends `part`, every {{name}} replaced; a place without a value is left out.
void fill(std::string& out, std::string_view part, std::initializer_list<Place> places);

}  // namespace sluice::admin
