// HAProxy 2.6's keywords of proxy sections that Sluice does not have yet.
#include <string_view>
#include <vector>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

constexpr std::string_view kKeywords[] = {
    "compression",
    "errorfiles",
    "filter",
    "option disable-h2-upgrade",
    "option h1-case-adjust-bogus-client",
    "option h1-case-adjust-bogus-server",
    "option http-use-proxy-header",
    "option httpslog",
    "stick match",
    "stick on",
    "stick store-request",
    "stick store-response",
    "stick-table",
    "use-fcgi-app",
};

}  // namespace

std::span<const Row> unsupported() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> out;
    for (std::string_view keyword : kKeywords) {
      out.push_back({keyword, "", kProxies, Support::Unsupported, Negation::Yes, nullptr, ""});
    }
    return out;
  }();
  return rows;
}

}  // namespace sluice::config::rows
