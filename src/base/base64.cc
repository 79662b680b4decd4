#include "base/base64.h"

#include "base/text.h"

namespace sluice::base {

namespace {

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, char* out) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
    unsigned bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k + padding >= 4 ? 0 : value_of(text[i + k]);
      if (value < 0) return std::nullopt;
      bits = bits << 6 | static_cast<unsigned>(value);
    }
    out[size++] = static_cast<char>(bits >> 16);
    if (padding < 2) out[size++] = static_cast<char>(bits >> 8 & 0xFF);
    if (padding < 1) out[size++] = static_cast<char>(bits & 0xFF);
  }
  return size;
}

}  // namespace sluice::base
