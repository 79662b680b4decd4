// May a shared cache keep a response, as far as its head says? RFC 9111 §3, in HAProxy's narrow
// reading: the method and the status are cacheable by default or Cache-Control says public, nothing
// forbids it, and there is a lifetime or a validator.
#pragma once

#include "http/message.h"

namespace sluice::http {

/// `option checkcache` (manual §4.2): a Set-Cookie in a response that a cache may keep, whatever it
/// says of lifetimes, and that does not spare the cookie (no-cache="set-cookie…").
[[nodiscard]] bool is_cookie_cacheable(Method method, std::uint16_t status,
                                       const FieldList& response);

[[nodiscard]] bool is_cacheable(Method method, std::uint16_t status, const FieldList& response);

}  // namespace sluice::http
