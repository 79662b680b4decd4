// An exchange's place in a backend's queue. Granted in any thread, delivered in its worker by mail.
// It may outlive its exchange: a grant on its way to one that died is passed on when it arrives.
#pragma once

#include "model/proxy_live.h"
#include "net/mailbox.h"

namespace sluice::proxy {

class Exchange;
class Worker;

/// How many were served before an exchange and with it, and in which queue.
struct QueuePosition {
  std::uint32_t count = 0;
  bool of_server = false;
};

class QueueTicket final : public model::Waiter, private net::Mail {
 public:
  QueueTicket(Worker& worker, Exchange& exchange) : worker_(worker), exchange_(&exchange) {}

  /// Takes it out of the queue; gives its position. The ticket deletes itself, now or when its
  /// grant arrives.
  QueuePosition abandon(model::BackendLive& backend) noexcept;

 private:
  void wake() noexcept override;
  void deliver() noexcept override;
  Worker& worker_;
  Exchange* exchange_;
};

}  // namespace sluice::proxy
