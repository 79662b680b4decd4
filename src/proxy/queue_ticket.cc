#include "proxy/queue_ticket.h"

#include <utility>

#include "base/planted.h"
#include "model/release.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

void QueueTicket::abandon(model::BackendLive& backend) noexcept {
  exchange_ = nullptr;
  if (backend.queue.cancel(*this)) delete this;  // else its grant is on the way, and deletes it
}

void QueueTicket::wake() noexcept {
  if (base::planted(base::Fault::LostWakeUp) && worker_.slot() == 1) return;
  worker_.mailbox().post(*this);
}

void QueueTicket::deliver() noexcept {
  Worker::EventScope scope(worker_);
  model::ServerLive* server = granted();
  settle();
  Exchange* exchange = exchange_;
  const GenerationRef generation = std::move(generation_);  // keeps `server`
  delete this;
  if (exchange != nullptr)
    exchange->on_queue_granted(server);
  else if (server != nullptr && !base::planted(base::Fault::SkippedHandOver))
    model::release_slot(*server);
}

}  // namespace sluice::proxy
