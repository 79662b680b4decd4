// The service "stats": the classic page, and on a stats listener (a frontend or listen with
// `stats enable` in its own body and nothing behind it, or an `admin` section, which has no classic
// page) also /ui/, /api/, /metrics, /healthz and /readyz, which win over `stats uri` there. The two
// health paths need no credentials, nor do the files of the page, which asks for them itself, nor
// asking the API who one is. Control thread.
#pragma once

#include "admin/api.h"
#include "admin/login.h"
#include "admin/metrics_service.h"
#include "admin/stats_page.h"
#include "admin/ui_service.h"
#include "admin/view.h"
#include "http/service.h"

namespace sluice::admin {

class StatsListener final : public http::Service {
 public:
  StatsListener(const View& view, model::LoginSessions& sessions)
      : view_(view), logins_(sessions), page_(view, logins_), metrics_(view), api_(view, logins_) {}
  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request) override;
  [[nodiscard]] Api& api() { return api_; }

 private:
  [[nodiscard]] http::ServiceReply answer(const http::ServiceRequest& request);
  [[nodiscard]] http::ServiceReply ready() const;
  [[nodiscard]] http::ServiceReply page(const http::ServiceRequest& request,
                                        const model::Proxy& proxy);
  const View& view_;
  Logins logins_;
  StatsPage page_;
  MetricsService metrics_;
  UiService ui_;
  Api api_;
};

/// Is this one of the paths that a stats listener serves beside its `stats uri`?
[[nodiscard]] bool is_listener_path(std::string_view path_with_query) noexcept;

}  // namespace sluice::admin
