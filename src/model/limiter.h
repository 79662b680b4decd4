// Limiter: how many may use something at once (global, frontend and server maxconn). To acquire is
// one CAS and takes no lock. Who does not get a slot waits in a queue (model/queue.h) or, for
// listeners, stops accepting; `waiting` tells a release that somebody does.
//
// Lost wake-ups are excluded by order: a waiter announces itself (waiting + 1) and then tests
// `used` again; a release lowers `used` and then reads `waiting`. Both are sequentially consistent,
// so at least one of the two sees the other.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace sluice::model {

class Limiter {
 public:
  explicit Limiter(std::uint32_t max = 0) noexcept : max_(max), full_max_(max) {}
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  /// Takes a slot if one is free. `max` 0 means no limit (still counted).
  [[nodiscard]] bool try_acquire() noexcept {
    std::uint32_t used = used_.load(std::memory_order_seq_cst);
    for (;;) {
      const std::uint32_t max = max_.load(std::memory_order_relaxed);
      if (max != 0 && used >= max) return false;
      if (used_.compare_exchange_weak(used, used + 1, std::memory_order_seq_cst)) {
        note_peak(used + 1);
        return true;
      }
    }
  }
  /// Takes a slot whatever the limit (a persistent request past a lowered maxconn).
  void acquire_anyway() noexcept { note_peak(used_.fetch_add(1, std::memory_order_seq_cst) + 1); }
  /// Gives a slot back. True: somebody waits, the caller must try to hand it over.
  [[nodiscard]] bool release() noexcept {
    used_.fetch_sub(1, std::memory_order_seq_cst);
    return waiting_.load(std::memory_order_seq_cst) != 0;
  }

  void announce_waiter() noexcept { waiting_.fetch_add(1, std::memory_order_seq_cst); }
  void retract_waiter() noexcept { waiting_.fetch_sub(1, std::memory_order_seq_cst); }

  /// Raising it does not wake anybody by itself: the caller hands over (control/change).
  void set_max(std::uint32_t max) noexcept {
    full_max_.store(max, std::memory_order_seq_cst);
    settle_max();
  }
  /// How much of it counts for now, in percent, one slot at least (slowstart). Likewise.
  void set_share(std::uint32_t percent) noexcept {
    share_.store(percent, std::memory_order_seq_cst);
    settle_max();
  }
  /// What was set, whatever the share.
  [[nodiscard]] std::uint32_t full_max() const noexcept {
    return full_max_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t max() const noexcept { return max_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t used() const noexcept {
    return used_.load(std::memory_order_seq_cst);
  }
  [[nodiscard]] std::uint32_t peak() const noexcept {
    return peak_.load(std::memory_order_relaxed);
  }
  void clear_peak() noexcept { peak_.store(used(), std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t waiting() const noexcept {
    return waiting_.load(std::memory_order_seq_cst);
  }
  [[nodiscard]] bool has_room() const noexcept {
    const std::uint32_t max = this->max();
    return max == 0 || used() < max;
  }

 private:
  void note_peak(std::uint32_t value) noexcept {
    std::uint32_t seen = peak_.load(std::memory_order_relaxed);
    while (value > seen && !peak_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
  }
  /// Of two threads that set maximum and share at once, the later one sees both.
  void settle_max() noexcept {
    for (;;) {
      const std::uint32_t full = full_max_.load(std::memory_order_seq_cst);
      const std::uint32_t share = share_.load(std::memory_order_seq_cst);
      const std::uint64_t part = std::uint64_t{full} * share / 100;
      const std::uint32_t least = full == 0 ? 0 : 1;
      max_.store(std::max(static_cast<std::uint32_t>(part), least), std::memory_order_seq_cst);
      if (full_max_.load(std::memory_order_seq_cst) == full &&
          share_.load(std::memory_order_seq_cst) == share)
        return;
    }
  }
  std::atomic<std::uint32_t> used_{0};
  std::atomic<std::uint32_t> max_{0};  // share_ percent of full_max_
  std::atomic<std::uint32_t> full_max_{0};
  std::atomic<std::uint32_t> share_{100};
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint32_t> peak_{0};
};

}  // namespace sluice::model
