// Which bytes the names of proxies, servers and ACLs may have (manual §4).
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"

namespace sluice::config {

inline constexpr std::string_view kNameBytes =
    "letters, digits, '-', '_', '.' and ':' may stand there";

/// The first byte that may not stand in a name.
[[nodiscard]] constexpr std::optional<char> bad_name_byte(std::string_view name) {
  for (char c : name) {
    const char low = base::to_lower(c);
    const bool fine = base::is_digit(c) || (low >= 'a' && low <= 'z') || c == '-' || c == '_' ||
                      c == '.' || c == ':';
    if (!fine) return c;
  }
  return std::nullopt;
}

/// A token of RFC 9110 §5.6.2.
[[nodiscard]] constexpr bool is_field_name(std::string_view name) {
  for (char c : name) {
    const char low = base::to_lower(c);
    const bool fine = base::is_digit(c) || (low >= 'a' && low <= 'z') ||
                      std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    if (!fine) return false;
  }
  return !name.empty();
}

}  // namespace sluice::config
