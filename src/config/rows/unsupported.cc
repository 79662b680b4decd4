// HAProxy 2.6's keywords of proxy sections that Sluice does not have yet.
#include <string_view>
#include <vector>

#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

constexpr std::string_view kKeywords[] = {
    "clitcpka-cnt",
    "clitcpka-idle",
    "clitcpka-intvl",
    "compression",
    "declare capture",
    "dispatch",
    "errorfiles",
    "errorloc",
    "errorloc302",
    "errorloc303",
    "filter",
    "http-error",
    "http-send-name-header",
    "log-format-sd",
    "max-keep-alive-queue",
    "monitor fail",
    "option checkcache",
    "option disable-h2-upgrade",
    "option h1-case-adjust-bogus-client",
    "option h1-case-adjust-bogus-server",
    "option http-restrict-req-hdr-names",
    "option http-use-proxy-header",
    "option httpslog",
    "option idle-close-on-response",
    "option independent-streams",
    "option prefer-last-server",
    "option transparent",
    "persist rdp-cookie",
    "server-template",
    "source",
    "srvtcpka-cnt",
    "srvtcpka-idle",
    "srvtcpka-intvl",
    "stats http-request",
    "stick match",
    "stick on",
    "stick store-request",
    "stick store-response",
    "stick-table",
    "transparent",
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
