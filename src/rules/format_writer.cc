#include "rules/format_writer.h"

#include "base/text.h"

namespace sluice::rules {

namespace {

constexpr bool is_escaped(unsigned char byte, Escape escape) {
  const bool control = byte < 32 || byte == 127;
  switch (escape) {
    case Escape::None:
      return false;
    case Escape::Header:
      return control || byte > 127 || byte == '"' || byte == '#' || byte == '{' || byte == '|' ||
             byte == '}';
    case Escape::Url:
      return control || byte > 127 || byte == '"' || byte == '#';
    case Escape::Control:
      return control;
    case Escape::Http:
      return control && byte != '\t';
  }
  return false;
}

/// A bit per escape for each byte.
struct EscapeTable {
  unsigned char bits[256] = {};
  constexpr EscapeTable() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      for (const Escape escape : {Escape::Header, Escape::Url, Escape::Control, Escape::Http}) {
        if (is_escaped(static_cast<unsigned char>(byte), escape))
          bits[byte] |= static_cast<unsigned char>(1U << static_cast<unsigned>(escape));
      }
    }
  }
};
constexpr EscapeTable kEscapes;

}  // namespace

void FormatWriter::put_number(std::int64_t value) noexcept {
  if (value >= 0 && value < 10) {
    put(static_cast<char>('0' + value));
    return;
  }
  char digits[24];
  std::uint64_t size = static_cast<std::uint64_t>(value);
  if (value < 0) {
    put('-');
    size = 0 - size;
  }
  put({digits, base::write_unsigned(size, digits)});
}

void FormatWriter::put_hexadecimal(std::uint64_t value, int digits) noexcept {
  char text[16];
  int used = 0;
  do {
    text[15 - used++] = "0123456789ABCDEF"[value & 15];
    value >>= 4;
  } while (value != 0 || used < digits);
  put({text + 16 - used, static_cast<std::size_t>(used)});
}

void FormatWriter::put_escaped(std::string_view text, Escape escape, FormatFlags flags) noexcept {
  if (escape == Escape::None && !flags.backslash) {
    put(text);
    return;
  }
  const unsigned bit = 1U << static_cast<unsigned>(escape);
  if (!flags.backslash) {  // what comes before the first such byte, mostly all of it, is copied
    std::size_t plain = 0;
    while (plain < text.size() &&
           (kEscapes.bits[static_cast<unsigned char>(text[plain])] & bit) == 0)
      ++plain;
    put(text.substr(0, plain));
    text.remove_prefix(plain);
  }
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((kEscapes.bits[byte] & bit) != 0) {
      put(escape == Escape::Http ? '%' : '#');
      put("0123456789ABCDEF"[byte >> 4]);
      put("0123456789ABCDEF"[byte & 15]);
      continue;
    }
    if (flags.backslash && (c == '"' || c == '\\' || c == ']')) put('\\');
    put(c);
  }
}

}  // namespace sluice::rules
