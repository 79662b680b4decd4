// Statistics that workers write and readers sum. One array per worker, on its own cache lines; a
// counter has a single writer (relaxed load, add, store: no lock prefix). Clearing is a baseline
// that the reader subtracts. Gauges that several threads move are in Gauge. How long things took is
// in model/times.h, a block of which hangs on each counter block that needs one.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "model/times.h"

namespace sluice::model {

/// Indexes of the counters that a proxy side or a server has; stats/fields names them.
enum class Counter : std::uint8_t {
  Sessions,     // stot: connections of a frontend, sessions of a backend or server
  Connections,  // conn_tot
  BytesIn,
  BytesOut,
  DeniedRequests,
  DeniedResponses,
  RequestErrors,
  ConnectionErrors,
  ResponseErrors,
  Retries,
  Redispatches,
  Responses1xx,
  Responses2xx,
  Responses3xx,
  Responses4xx,
  Responses5xx,
  ResponsesOther,
  Requests,  // req_tot
  ClientAborts,
  ServerAborts,
  LoadBalanced,       // lbtot
  Connects,           // connect: attempts to connect
  Reuses,             // reuse: requests on an idle connection
  Intercepted,        // answered by Sluice itself (stats, redirect)
  DeniedConnections,  // dcon
  DeniedSessions,     // dses
  FailedRewrites,     // wrew
  InternalErrors,     // eint
  ReplaysOnReuse,     // a reused connection died before a response byte and the request went again
  kCount,
};

inline constexpr std::size_t kCounterCount = static_cast<std::size_t>(Counter::kCount);

class alignas(64) CounterBlock {
 public:
  CounterBlock() = default;
  ~CounterBlock() { delete times_.load(std::memory_order_relaxed); }
  CounterBlock(const CounterBlock&) = delete;
  CounterBlock& operator=(const CounterBlock&) = delete;

  void add(Counter counter, std::uint64_t n = 1) noexcept {
    auto& cell = cells_[static_cast<std::size_t>(counter)];
    cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get(Counter counter) const noexcept {
    return cells_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }

  /// The worker whose block it is; allocates at the first call.
  [[nodiscard]] TimesBlock& times() {
    TimesBlock* block = times_.load(std::memory_order_relaxed);
    return block != nullptr ? *block : make_times();
  }
  /// Any thread; null where nothing was timed.
  [[nodiscard]] TimesBlock* timed() const noexcept {
    return times_.load(std::memory_order_acquire);
  }

 private:
  [[nodiscard]] TimesBlock& make_times() {
    auto* block = new TimesBlock;
    times_.store(block, std::memory_order_release);
    return *block;
  }
  std::array<std::atomic<std::uint64_t>, kCounterCount> cells_{};
  std::atomic<TimesBlock*> times_{nullptr};
};

/// The counters of one object: a block per worker slot, made when the worker first asks.
/// `of(slot)` belongs to the worker of that slot (wait-free once made); `sum` is for any thread.
class CounterSet {
 public:
  static constexpr std::size_t kMaxSlots = 64;
  CounterSet() = default;
  ~CounterSet() {
    for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
  }
  CounterSet(const CounterSet&) = delete;
  CounterSet& operator=(const CounterSet&) = delete;

  [[nodiscard]] CounterBlock& of(std::size_t slot) {
    CounterBlock* block = slots_[slot].load(std::memory_order_acquire);
    if (block == nullptr) {
      block = new CounterBlock;
      slots_[slot].store(block, std::memory_order_release);
    }
    return *block;
  }
  [[nodiscard]] std::uint64_t sum(Counter counter) const noexcept {
    std::uint64_t total = 0;
    for (const auto& slot : slots_) {
      if (const CounterBlock* block = slot.load(std::memory_order_acquire))
        total += block->get(counter);
    }
    return total - baseline_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }
  /// All of them in one walk.
  [[nodiscard]] std::array<std::uint64_t, kCounterCount> sums() const noexcept {
    std::array<std::uint64_t, kCounterCount> out{};
    for (const auto& slot : slots_) {
      const CounterBlock* block = slot.load(std::memory_order_acquire);
      if (block == nullptr) continue;
      for (std::size_t i = 0; i < kCounterCount; ++i) out[i] += block->get(static_cast<Counter>(i));
    }
    for (std::size_t i = 0; i < kCounterCount; ++i)
      out[i] -= baseline_[i].load(std::memory_order_relaxed);
    return out;
  }
  /// Control thread only: later sums start from here.
  void clear() noexcept {
    for (std::size_t i = 0; i < kCounterCount; ++i) {
      baseline_[i].store(
          baseline_[i].load(std::memory_order_relaxed) + sum(static_cast<Counter>(i)),
          std::memory_order_relaxed);
    }
    clear_times();
  }

