#include "base/text.h"

#include <charconv>

namespace sluice::base {

std::optional<std::uint64_t> to_unsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_signed(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::size_t write_unsigned(std::uint64_t value, char* out) noexcept {
  return static_cast<std::size_t>(std::to_chars(out, out + 20, value).ptr - out);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::optional<std::uint64_t> parse_time_us(std::string_view text, std::uint64_t default_unit_us,
                                           std::uint64_t most) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto number = to_unsigned(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view unit = text.substr(digits);
  std::uint64_t unit_us = 0;
  if (unit.empty())
    unit_us = default_unit_us;
  else if (unit == "us")
    unit_us = 1;
  else if (unit == "ms")
    unit_us = 1'000;
  else if (unit == "s")
    unit_us = 1'000'000;
  else if (unit == "m")
    unit_us = 60'000'000;
  else if (unit == "h")
    unit_us = 3'600'000'000;
  else if (unit == "d")
    unit_us = 86'400'000'000;
  else
    return std::nullopt;
  if (*number > most / unit_us) return std::nullopt;
  return *number * unit_us;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t factor = 1;
  switch (to_lower(text.back())) {
    case 'k':
      factor = 1ULL << 10;
      break;
    case 'm':
      factor = 1ULL << 20;
      break;
    case 'g':
      factor = 1ULL << 30;
      break;
    default:
      break;
  }
  if (factor != 1) text.remove_suffix(1);
  const auto number = to_unsigned(text);
  if (!number || *number > UINT64_MAX / factor) return std::nullopt;
  return *number * factor;
}

}  // namespace sluice::base
