#include "rules/url.h"

namespace sluice::rules {

bool next_parameter(std::string_view list, char delimiter, std::string_view name,
                    std::size_t& offset, std::string_view& value) noexcept {
  while (offset < list.size()) {
    std::size_t end = offset;
    while (end < list.size() && list[end] != '&' && list[end] != ';' && list[end] != delimiter)
      ++end;
    const std::string_view parameter = list.substr(offset, end - offset);
    offset = end + 1;
    const std::size_t equals = parameter.find('=');
    if (!name.empty() && parameter.substr(0, equals) != name) continue;
    value =
        equals == std::string_view::npos ? std::string_view{"", 0} : parameter.substr(equals + 1);
    return true;
  }
  return false;
}

int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::size_t percent_decode(std::string_view text, PlusSign plus, char* out) noexcept {
  char* at = out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::string_view::npos;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::string_view::npos;
      *at++ = static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      *at++ = text[i] == '+' && plus == PlusSign::Space ? ' ' : text[i];
    }
  }
  return static_cast<std::size_t>(at - out);
}

}  // namespace sluice::rules
