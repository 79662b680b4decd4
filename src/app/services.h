// The internal services by name, and the way to them from the workers: everything they do happens
// on the control thread.
#pragma once

#include "admin/metrics_service.h"
#include "admin/stats_listener.h"
#include "net/mailbox.h"
#include "proxy/worker.h"

namespace sluice::app {

class Services final : public proxy::ServiceGateway {
 public:
  Services(net::Mailbox& control, const admin::View& view, model::LoginSessions& logins)
      : control_(control), stats_(view, logins), metrics_(view) {}
  [[nodiscard]] admin::Api& api() { return stats_.api(); }
  void post(net::Mail& mail) noexcept override { control_.post(mail); }
  [[nodiscard]] http::Service* find(std::string_view name) override {
    if (name == "stats") return &stats_;
    if (name == "prometheus-exporter") return &metrics_;
    return nullptr;
  }

 private:
  net::Mailbox& control_;
  admin::StatsListener stats_;
  admin::MetricsService metrics_;
};

}  // namespace sluice::app
