#include "model/queue.h"

#include <cassert>
#include <mutex>

#include "model/server_live.h"

namespace sluice::model {

void BackendQueue::enter(Waiter& waiter, ServerLive* bound) noexcept {
  const std::lock_guard guard(lock_);
  assert(waiter.state() == Waiter::State::Idle);
  waiter.arrival_ = arrivals_++;
  waiter.server_ = bound;
  waiter.state_.store(Waiter::State::Queued, std::memory_order_relaxed);
  length_.fetch_add(1, std::memory_order_relaxed);
  if (bound != nullptr) {
    bound->bound_waiters_.push_back(waiter);
    bound->queued.increase();
    bound->limiter.announce_waiter();
  } else {
    any_.push_back(waiter);
    queued_.increase();
    any_count_.fetch_add(1, std::memory_order_seq_cst);
  }
}

bool BackendQueue::cancel(Waiter& waiter) noexcept {
  const std::lock_guard guard(lock_);
  if (waiter.state_.load(std::memory_order_relaxed) != Waiter::State::Queued) return false;
  take_out(waiter);
  waiter.settle();
  return true;
}

bool BackendQueue::pass_slot(ServerLive& server) noexcept {
  Waiter* next = nullptr;
  {
    const std::lock_guard guard(lock_);
    const std::uint32_t max = server.limiter.max();
    if (max != 0 && server.limiter.used() > max) return false;
    next = next_for(server);
    if (next == nullptr) return false;
    grant(*next, &server);
  }
  next->wake();
  return true;
}

void BackendQueue::hand_over(ServerLive& server) noexcept {
  for (;;) {
    Waiter* next = nullptr;
    {
      const std::lock_guard guard(lock_);
      next = next_for(server);
      if (next == nullptr || !server.limiter.try_acquire()) return;
      grant(*next, &server);
    }
    next->wake();
  }
}

void BackendQueue::redistribute(ServerLive& server) noexcept {
  std::uint64_t end = 0;  // who insists on the server comes back meanwhile, and stays
  {
    const std::lock_guard guard(lock_);
    end = arrivals_;
  }
  for (;;) {
    Waiter* next = nullptr;
    {
      const std::lock_guard guard(lock_);
      next = server.bound_waiters_.front();
      if (next == nullptr || next->arrival_ >= end) return;
      grant(*next, nullptr);
    }
    next->wake();
  }
}

/// The one who came first among those whom `server` may serve now. Who is bound to a server that
/// is down has been asked by redistribute() already and insists (force-persist, option persist).
Waiter* BackendQueue::next_for(ServerLive& server) noexcept {
  const ServerStateWord state = server.state();
  Waiter* bound = server.bound_waiters_.front();
  const bool takes_any = state.accepts_new() && server.in_rotation.load(std::memory_order_acquire);
  Waiter* any = takes_any ? first_that_takes(server) : nullptr;
  if (bound == nullptr) return any;
  if (any == nullptr) return bound;
  return bound->arrival_ < any->arrival_ ? bound : any;
}

/// Mostly the first one. Those of another generation of the configuration may not know `server`;
/// they share one set, which is looked at once.
Waiter* BackendQueue::first_that_takes(const ServerLive& server) noexcept {
  const ServerSet* refused = nullptr;
  for (Waiter* waiter = any_.front(); waiter != nullptr; waiter = any_.next(*waiter)) {
    const ServerSet* servers = waiter->servers_;
    if (servers == nullptr) return waiter;
    if (servers == refused) continue;
    if (servers->contains(server)) return waiter;
    refused = servers;
  }
  return nullptr;
}

void BackendQueue::take_out(Waiter& waiter) noexcept {
  waiter.unlink();
  length_.fetch_sub(1, std::memory_order_relaxed);
  if (waiter.server_ != nullptr) {
    waiter.server_->queued.decrease();
    waiter.server_->limiter.retract_waiter();
  } else {
    queued_.decrease();
    any_count_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

void BackendQueue::grant(Waiter& waiter, ServerLive* server) noexcept {
  take_out(waiter);
  waiter.server_ = server;
  waiter.state_.store(Waiter::State::Granted, std::memory_order_release);
}

}  // namespace sluice::model
