// The way of passive checks from the workers to the control thread: one letter for the whole
// process, on its way once at a time however many limits are reached.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "net/mailbox.h"
#include "proxy/worker.h"

namespace sluice::app {

class Observations final : public proxy::ObservationGateway, private net::Mail {
 public:
  Observations(net::Mailbox& control, std::function<void()> take)
      : control_(control), take_(std::move(take)) {}

  void error_limit_reached() noexcept override {
    if (!posted_.exchange(true, std::memory_order_acq_rel)) control_.post(*this);
  }

 private:
  void deliver() noexcept override {
    posted_.store(false, std::memory_order_release);
    take_();
  }

  net::Mailbox& control_;
  std::function<void()> take_;
  std::atomic<bool> posted_{false};
};

}  // namespace sluice::app
