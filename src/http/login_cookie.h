// The cookie that names a session of the control API: what it is called, and its value among the
// others of a request (RFC 6265 §4.2.1). Any thread.
#pragma once

#include <string>
#include <string_view>

namespace sluice::http {

/// Browsers keep one cookie of a name for all ports of a host: each listener has its own. `host` is
/// the request's Host field.
[[nodiscard]] std::string login_cookie_name(std::string_view host);
/// Its value in a Cookie field, as a view of that; empty: it is not there.
[[nodiscard]] std::string_view login_cookie(std::string_view field, std::string_view name) noexcept;

}  // namespace sluice::http
