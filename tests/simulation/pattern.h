// Bodies that tell where they come from: each byte follows from a number and its position, so that
// crossed, lost, repeated and shifted bytes are all found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::simulation {

[[nodiscard]] inline char pattern_byte(std::uint64_t number, std::size_t at) {
  return static_cast<char>('!' + (number * 37 + at * 31 + (at >> 8) * 17) % 90);
}

[[nodiscard]] inline std::string pattern(std::uint64_t number, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t at = 0; at < size; ++at) out[at] = pattern_byte(number, at);
  return out;
}

/// Whether `text` is the beginning of the pattern of that number.
[[nodiscard]] inline bool begins_pattern(std::uint64_t number, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != pattern_byte(number, at)) return false;
  }
  return true;
}

}  // namespace sluice::simulation
