// The classic stats page as an internal service: the page itself (streamed proxy by proxy), `;csv`,
// `;json`, `;json-schema`, and the form by which an operator changes servers. Looks like HAProxy's
// and answers like it; its template and styles are admin-ui/classic. Control thread.
#pragma once

#include <string>
#include <string_view>

#include "admin/login.h"
#include "admin/view.h"
#include "http/service.h"

namespace sluice::admin {

/// What follows `stats uri` in a request ("/;csv;norefresh", "/?scope=api"), taken apart.
struct PageOptions {
  enum class Format : std::uint8_t { Html, Csv, Json, JsonSchema, Script };
  Format format = Format::Html;
  bool no_refresh = false;
  bool hide_down = false;
  bool hide_maint = false;
  std::string scope;   // shows proxies whose name contains it
  std::string result;  // of the form, "" without
};
[[nodiscard]] PageOptions parse_page_options(std::string_view after_uri);

class StatsPage final : public http::Service {
 public:
  StatsPage(const View& view, Logins& logins) : view_(view), logins_(logins) {}
  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request) override;

 private:
  [[nodiscard]] http::ServiceReply post(const http::ServiceRequest& request,
                                        const model::Proxy& proxy, const std::string& user) const;
  const View& view_;
  Logins& logins_;
};

/// The proxy whose `stats` led here: of that name, a frontend first, with `stats enable`.
[[nodiscard]] const model::Proxy* find_stats_proxy(const control::Snapshot& snapshot,
                                                   std::string_view name);
/// 404, 405 and the like, small and plain.
[[nodiscard]] http::ServiceReply plain_reply(std::uint16_t status, std::string_view text);

}  // namespace sluice::admin