  // Control thread only
  [[nodiscard]] Durations durations() const noexcept;
  /// Time in all, in nanoseconds: changes with every request that is timed, and is 0 before.
  [[nodiscard]] std::uint64_t timed_ns() const noexcept;
  [[nodiscard]] RecentTimes recent_times() const noexcept;
  /// A worker that just then has a longer one may win.
  void clear_time_maxima() noexcept;

 private:
  void clear_times();
  template <class Use>
  void each_timed(const Use& use) const {
    for (const auto& slot : slots_) {
      const CounterBlock* block = slot.load(std::memory_order_acquire);
      TimesBlock* times = block != nullptr ? block->timed() : nullptr;
      if (times != nullptr) use(*times);
    }
  }
  std::array<std::atomic<CounterBlock*>, kMaxSlots> slots_{};
  std::array<std::atomic<std::uint64_t>, kCounterCount> baseline_{};
  std::unique_ptr<Durations> cleared_;  // what durations() subtracts
};

/// A number that goes up and down from several threads, with its maximum since the last clear.
class Gauge {
 public:
  std::uint32_t increase() noexcept {
    const std::uint32_t value = value_.fetch_add(1, std::memory_order_relaxed) + 1;
    std::uint32_t seen = max_.load(std::memory_order_relaxed);
    while (value > seen && !max_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
    return value;
  }
  void decrease() noexcept { value_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t max() const noexcept {
    return std::max(max_.load(std::memory_order_relaxed), value());
  }
  void clear_max() noexcept { max_.store(value(), std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> value_{0};
  std::atomic<std::uint32_t> max_{0};
};

/// Events per second over a sliding second, HAProxy's way (freq_ctr): the running second plus what
/// is left of the previous one. Any thread may add; approximate under contention, as theirs is.
class Rate {
 public:
  std::uint32_t add(std::uint64_t now_ms) noexcept {
    rotate(now_ms);
    current_.fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t rate = read(now_ms);
    std::uint32_t seen = max_.load(std::memory_order_relaxed);
    if (rate > seen) max_.compare_exchange_strong(seen, rate, std::memory_order_relaxed);
    return rate;
  }
  [[nodiscard]] std::uint32_t read(std::uint64_t now_ms) const noexcept {
    const std::uint64_t second = now_ms / 1000;
    const std::uint64_t at = second_.load(std::memory_order_relaxed);
    const std::uint32_t current = current_.load(std::memory_order_relaxed);
    const std::uint32_t previous = previous_.load(std::memory_order_relaxed);
    if (second == at) {
      return current + static_cast<std::uint32_t>(
                           previous * static_cast<std::uint64_t>(999 - now_ms % 1000) / 1000);
    }
    if (second == at + 1)
      return static_cast<std::uint32_t>(current * static_cast<std::uint64_t>(999 - now_ms % 1000) /
                                        1000);
    return 0;
  }
  /// One of this second's was none.
  void take_back() noexcept {
    std::uint32_t seen = current_.load(std::memory_order_relaxed);
    while (seen > 0 && !current_.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed)) {
    }
  }
  [[nodiscard]] std::uint32_t max() const noexcept { return max_.load(std::memory_order_relaxed); }
  void clear_max() noexcept { max_.store(0, std::memory_order_relaxed); }

 private:
  void rotate(std::uint64_t now_ms) noexcept {
    const std::uint64_t second = now_ms / 1000;
    std::uint64_t at = second_.load(std::memory_order_relaxed);
    if (second == at) return;
    if (!second_.compare_exchange_strong(at, second, std::memory_order_relaxed)) return;
    const std::uint32_t last = current_.exchange(0, std::memory_order_relaxed);
    previous_.store(second == at + 1 ? last : 0, std::memory_order_relaxed);
  }
  std::atomic<std::uint64_t> second_{0};
  std::atomic<std::uint32_t> current_{0};
  std::atomic<std::uint32_t> previous_{0};
  std::atomic<std::uint32_t> max_{0};
};

}  // namespace sluice::model
