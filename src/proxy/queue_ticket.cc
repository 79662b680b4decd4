#include "proxy/queue_ticket.h"

#include <utility>

#include "base/crash_context.h"
#include "base/planted.h"
#include "model/release.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

QueuePosition QueueTicket::abandon(model::BackendLive& backend) noexcept {
  exchange_ = nullptr;
  const bool cancelled = backend.queue.cancel(*this);
  const QueuePosition left{position(), was_bound()};
  if (cancelled) delete this;  // else its grant is on the way, and deletes it
  return left;
}

void QueueTicket::wake() noexcept {
  if (base::planted(base::Fault::LostWakeUp) && worker_.slot() == 1) return;
  worker_.mailbox().post(*this);
}

void QueueTicket::deliver() noexcept {
  Worker::EventScope scope(worker_);
  model::ServerLive* server = granted();
  const QueuePosition position{this->position(), was_bound()};
  settle();
  Exchange* exchange = exchange_;
  const GenerationRef generation = std::move(generation_);  // keeps `server`
  delete this;
  const base::CrashScope work(&phase_of_exchange, exchange);
  if (exchange != nullptr)
    exchange->on_queue_granted(server, position);
  else if (server != nullptr && !base::planted(base::Fault::SkippedHandOver))
    model::release_slot(*server);
}

}  // namespace sluice::proxy
