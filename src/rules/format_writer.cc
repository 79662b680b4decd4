#include "rules/format_writer.h"

#include "base/text.h"

namespace sluice::rules {

namespace {

bool is_escaped(unsigned char byte, Escape escape) {
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

}  // namespace

void FormatWriter::put_number(std::int64_t value) noexcept {
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
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_escaped(byte, escape)) {
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
