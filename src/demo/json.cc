#include "demo/json.h"

#include <nlohmann/json.hpp>

namespace sluice::demo {

namespace {

using nlohmann::json;

json to_value(const Thought& thought) {
  return {{"id", thought.id},
          {"username", thought.user},
          {"text", thought.text},
          {"timestamp", thought.when_s}};
}

/// Text that is not UTF-8 is shown with replacement characters.
std::string write(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

json read(std::string_view text) { return json::parse(text.begin(), text.end(), nullptr, false); }

}  // namespace

std::string to_json(const Thought& thought) { return write(to_value(thought)); }

std::string to_json(const std::vector<Thought>& thoughts) {
  json list = json::array();
  for (const Thought& thought : thoughts) list.push_back(to_value(thought));
  return write(list);
}

std::optional<std::vector<Thought>> thoughts_from_json(std::string_view text) {
  const json list = read(text);
  if (!list.is_array()) return std::nullopt;
  std::vector<Thought> out;
  for (const json& item : list) {
    if (!item.is_object()) return std::nullopt;
    const auto id = item.find("id");
    const auto user = item.find("username");
    const auto words = item.find("text");
    const auto when = item.find("timestamp");
    if (id == item.end() || user == item.end() || words == item.end() || when == item.end())
      return std::nullopt;
    if (!id->is_number_unsigned() || !user->is_string() || !words->is_string() ||
        !when->is_number_integer()) {
      return std::nullopt;
    }
    out.push_back({id->get<std::uint64_t>(), user->get<std::string>(), words->get<std::string>(),
                   when->get<std::int64_t>()});
  }
  return out;
}

std::string json_object(std::string_view name, std::string_view value) {
  return write(json{{std::string(name), std::string(value)}});
}

std::optional<std::string> json_member(std::string_view text, const std::string& name) {
  const json object = read(text);
  if (!object.is_object()) return std::nullopt;
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

}  // namespace sluice::demo
