// `http-request use-service prometheus-exporter` and `/metrics` of a stats listener. Control
// thread.
#pragma once

#include "admin/view.h"
#include "http/service.h"

namespace sluice::admin {

class MetricsService final : public http::Service {
 public:
  explicit MetricsService(const View& view) : view_(view) {}
  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request) override;

 private:
  const View& view_;
};

}  // namespace sluice::admin
