// Reading URLs and forms (application/x-www-form-urlencoded), and writing a value into a URL.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::admin {

using Parameters = std::vector<std::pair<std::string, std::string>>;

enum class PlusSign : unsigned char { IsSpace, IsItself };
/// %XX decoded; a malformed escape stays as it is written.
[[nodiscard]] std::string url_decode(std::string_view text, PlusSign plus);
/// Everything but unreserved characters (RFC 3986 §2.3) as %XX.
[[nodiscard]] std::string url_encode(std::string_view text);
/// "a=1&b&c=%20": at most `limit` pairs, the rest is dropped.
[[nodiscard]] Parameters parse_form(std::string_view text, std::size_t limit = 16'384);
/// "http://Host:80/path" gives "host"; a port stays unless it is the scheme's own. Empty: no
/// authority.
[[nodiscard]] std::string authority_of(std::string_view url);

}  // namespace sluice::admin
