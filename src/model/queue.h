// The queues of a backend: requests that wait for any of its servers, and per server those bound to
// it. Order is by arrival. One spin lock per backend, never held across I/O or allocation.
//
// A waiter's life: Idle → Queued → Granted (a server's slot is now its own, `server` says which) →
// Idle; or Queued → Idle by cancel(). Who changes Queued to something else under the lock owns the
// outcome: after cancel() returned false a grant is on its way and must be taken or passed on.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/intrusive_list.h"
#include "base/spinlock.h"

namespace sluice::model {

class ServerLive;
class BackendLive;

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

 protected:
  /// Any thread, without the lock: wake the owner in its own worker (post its mail). State is
  /// Granted; granted() is null when there is no slot but the server went away: balance again.
  virtual void wake() noexcept = 0;

 private:
  friend class BackendQueue;
  std::atomic<State> state_{State::Idle};
  ServerLive* server_ = nullptr;  // bound to (while Queued, null: any) or granted (while Granted)
};

class BackendQueue {
 public:
  /// Enqueues for `bound`, or for any server when null. The caller then tests for room once more
  /// (and calls hand_over for what it finds), since a slot may have been freed before it was seen.
  void enter(Waiter& waiter, ServerLive* bound) noexcept;
  /// True: taken out, nothing was granted. False: it was granted meanwhile, or was not queued.
  [[nodiscard]] bool cancel(Waiter& waiter) noexcept;
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
  Waiter* take_next(ServerLive& server) noexcept;
  base::SpinLock lock_;
  base::IntrusiveList<Waiter> any_;
  std::atomic<std::uint32_t> any_count_{0};
  std::atomic<std::uint32_t> length_{0};
  std::uint64_t arrivals_ = 0;
};

}  // namespace sluice::model
