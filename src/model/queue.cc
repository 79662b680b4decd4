#include "model/queue.h"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <utility>

#include "model/server_live.h"

namespace sluice::model {

void BackendQueue::enter(Waiter& waiter, ServerLive* bound, QueuePriority priority,
                         std::uint64_t now_ms) noexcept {
  const std::lock_guard guard(lock_);
  assert(waiter.state() == Waiter::State::Idle);
  latest_ms_ = std::max(latest_ms_, now_ms);
  waiter.place_ = {priority.level, static_cast<std::int64_t>(latest_ms_) + priority.offset_ms,
                   arrivals_++};
  waiter.server_ = bound;
  waiter.was_bound_ = bound != nullptr;
  waiter.served_before_ = served(waiter);
  waiter.state_.store(Waiter::State::Queued, std::memory_order_relaxed);
  length_.fetch_add(1, std::memory_order_relaxed);
  if (bound != nullptr) {
    bound->bound_waiters_.insert(waiter);
    bound->queued.increase();
    bound->limiter.announce_waiter();
  } else {
    any_.insert(waiter);
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
  // All at once: who insists on the server comes back meanwhile, and stays.
  Waiter* woken = nullptr;
  {
    const std::lock_guard guard(lock_);
    Waiter** last = &woken;
    while (Waiter* next = server.bound_waiters_.front()) {
      grant(*next, nullptr);
      *last = next;
      last = &next->right_;
    }
  }
  while (woken != nullptr) std::exchange(woken, woken->right_)->wake();
}

/// The one who comes first among those whom `server` may serve now. Who is bound to a server that
/// is down has been asked by redistribute() already and insists (force-persist, option persist).
Waiter* BackendQueue::next_for(ServerLive& server) noexcept {
  const ServerStateWord state = server.state();
  Waiter* bound = server.bound_waiters_.front();
  const bool takes_any = state.accepts_new() && server.in_rotation.load(std::memory_order_acquire);
  Waiter* any = takes_any ? any_.front() : nullptr;
  if (bound == nullptr) return any;
  if (any == nullptr) return bound;
  return bound->place_ < any->place_ ? bound : any;
}

std::uint32_t& BackendQueue::served(const Waiter& waiter) noexcept {
  return waiter.server_ != nullptr ? waiter.server_->bound_served_ : any_served_;
}

void BackendQueue::take_out(Waiter& waiter) noexcept {
  waiter.position_ = served(waiter) - waiter.served_before_ + 1;
  length_.fetch_sub(1, std::memory_order_relaxed);
  if (waiter.server_ != nullptr) {
    waiter.server_->bound_waiters_.remove(waiter);
    waiter.server_->queued.decrease();
    waiter.server_->limiter.retract_waiter();
  } else {
    any_.remove(waiter);
    queued_.decrease();
    any_count_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

void BackendQueue::grant(Waiter& waiter, ServerLive* server) noexcept {
  take_out(waiter);
  if (server != nullptr) ++served(waiter);
  waiter.server_ = server;
  waiter.state_.store(Waiter::State::Granted, std::memory_order_release);
}

}  // namespace sluice::model
