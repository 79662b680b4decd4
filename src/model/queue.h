// The queues of a backend: requests that wait for any of its servers, and per server those bound to
// it. Order is by priority, then by arrival (model/waiter.h). One spin lock per backend, never held
// across I/O or allocation.
//
// A waiter's life: Idle → Queued → Granted (a server's slot is now its own, `server` says which) →
// Idle; or Queued → Idle by cancel(). Who changes Queued to something else under the lock owns the
// outcome: after cancel() returned false a grant is on its way and must be taken or passed on
// (release_slot). wake() is called after the lock was left, so a waiter that was granted lives
// until its wake arrived. An announced waiter is counted (Limiter::waiting when bound,
// waiting_for_any() else) from before its last test for room until it is taken out; model/release.h
// shows why no wake-up is lost.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/spinlock.h"
#include "model/counters.h"
#include "model/waiter.h"

namespace sluice::model {

class ServerLive;

class BackendQueue {
 public:
  /// `queued` shows how many wait for any server (qcur and qmax of the backend).
  explicit BackendQueue(Gauge& queued) noexcept : queued_(queued) {}
  BackendQueue(const BackendQueue&) = delete;
  BackendQueue& operator=(const BackendQueue&) = delete;

  /// Enqueues for `bound`, or for any server when null. The caller then tests for room once more
  /// (and calls hand_over for what it finds), since a slot may have been freed before it was seen.
  void enter(Waiter& waiter, ServerLive* bound, QueuePriority priority = {},
             std::uint64_t now_ms = 0) noexcept;
  /// True: taken out, nothing was granted. False: it was granted meanwhile, or was not queued.
  [[nodiscard]] bool cancel(Waiter& waiter) noexcept;
  /// Gives the slot that the caller holds to the next waiter of `server`, without freeing it in
  /// between. False: nobody takes it (or maxconn was lowered below what is used); the caller still
  /// holds it.
  [[nodiscard]] bool pass_slot(ServerLive& server) noexcept;
  /// Gives free slots of `server` to its own waiters and those for any server, in their order.
  void hand_over(ServerLive& server) noexcept;
  /// Wakes everybody bound to `server` without a slot: it sends them on (DRAIN, MAINT, DOWN, NOLB).
  void redistribute(ServerLive& server) noexcept;
  [[nodiscard]] std::uint32_t length() const noexcept {
    return length_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t waiting_for_any() const noexcept {
    return any_count_.load(std::memory_order_seq_cst);
  }

 private:
  Waiter* next_for(ServerLive& server) noexcept;
  Waiter* first_that_takes(const ServerLive& server) noexcept;
  void take_out(Waiter& waiter) noexcept;
  [[nodiscard]] std::uint32_t& served(const Waiter& waiter) noexcept;
  void grant(Waiter& waiter, ServerLive* server) noexcept;

  Gauge& queued_;
  base::SpinLock lock_;
  WaiterTree any_;
  std::atomic<std::uint32_t> any_count_{0};
  std::atomic<std::uint32_t> length_{0};
  std::uint64_t arrivals_ = 0;
  std::uint64_t latest_ms_ = 0;  // workers' clocks differ a little; the order of arrival does not
  std::uint32_t any_served_ = 0;
};

}  // namespace sluice::model
