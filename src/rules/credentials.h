// What a request's Authorization field says (RFC 7235 §2.1, RFC 7617, RFC 6750 §2.1).
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/message.h"

namespace sluice::rules {

/// The scheme and what follows it, of the first field of that name; views of the head. Nothing: no
/// such field, or none of that form.
struct Authorization {
  std::string_view scheme, value;
};
[[nodiscard]] std::optional<Authorization> find_authorization(
    const http::Head& head, std::string_view field = "Authorization") noexcept;

/// Basic credentials; views of the arena. Nothing: of another scheme, or not well formed.
struct Credentials {
  std::string_view user, password;
};
[[nodiscard]] std::optional<Credentials> find_credentials(const http::Head& head,
                                                          base::Arena& arena);

}  // namespace sluice::rules
