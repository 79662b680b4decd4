// Text of forms, cookies and pages: what the demo's services need and the proxy does not. Input is
// not trusted; everything that goes to a page passes html_escape().
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::demo {

/// %XX and '+' decoded; a '%' without two hexadecimal digits stays as it is.
[[nodiscard]] std::string url_decode(std::string_view text);
[[nodiscard]] std::string url_encode(std::string_view text);
/// The value of `name` in "a=1&b=2" (a query, or the body of a form), decoded.
[[nodiscard]] std::optional<std::string> form_value(std::string_view form, std::string_view name);
/// The value of cookie `name` in a Cookie field.
[[nodiscard]] std::optional<std::string> cookie_value(std::string_view cookies,
                                                      std::string_view name);
[[nodiscard]] std::string html_escape(std::string_view text);

}  // namespace sluice::demo
