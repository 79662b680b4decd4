// What the demo's services say to each other. Nothing here throws on bad input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "demo/stores.h"

namespace sluice::demo {

[[nodiscard]] std::string to_json(const Thought& thought);
[[nodiscard]] std::string to_json(const std::vector<Thought>& thoughts);
[[nodiscard]] std::optional<std::vector<Thought>> thoughts_from_json(std::string_view text);
/// `{"name":"value"}`.
[[nodiscard]] std::string json_object(std::string_view name, std::string_view value);
/// The string member `name` of an object.
[[nodiscard]] std::optional<std::string> json_member(std::string_view text,
                                                     const std::string& name);

}  // namespace sluice::demo
