// The queues of a backend: requests that wait for any of its servers, and per server those bound to
// it. Order is by arrival. One spin lock per backend, never held across I/O or allocation.
//
// A waiter's life: Idle → Queued → Granted (a server's slot is now its own, `server` says which) →
// Idle; or Queued → Idle by cancel(). Who changes Queued to something else under the lock owns the
// outcome: after cancel() returned false a grant is on its way and must be taken or passed on
// (release_slot). wake() is called after the lock was left, so a waiter that was granted lives
// until its wake arrived. An announced waiter is counted (Limiter::waiting when bound,
// waiting_for_any() else) from before its last test for room until it is taken out; model/release.h
// shows why no wake-up is lost.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/intrusive_list.h"
#include "base/spinlock.h"
#include "model/counters.h"

namespace sluice::model {

class ServerLive;
class BackendLive;

/// The servers that one generation of the configuration gives a backend. Immutable.
class ServerSet {
 public:
  ServerSet() = default;
  explicit ServerSet(std::vector<const ServerLive*> servers) : servers_(std::move(servers)) {
    std::sort(servers_.begin(), servers_.end(), std::less<>());
  }
  [[nodiscard]] bool contains(const ServerLive& server) const noexcept {
    return std::binary_search(servers_.begin(), servers_.end(), &server, std::less<>());
  }

 private:
  std::vector<const ServerLive*> servers_;
};

class Waiter : public base::ListNode<Waiter> {
 public:
  enum class State : std::uint8_t { Idle, Queued, Granted };
  virtual ~Waiter() = default;

  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  /// The server whose slot was granted; valid in state Granted.
  [[nodiscard]] ServerLive* granted() const noexcept { return server_; }
  /// After the grant was taken or passed on.
  void settle() noexcept {
    server_ = nullptr;
    state_.store(State::Idle, std::memory_order_release);
  }

  /// While Idle: only these may be granted where any server will do. The set outlives the wait;
  /// null: every one.
  void choose_among(const ServerSet* servers) noexcept { servers_ = servers; }

 protected:
  /// Any thread, without the lock: wake the owner in its own worker (post its mail). State is
  /// Granted; granted() is null when there is no slot but the server went away: balance again.
  virtual void wake() noexcept = 0;

 private:
  friend class BackendQueue;
  std::atomic<State> state_{State::Idle};
  std::uint64_t arrival_ = 0;
  const ServerSet* servers_ = nullptr;
  ServerLive* server_ = nullptr;  // bound to (while Queued, null: any) or granted (while Granted)
};

class BackendQueue {
 public:
  /// `queued` shows how many wait for any server (qcur and qmax of the backend).
  explicit BackendQueue(Gauge& queued) noexcept : queued_(queued) {}
  BackendQueue(const BackendQueue&) = delete;
  BackendQueue& operator=(const BackendQueue&) = delete;

  /// Enqueues for `bound`, or for any server when null. The caller then tests for room once more
  /// (and calls hand_over for what it finds), since a slot may have been freed before it was seen.
  void enter(Waiter& waiter, ServerLive* bound) noexcept;
  /// True: taken out, nothing was granted. False: it was granted meanwhile, or was not queued.
  [[nodiscard]] bool cancel(Waiter& waiter) noexcept;
  /// Gives the slot that the caller holds to the next waiter of `server`, without freeing it in
  /// between. False: nobody takes it (or maxconn was lowered below what is used); the caller still
  /// holds it.
  [[nodiscard]] bool pass_slot(ServerLive& server) noexcept;
  /// Gives free slots of `server` to its own waiters and those for any server, oldest first.
  void hand_over(ServerLive& server) noexcept;
  /// Wakes everybody bound to `server` without a slot: it takes no more (DRAIN, MAINT, DOWN).
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
  void grant(Waiter& waiter, ServerLive* server) noexcept;

  Gauge& queued_;
  base::SpinLock lock_;
  base::IntrusiveList<Waiter> any_;
  std::atomic<std::uint32_t> any_count_{0};
  std::atomic<std::uint32_t> length_{0};
  std::uint64_t arrivals_ = 0;
};

}  // namespace sluice::model
