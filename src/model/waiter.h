// Who waits in a queue of a backend, and the order in which they are served: by priority class,
// then by the time of arrival moved by the priority's offset, then by arrival (manual §4.2,
// http-request set-priority-class and set-priority-offset). A WaiterTree is a treap whose links lie
// in the waiters: no allocation, O(log n) for each step, whatever the order of their coming. Under
// the queue's lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <compare>
#include <cstdint>

namespace sluice::model {

class ServerLive;

/// Lower is sooner. What lies beyond the bounds counts as the bound.
struct QueuePriority {
  static constexpr std::int32_t kMaxClass = 2'047;
  static constexpr std::int32_t kMaxOffsetMs = 524'287;
  std::int32_t level = 0;  // the class
  std::int32_t offset_ms = 0;
  [[nodiscard]] static std::int32_t bounded(std::int64_t value, std::int32_t most) noexcept {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -most, most));
  }
};

struct QueuePlace {
  std::int32_t level = 0;
  std::int64_t due_ms = 0;
  std::uint64_t arrival = 0;
  auto operator<=>(const QueuePlace&) const = default;
};

class Waiter {
 public:
  enum class State : std::uint8_t { Idle, Queued, Granted };
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;

  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  /// The server whose slot was granted; valid in state Granted.
  [[nodiscard]] ServerLive* granted() const noexcept { return server_; }
  /// How many its queue served from its arrival to its end there, itself included. Not while it is
  /// queued.
  [[nodiscard]] std::uint32_t position() const noexcept { return position_; }
  /// Whether it waited for one server alone.
  [[nodiscard]] bool was_bound() const noexcept { return was_bound_; }
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
  friend class WaiterTree;
  std::atomic<State> state_{State::Idle};
  bool was_bound_ = false;
  std::uint32_t position_ = 0;
  std::uint32_t served_before_ = 0;  // by its queue, when it came
  std::uint32_t balance_ = 0;        // of the treap: the least is on top
  QueuePlace place_;
  Waiter* left_ = nullptr;        // sooner
  Waiter* right_ = nullptr;       // later
  ServerLive* server_ = nullptr;  // bound to (while Queued, null: any) or granted (while Granted)
};

class WaiterTree {
 public:
  [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
  [[nodiscard]] Waiter* front() const noexcept;
  void insert(Waiter& waiter) noexcept;
  /// Of one that is in this tree.
  void remove(Waiter& waiter) noexcept;

 private:
  Waiter* root_ = nullptr;
};

}  // namespace sluice::model
