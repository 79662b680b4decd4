#include "demo/text.h"

#include "base/text.h"

namespace sluice::demo {

namespace {

int hex_digit(char c) {
  if (base::is_digit(c)) return c - '0';
  const char letter = base::to_lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

std::string url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const char letter = base::to_lower(c);
    if (base::is_digit(c) || (letter >= 'a' && letter <= 'z') || c == '-' || c == '_' || c == '.' ||
        c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  for (const std::string_view pair : base::split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (url_decode(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : url_decode(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::optional<std::string> cookie_value(std::string_view cookies, std::string_view name) {
  for (const std::string_view part : base::split(cookies, ';')) {
    const std::string_view pair = base::trim(part);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return std::string(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::string html_escape(std::string_view text) {
  std::string out;
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
  return out;
}

}  // namespace sluice::demo
