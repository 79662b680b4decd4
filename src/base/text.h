// Small text helpers without locale or allocation. ASCII only, as HTTP and configuration are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::base {

[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Without leading and trailing spaces and tabs (HTTP's OWS).
[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Decimal digits only, the whole text, no sign; nothing on overflow.
[[nodiscard]] std::optional<std::uint64_t> to_unsigned(std::string_view text);
/// An optional sign, then decimal digits.
[[nodiscard]] std::optional<std::int64_t> to_signed(std::string_view text);
/// Decimal into `out` (at least 20 bytes); returns the length.
std::size_t write_unsigned(std::uint64_t value, char* out) noexcept;

/// Calls `use(element)` for each comma-separated element, trimmed; empty ones are skipped.
template <class Use>
void for_each_element(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    if (!element.empty()) use(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string lower(std::string_view text);

/// HAProxy's time: a number with us, ms, s, m, h or d; without a unit `default_unit_us` counts.
/// In microseconds; nothing when malformed or over `most`, by default 2^31 - 1 ms.
[[nodiscard]] std::optional<std::uint64_t> parse_time_us(std::string_view text,
                                                         std::uint64_t default_unit_us,
                                                         std::uint64_t most = 2'147'483'647ULL *
                                                                              1'000ULL);
/// HAProxy's size: a number with an optional k, m or g (powers of 1024).
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace sluice::base
