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
/// With the fields that bind browsers, where it has none of its own: it is framed by nobody, loads
/// and runs nothing, and is what its type says. Of errors and later replies too.
[[nodiscard]] http::ServiceReply hardened(http::ServiceReply reply);
/// 401 with the realm.
[[nodiscard]] http::ServiceReply ask_for_credentials(std::string_view realm);

/// The request came from a page of this very host, or from a program that sends neither Origin nor
/// Referer. Origin decides where there is one; a Sec-Fetch-Site must say so too.
[[nodiscard]] bool is_same_origin(const http::ServiceRequest& request);

/// Nothing when the text is no Base64 (RFC 4648 §4, padded).
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// A browser on this machine was led here by a name that is not this machine's, which is how a page
/// of another site reaches what asks for no password (DNS rebinding). IP addresses and names of
/// localhost can't be.
[[nodiscard]] bool is_led_astray(const http::ServiceRequest& request);

}  // namespace sluice::admin
