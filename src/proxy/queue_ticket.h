// An exchange's place in a backend's queue. Granted in any thread, delivered in its worker by mail.
// It may outlive its exchange: a grant on its way to one that died is passed on when it arrives.
#pragma once

#include "model/queue.h"
#include "net/mailbox.h"

namespace sluice::proxy {

class Exchange;
class Worker;

class QueueTicket final : public model::Waiter, private net::Mail {
 public:
  QueueTicket(Worker& worker, Exchange& exchange) : worker_(worker), exchange_(&exchange) {}

  /// Takes it out of the queue. The ticket deletes itself, now or when its grant arrives.
  void abandon(model::BackendLive& backend) noexcept;

 private:
  void wake() noexcept override;
  void deliver() noexcept override;
  Worker& worker_;
  Exchange* exchange_;
};

}  // namespace sluice::proxy
