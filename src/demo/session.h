// Signed tokens: who is logged in, so that the monolith, the frontend and the services all know a
// user wherever the balancer sends the next request. The key is a constant: this is a demo's data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::demo {

/// "bruce.<hexadecimal HMAC-SHA256>".
[[nodiscard]] std::string make_token(std::string_view user);
/// The user of a valid token; nothing when it was altered.
[[nodiscard]] std::optional<std::string> user_of(std::string_view token);

}  // namespace sluice::demo
