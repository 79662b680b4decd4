#include "http/h1/field_line.h"

#include <bit>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"

namespace sluice::http::h1 {

namespace {

constexpr bool is_tchar(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  for (const char other :
       {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
    if (c == static_cast<unsigned char>(other)) return true;
  return false;
}

struct TcharTable {
  bool is[256] = {};
  constexpr TcharTable() {
    for (int c = 0; c < 256; ++c) is[c] = is_tchar(static_cast<unsigned char>(c));
  }
};
constexpr TcharTable kTchar;

/// Neither visible, nor obs-text, nor space: where a value ends, or what it must not have.
constexpr bool stops_value(unsigned char c) { return c < 0x20 || c == 0x7F; }

/// The first byte at or behind `at` that stops a value; `end` when there is none.
const char* value_stop(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  const __m128i last_control = _mm_set1_epi8(0x1F);
  const __m128i del = _mm_set1_epi8(0x7F);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const auto stops =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_cmpeq_epi8(bytes, del))));
    if (stops != 0) return at + std::countr_zero(stops);
  }
#endif
  while (at < end && !stops_value(static_cast<unsigned char>(*at))) ++at;
  return at;
}

#ifdef __SSE2__
/// The place of a colon among the first 16 bytes, all before it of the common bytes of names
/// (letters, digits, hyphens); null where the slower way has to look.
const char* short_name_end(const char* line) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(line));
  const auto colons =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':'))));
  if (colons == 0) return nullptr;
  // Within a range: what is left of the byte less the range's first is at most its size less one.
  const __m128i letter = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
  const __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i common =
      _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter),
                                _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)),
                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
  const int length = std::countr_zero(colons);
  const auto uncommon = ~static_cast<unsigned>(_mm_movemask_epi8(common));
  return std::countr_zero(uncommon) == length ? line + length : nullptr;
}
#endif

/// The colon behind a name; null where there is none or the name is not one.
const char* name_end(const char* line, const char* end) noexcept {
#ifdef __SSE2__
  if (end - line >= 16) {
    if (const char* colon = short_name_end(line)) return colon != line ? colon : nullptr;
  }
#endif
  const char* at = line;
  while (at < end && kTchar.is[static_cast<unsigned char>(*at)]) ++at;
  return at != line && at != end && *at == ':' ? at : nullptr;
}

/// A space at most, then digits only, far from an overflow: llhttp has nothing to say of it.
bool is_plain_length(std::string_view value) noexcept {
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (value.empty() || value.size() > 18) return false;
  bool digits = true;
  for (const char c : value) digits = digits && c >= '0' && c <= '9';
  return digits;
}

/// Mostly one space stands before a value and none behind it.
std::string_view trimmed(std::string_view value) noexcept {
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (value.empty()) return value;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  return is_space(value.front()) || is_space(value.back()) ? base::trim(value) : value;
}

}  // namespace

bool is_token_byte(unsigned char byte) noexcept { return kTchar.is[byte]; }

const char* take_plain_line(const char* line, const char* end, Field& field) noexcept {
  const char* colon = name_end(line, end);
  if (colon == nullptr) return nullptr;
  const char* at = value_stop(colon + 1, end);
  while (at < end && *at == '\t') at = value_stop(at + 1, end);
  if (end - at < 2 || at[0] != '\r' || at[1] != '\n') return nullptr;
  field.name = {line, static_cast<std::size_t>(colon - line)};
  field.id = field_id(field.name);
  field.one_hop = false;
  if (field.id == FieldId::TransferEncoding) return nullptr;
  const std::string_view value(colon + 1, static_cast<std::size_t>(at - colon) - 1);
  if (field.id == FieldId::ContentLength && !is_plain_length(value)) return nullptr;
  field.value = trimmed(value);
  return at + 2;
}

}  // namespace sluice::http::h1
