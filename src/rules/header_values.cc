#include "rules/header_values.h"

#include "base/text.h"

namespace sluice::rules {

std::size_t element_end(std::string_view list, std::size_t begin) noexcept {
  bool quoted = false;
  for (std::size_t i = begin; i < list.size(); ++i) {
    if (list[i] == '\\' && quoted)
      ++i;
    else if (list[i] == '"')
      quoted = !quoted;
    else if (list[i] == ',' && !quoted)
      return i;
  }
  return list.size();
}

bool FieldName::is(const http::Field& field) const noexcept {
  if (name.empty()) return true;
  if (id != http::FieldId::Other) return field.id == id;
  return field.id == http::FieldId::Other && base::iequals(field.name, name);
}

bool next_element(const http::FieldList& fields, const FieldName& name, ValuePosition& position,
                  std::string_view& value) noexcept {
  for (; position.field < fields.size(); ++position.field, position.offset = 0) {
    const http::Field& field = fields[position.field];
    if (!name.is(field) || position.offset > field.value.size()) continue;
    const std::size_t end = element_end(field.value, position.offset);
    value = base::trim(field.value.substr(position.offset, end - position.offset));
    position.offset = end + 1;
    return true;
  }
  return false;
}

bool next_value(const http::FieldList& fields, const FieldName& name, ValuePosition& position,
                std::string_view& value) noexcept {
  while (position.field < fields.size()) {
    const http::Field& field = fields[position.field++];
    if (!name.is(field)) continue;
    value = field.value;
    return true;
  }
  return false;
}

bool next_cookie(const http::FieldList& fields, CookieKind kind, std::string_view name,
                 ValuePosition& position, std::string_view& value) noexcept {
  const auto id = kind == CookieKind::Request ? http::FieldId::Cookie : http::FieldId::SetCookie;
  for (; position.field < fields.size(); ++position.field, position.offset = 0) {
    const http::Field& field = fields[position.field];
    if (field.id != id) continue;
    while (position.offset < field.value.size()) {
      std::size_t end = field.value.find(';', position.offset);
      if (end == std::string_view::npos) end = field.value.size();
      const std::string_view pair =
          base::trim(field.value.substr(position.offset, end - position.offset));
      // What follows the first pair of a Set-Cookie are its attributes.
      position.offset = kind == CookieKind::Response ? field.value.size() : end + 1;
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) continue;
      if (!name.empty() && base::trim(pair.substr(0, equals)) != name) continue;
      value = base::trim(pair.substr(equals + 1));
      return true;
    }
  }
  return false;
}

}  // namespace sluice::rules
