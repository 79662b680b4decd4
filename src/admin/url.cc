#include "admin/url.h"

#include "base/text.h"

namespace sluice::admin {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || base::is_digit(c) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string url_decode(std::string_view text, PlusSign plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus == PlusSign::IsSpace) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string url_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

Parameters parse_form(std::string_view text, std::size_t limit) {
  Parameters out;
  while (!text.empty() && out.size() < limit) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    if (!pair.empty()) {
      const std::size_t equals = pair.find('=');
      out.emplace_back(url_decode(pair.substr(0, equals), PlusSign::IsSpace),
                       equals == std::string_view::npos
                           ? std::string()
                           : url_decode(pair.substr(equals + 1), PlusSign::IsSpace));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string authority_of(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string scheme = base::lower(url.substr(0, colon));
  url.remove_prefix(colon + 3);
  std::string authority = base::lower(url.substr(0, url.find_first_of("/?#")));
  const std::string own_port = scheme == "https" ? ":443" : ":80";
  if (authority.size() > own_port.size() && authority.ends_with(own_port)) {
    authority.resize(authority.size() - own_port.size());
  }
  return authority;
}

}  // namespace sluice::admin
