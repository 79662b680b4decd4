// Members of JSON objects that files hold, by type: what is not there or of another type is taken
// for absent, so that nothing a file says can throw. Included by .cc files only.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace sluice::control {

template <class Json>
[[nodiscard]] std::string text_in(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->template get<std::string>()
                                                     : std::string();
}

template <class Number, class Json>
[[nodiscard]] std::optional<Number> number_in(const Json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->template get<Number>();
}

/// What is not UTF-8 in a text becomes a replacement character.
template <class Json>
[[nodiscard]] std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sluice::control
