// Walking over the values of header fields and of cookies, as fetches and rewriting actions do.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"

namespace sluice::rules {

/// The end of the comma-separated element that begins at `begin`; commas in quotes do not separate.
[[nodiscard]] std::size_t element_end(std::string_view list, std::size_t begin) noexcept;

/// Which fields of a head are meant: those of one name, or all.
struct FieldName {
  std::string_view name;  // empty: every field
  http::FieldId id = http::FieldId::Other;
  [[nodiscard]] static FieldName of(std::string_view name) { return {name, http::field_id(name)}; }
  [[nodiscard]] bool is(const http::Field& field) const noexcept;
};

/// Position of a walk; starts zeroed.
struct ValuePosition {
  std::size_t field = 0;
  std::size_t offset = 0;
};

/// The next element (trimmed, empty ones of a list included as HAProxy counts them), or false.
[[nodiscard]] bool next_element(const http::FieldList& fields, const FieldName& name,
                                ValuePosition& position, std::string_view& value) noexcept;
/// The next whole value.
[[nodiscard]] bool next_value(const http::FieldList& fields, const FieldName& name,
                              ValuePosition& position, std::string_view& value) noexcept;

enum class CookieKind : bool { Request, Response };
/// The next cookie called `name` (any, when empty) in Cookie or Set-Cookie fields.
[[nodiscard]] bool next_cookie(const http::FieldList& fields, CookieKind kind,
                               std::string_view name, ValuePosition& position,
                               std::string_view& value) noexcept;

}  // namespace sluice::rules
