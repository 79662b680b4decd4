// Hierarchical timer wheel, one per loop: 4 levels of 256 slots, 1 ms at the lowest. Arming to a
// later time only stores the deadline; the slot that fires re-inserts what moved. No allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/intrusive_list.h"

namespace sluice::net {

class TimerWheel;

/// A deadline of something. Derive and implement on_timer(); it may destroy the timer's owner.
class Timer : public base::ListNode<Timer> {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;
  Timer() = default;
  /// `deadline_ms` is monotonic; in the past means at the next turn.
  void arm(TimerWheel& wheel, std::uint64_t deadline_ms) noexcept;
  void disarm() noexcept { deadline_ms_ = kNever; }
  [[nodiscard]] bool armed() const noexcept { return deadline_ms_ != kNever; }
  [[nodiscard]] std::uint64_t deadline_ms() const noexcept { return deadline_ms_; }

 protected:
  virtual ~Timer();
  virtual void on_timer() noexcept = 0;

 private:
  friend class TimerWheel;
  std::uint64_t deadline_ms_ = kNever;
  std::uint64_t slot_ms_ = 0;    // when its slot fires, while linked
  TimerWheel* wheel_ = nullptr;  // while linked
};

/// What drives a wheel: arms one real timer for the next occupied slot.
class TimerDriver {
 public:
  virtual void wake_at(std::uint64_t deadline_ms) noexcept = 0;

 protected:
  ~TimerDriver() = default;
};

class TimerWheel {
 public:
  TimerWheel(std::uint64_t now_ms, TimerDriver& driver) noexcept
      : now_ms_(now_ms), driver_(driver) {}
  /// Fires everything due at `now_ms`, then asks the driver for the next wake-up, if any.
  void advance(std::uint64_t now_ms) noexcept;
  /// When the next slot fires; Timer::kNever when empty. A lower bound of the next deadline.
  [[nodiscard]] std::uint64_t next_ms() const noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  friend class Timer;
  static constexpr int kLevels = 4;
  static constexpr int kBits = 8;
  static constexpr std::size_t kSlots = 1U << kBits;

  struct Level {
    std::array<base::IntrusiveList<Timer>, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> occupied{};
  };

  void insert(Timer& timer) noexcept;
  void place(Timer& timer, std::uint64_t earliest_ms) noexcept;
  void remove(Timer& timer) noexcept;
  void fire_slot(std::size_t slot) noexcept;
  void cascade(int level) noexcept;
  [[nodiscard]] static int next_occupied(const Level& level, std::size_t from) noexcept;

  std::uint64_t now_ms_;  // every slot up to and including this millisecond has fired
  TimerDriver& driver_;
  std::uint64_t driver_at_ = Timer::kNever;
  std::size_t count_ = 0;
  bool advancing_ = false;
  std::array<Level, kLevels> levels_;
};

}  // namespace sluice::net
