#include "admin/html.h"

namespace sluice::admin {

void append_escaped_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

std::string escape_html(std::string_view text) {
  std::string out;
  append_escaped_html(out, text);
  return out;
}

std::string_view template_part(std::string_view file, std::string_view name) {
  const std::string opening = "<!-- part " + std::string(name) + " -->\n";
  std::size_t from = file.find(opening);
  if (from == std::string_view::npos) return {};
  from += opening.size();
  return file.substr(from, file.find("<!-- part ", from) - from);
}

void fill(std::string& out, std::string_view part, std::initializer_list<Place> places) {
  for (;;) {
    const std::size_t open = part.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : part.find("}}", open);
    if (close == std::string_view::npos) {
      out += part;
      return;
    }
    out += part.substr(0, open);
    const std::string_view name = part.substr(open + 2, close - open - 2);
    for (const Place& place : places) {
      if (place.first == name) out += place.second;
    }
    part.remove_prefix(close + 2);
  }
}

}  // namespace sluice::admin
