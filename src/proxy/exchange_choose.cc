// Choosing a server, and waiting for it.
#include <utility>

#include "base/planted.h"
#include "model/release.h"
#include "proxy/exchange.h"
#include "proxy/queue_ticket.h"
#include "proxy/worker.h"

namespace sluice::proxy {

/// `use-server`: the first rule whose condition holds and whose server can be had decides, and no
/// cookie after it; one that names no server ends them (HAProxy's way with names that are
/// composed).
void Exchange::bind_by_rule() {
  for (const control::UseServerRule& rule : backend_->use_servers) {
    if (rule.condition->evaluate(evaluation()) != rules::Truth::True) continue;
    model::ServerLive* server = rule.server;
    if (rule.format != nullptr) {
      char name[256];
      const std::size_t size = rule.format->write(name, sizeof(name), nullptr, evaluation());
      server = backend_->find_by_name({name, size});
      if (server == nullptr) return;
    }
    if (persistence_.may_lead_to(*backend_, *server))
      return persistence_.bind(*backend_->find(server));
  }
}

void Exchange::balance() {
  phase_ = Phase::Balance;
  if (persistence_.server() != nullptr) {
    note_led_client(*persistence_.server()->live);
    return use_bound(*persistence_.server());
  }
  const bool prefers = backend_->config->prefer_last_server || facts_->owns_connection;
  if (prefers && use_last_server()) return;
  if (backend_->fallback != nullptr) return use_bound(*backend_->fallback);
  if (backend_->balancer == nullptr) {
    end_phase_ = 'C';
    fail(Failure::NoServer, "the backend has no server");
    return;
  }
  balance::PickRequest request{std::nullopt, avoid_, &worker_.random()};
  if (backend_->balance_key != nullptr) request.key = backend_->balance_key->find(evaluation());
  const balance::Pick pick = backend_->balancer->pick(request);
  switch (pick.result) {
    case balance::PickResult::Picked:
      use_server(*pick.server);
      return;
    case balance::PickResult::AllSaturated:
      wait_in_queue(nullptr);
      return;
    case balance::PickResult::BoundSaturated:
      wait_for_server(*pick.server);
      return;
    case balance::PickResult::NoneUsable:
      end_phase_ = 'C';
      fail(Failure::NoServer, "no server is available");
      return;
  }
}

/// option prefer-last-server: the server of the connection that is kept for this client alone, as
/// long as no more than max-keep-alive-queue wait for it. A connection that the client has
/// authenticated is worth any wait.
bool Exchange::use_last_server() {
  if (backend_->balancer == nullptr || backend_->balancer->is_determinist()) return false;
  model::ServerLive* last = worker_.idle_pool().server_of(client_->pool_key());
  if (last == nullptr || last == avoid_ || backend_->find(last) == nullptr) return false;
  if (!last->state().accepts_new()) return false;
  const std::optional<std::uint32_t>& most = backend_->config->max_keep_alive_queue;
  const std::uint32_t waiting = last->limiter.waiting();
  if (waiting == 0 && last->limiter.try_acquire())
    use_server(*last);
  else if (most && waiting >= *most && !facts_->owns_connection)
    return false;
  else
    wait_for_server(*last);
  return true;
}

/// A slot of `server` is ours.
void Exchange::use_server(model::ServerLive& server) {
  server_runtime_ = backend_->find(&server);
  if (server_runtime_ == nullptr) {  // not one of this generation's: nobody should give it
    model::release_slot(server);
    balance();
    return;
  }
  holds_slot_ = true;
  auto& counters = backend_->live->counters.of(worker_.slot());
  const bool again = server_ != nullptr;
  if (again && server_ != &server) {
    redispatched_ = true;
    persistence_.note_redispatch();
    counters.add(model::Counter::Redispatches);
    server_->counters.of(worker_.slot()).add(model::Counter::Redispatches);
  } else if (again) {
    counters.add(model::Counter::Retries);
    server_->counters.of(worker_.slot()).add(model::Counter::Retries);
  }
  server_ = &server;
  server_name_ = server_->name();
  const std::uint64_t now_ms = worker_.now().ms();
  server_->sessions.increase();
  server_->session_rate.add(now_ms);
  server_->last_session_ms.store(now_ms, std::memory_order_relaxed);
  auto& server_counters = server_->counters.of(worker_.slot());
  server_counters.add(model::Counter::Sessions);
  server_counters.add(model::Counter::Requests);
  if (persistence_.server() == nullptr) {
    server_counters.add(model::Counter::LoadBalanced);
    counters.add(model::Counter::LoadBalanced);
  }
  connect();
}

/// The server that a cookie or a rule binds the request to, whatever weight and load say.
void Exchange::use_bound(control::ServerRuntime& server) {
  model::ServerLive& live = *server.live;
  if (live.limiter.waiting() == 0 && live.limiter.try_acquire())
    use_server(live);
  else
    wait_for_server(live);
}

/// No other server will do: at its maxqueue the request is refused, but for one that a cookie or a
/// rule sent here and that may be redispatched.
void Exchange::wait_for_server(model::ServerLive& server) {
  const control::ServerRuntime* runtime = backend_->find(&server);
  const std::uint32_t most = runtime != nullptr ? runtime->config->maxqueue : 0;
  const std::uint32_t waiting = server.limiter.waiting();
  server_name_ = server.name();
  const bool bound = persistence_.server() != nullptr && !persistence_.forced();
  if (most != 0 && waiting >= most && bound && backend_->config->redispatch.enabled) {
    leave_bound();
    balance();
    return;
  }
  if (most != 0 && waiting >= most) {
    end_phase_ = 'Q';
    fail(Failure::QueueFull, "the server's queue is full");
    return;
  }
  wait_in_queue(&server);
}

void Exchange::wait_in_queue(model::ServerLive* bound) {
  phase_ = Phase::Queue;
  const base::Moment now = worker_.now();
  if (queued_ns_ == 0) queued_ns_ = now.monotonic_ns;
  ticket_ = new QueueTicket(worker_, *this, generation_, backend_->server_set);
  arm(timeouts().queue);
  client_->watch_closely();
  backend_->live->queue.enter(*ticket_, bound, evaluation_.priority, now.ms());
  // A slot may have been freed before we were seen: look once more.
  if (bound != nullptr) return model::offer_after_enter(*bound);
  for (const auto& server : backend_->servers) {
    if (ticket_->state() != model::Waiter::State::Queued) break;
    if (server->live->state().accepts_new() && server->live->limiter.has_room()) {
      backend_->live->queue.hand_over(*server->live);
    }
  }
}

void Exchange::leave_queue() {
  if (ticket_ == nullptr) return;
  QueueTicket* ticket = std::exchange(ticket_, nullptr);
  note_position(ticket->abandon(*backend_->live));
}

/// Who waited more than once adds up, as in HAProxy.
void Exchange::note_position(QueuePosition position) {
  (position.of_server ? queue_position_server_ : queue_position_backend_) += position.count;
}

void Exchange::on_queue_granted(model::ServerLive* server, QueuePosition position) {
  ticket_ = nullptr;
  note_position(position);
  dequeued_ns_ = worker_.now().monotonic_ns;
  disarm();
  if (server != nullptr) return use_server(*server);
  if (base::planted(base::Fault::LostRedistribution)) return;
  if (may_be_unbound()) leave_bound();
  balance();
}

}  // namespace sluice::proxy
