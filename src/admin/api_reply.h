// Replies of the control API: JSON, or a problem document (RFC 9457) with a code for programs.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "http/service.h"

namespace sluice::admin {

using Json = nlohmann::json;

/// Why a request is refused. `code` is one of the contract's (admin-ui/openapi.json, Problem);
/// `errors` is empty or an array of faults.
struct Refusal {
  std::uint16_t status = 400;
  std::string code;
  std::string detail;
  Json errors = Json::array();
};

/// One fault of a request's body; `pointer` is RFC 6901.
[[nodiscard]] Json fault_at(std::string_view pointer, std::string_view detail);
[[nodiscard]] Refusal refuse(std::uint16_t status, std::string_view code, std::string detail);

/// What is not UTF-8 in a text becomes a replacement character.
[[nodiscard]] std::string dump(const Json& value);
[[nodiscard]] http::ServiceReply json_reply(const Json& value);
[[nodiscard]] http::ServiceReply problem_reply(const Refusal& refusal);
/// 429: credentials of this address are not looked at for so long.
[[nodiscard]] http::ServiceReply blocked_reply(std::uint64_t seconds);

}  // namespace sluice::admin
