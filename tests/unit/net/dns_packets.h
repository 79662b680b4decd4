// DNS messages made byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::net::test {

inline std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}
inline std::string u32(std::uint32_t value) { return u16(value >> 16) + u16(value & 0xFFFF); }

inline std::string encoded(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    out += static_cast<char>(label.size()) + std::string(label);
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  }
  return out + '\0';
}

struct Packet {
  unsigned id = 7;
  unsigned flags = 0x8180;
  std::string question_name = encoded("app.local");
  unsigned question_type = 1;
  unsigned questions = 1;
  std::vector<std::string> answers, authority, additional;
  int said_answers = -1;  // -1: as many as there are

  [[nodiscard]] std::string text() const {
    const auto count = [](const auto& list) { return u16(static_cast<unsigned>(list.size())); };
    std::string out = u16(id) + u16(flags) + u16(questions);
    out += said_answers < 0 ? count(answers) : u16(static_cast<unsigned>(said_answers));
    out += count(authority) + count(additional);
    if (questions != 0) out += question_name + u16(question_type) + u16(1);
    for (const auto* list : {&answers, &authority, &additional})
      for (const std::string& record : *list) out += record;
    return out;
  }
};

/// `owner` is encoded already, so that it may be a pointer: "\xC0\x0C" is the question's name.
inline std::string record(const std::string& owner, unsigned type, std::uint32_t ttl_s,
                          const std::string& data) {
  return owner + u16(type) + u16(1) + u32(ttl_s) + u16(static_cast<unsigned>(data.size())) + data;
}

}  // namespace sluice::net::test
