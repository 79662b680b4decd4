// A value of a statistics field as HAProxy types it: nothing, a number of a width, or a text.
// Plain data; made by a field's getter, written by csv, typed, json and prometheus alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::stats {

struct Value {
  enum class Type : std::uint8_t { Empty, S32, U32, U64, Text };
  Type type = Type::Empty;
  std::uint64_t number = 0;  // S32 is kept sign-extended
  std::string text;

  [[nodiscard]] bool empty() const { return type == Type::Empty; }
  [[nodiscard]] bool is_text() const { return type == Type::Text; }
  [[nodiscard]] std::int64_t as_signed() const { return static_cast<std::int64_t>(number); }
};

[[nodiscard]] inline Value nothing() { return {}; }
[[nodiscard]] inline Value u32(std::uint64_t number) {
  return {Value::Type::U32, number > 0xFFFFFFFFU ? 0xFFFFFFFFU : number, {}};
}
[[nodiscard]] inline Value s32(std::int64_t number) {
  return {Value::Type::S32, static_cast<std::uint64_t>(number), {}};
}
[[nodiscard]] inline Value u64(std::uint64_t number) { return {Value::Type::U64, number, {}}; }
[[nodiscard]] inline Value text(std::string_view value) {
  return {Value::Type::Text, 0, std::string(value)};
}

/// "u32", "str", …; empty for Empty.
[[nodiscard]] constexpr std::string_view type_name(Value::Type type) {
  switch (type) {
    case Value::Type::Empty:
      return "";
    case Value::Type::S32:
      return "s32";
    case Value::Type::U32:
      return "u32";
    case Value::Type::U64:
      return "u64";
    case Value::Type::Text:
      return "str";
  }
  return "";
}

/// Decimal number or the text itself, appended.
void append_plain(std::string& out, const Value& value);
/// The inside of a JSON string (quotes, backslashes and control characters escaped), appended.
void append_json_escaped(std::string& out, std::string_view text);

/// What a number is about, HAProxy's three letters of the typed formats (management.txt, 9.2):
/// origin (M metric, S status, K key, C config, P product), nature (G gauge, L limit, m min, M max,
/// R rate, C counter, D duration, A age, T time, N name, O output, a average), scope (C, P, S, s).
struct Tag {
  char origin = 0;
  char nature = 0;
  char scope = 0;
  [[nodiscard]] bool set() const { return origin != 0; }
};
[[nodiscard]] consteval Tag tag(const char (&letters)[4]) {
  return {letters[0], letters[1], letters[2]};
}

/// The tag's words for the JSON format ("Metric", "Counter", "Process").
[[nodiscard]] std::string_view origin_word(Tag tag);
[[nodiscard]] std::string_view nature_word(Tag tag);
[[nodiscard]] std::string_view scope_word(Tag tag);

}  // namespace sluice::stats
