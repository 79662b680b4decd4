// Who may see and who may act: `stats auth` (RFC 7617, Basic) and the defence against pages of
// other sites that would post the form with a visitor's credentials.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/service.h"
#include "model/proxy.h"

namespace sluice::admin {

/// The user, when the request's credentials are one of `stats auth`'s; "" when none is asked for;
/// nothing when they are missing or wrong. Takes the same time whichever entry differs, and where.
[[nodiscard]] std::optional<std::string> authorized_user(const http::ServiceRequest& request,
                                                         const model::StatsPage& page);
/// 401 with the realm.
[[nodiscard]] http::ServiceReply ask_for_credentials(std::string_view realm);

/// The request came from a page of this very host, or from a program that sends neither Origin nor
/// Referer. Origin decides where there is one; a Sec-Fetch-Site must say so too.
[[nodiscard]] bool is_same_origin(const http::ServiceRequest& request);

/// Nothing when the text is no Base64 (RFC 4648 §4, padded).
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace sluice::admin
