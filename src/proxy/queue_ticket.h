// An exchange's place in a backend's queue. Granted in any thread, delivered in its worker by mail.
// It may outlive its exchange: a grant on its way to one that died is passed on when it arrives.
#pragma once

#include "model/proxy_live.h"
#include "net/mailbox.h"
#include "proxy/generation.h"

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
  /// The servers of the backend that are in `servers` may be granted; `generation` keeps them.
  QueueTicket(Worker& worker, Exchange& exchange, const GenerationRef& generation,
              const model::ServerSet& servers)
      : worker_(worker), exchange_(&exchange), generation_(generation) {
    choose_among(&servers);
  }

  /// Takes it out of the queue; gives its position. The ticket deletes itself, now or when its
  /// grant arrives.
  QueuePosition abandon(model::BackendLive& backend) noexcept;

 private:
  void wake() noexcept override;
  void deliver() noexcept override;
  Worker& worker_;
  Exchange* exchange_;
  GenerationRef generation_;  // its own: a grant may arrive when the exchange's is gone
};

}  // namespace sluice::proxy
