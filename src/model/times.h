// How long requests took: a histogram of their durations, and of the parts of each (queue, connect,
// response, total) sums over all, over the latest, and maxima. A TimesBlock belongs to one object
// and one worker, who alone writes it (relaxed load, add, store); any thread reads. Made when the
// worker first times something. Units are in the names; statistics: management.txt 9.1, 58 to 61.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::model {

/// Buckets of a log-linear histogram: up to 1 ms in steps of 25 µs, then each decade up to 100 s in
/// steps of a quarter of its beginning, then all that is longer. So 1, 2.5 and 5 of every decade
/// are edges, and a bucket is never wider than a quarter of what it holds (from 0.1 ms on).
namespace durations {

inline constexpr std::uint64_t kFineUs = 1'000;
inline constexpr std::uint64_t kFineStepUs = 25;
inline constexpr std::size_t kFineBuckets = kFineUs / kFineStepUs;
inline constexpr std::size_t kStepsPerDecade = 36;  // quarters of 1 to 10
inline constexpr std::size_t kDecades = 5;          // 1 ms to 100 s
inline constexpr std::size_t kBuckets = kFineBuckets + kDecades * kStepsPerDecade + 1;

[[nodiscard]] constexpr std::size_t bucket_of(std::uint64_t us) noexcept {
  if (us < kFineUs) return us / kFineStepUs;
  std::size_t first = kFineBuckets;
  for (std::uint64_t begin = kFineUs; first < kBuckets - 1; begin *= 10, first += kStepsPerDecade) {
    if (us < begin * 10) return first + (us - begin) * 4 / begin;
  }
  return kBuckets - 1;
}
/// Where a bucket begins; the next one begins where it ends.
[[nodiscard]] constexpr std::uint64_t begin_us(std::size_t bucket) noexcept {
  if (bucket <= kFineBuckets) return bucket * kFineStepUs;
  std::uint64_t begin = kFineUs;
  std::size_t steps = bucket - kFineBuckets;
  for (; steps >= kStepsPerDecade; steps -= kStepsPerDecade) begin *= 10;
  return begin + steps * begin / 4;
}

}  // namespace durations

/// The parts of an exchange's time, as the log has them (Tw, Tc, Tr, Tt).
enum class TimePart : std::uint8_t { Queue, Connect, Response, Total };
inline constexpr std::size_t kTimeParts = 4;
using PartsMs = std::array<std::uint32_t, kTimeParts>;

class alignas(64) TimesBlock {
 public:
  /// A request took so long; `bucket` is durations::bucket_of of it.
  void count(std::size_t bucket, std::uint64_t ns) noexcept {
    add(buckets_[bucket], 1);
    add(total_ns_, ns);
  }
  /// The parts of one that a server was asked for.
  void count_parts(const PartsMs& ms) noexcept {
    for (std::size_t i = 0; i < kTimeParts; ++i) {
      if (ms[i] == 0) continue;
      add(sums_ms_[i], ms[i]);
      if (ms[i] > maxima_ms_[i].load(std::memory_order_relaxed))
        maxima_ms_[i].store(ms[i], std::memory_order_relaxed);
    }
    const std::uint64_t requests = requests_.load(std::memory_order_relaxed) + 1;
    requests_.store(requests, std::memory_order_relaxed);
    if (requests % kMarkEvery == 0) mark();
  }

 private:
  friend struct Durations;
  friend struct RecentTimes;
  friend class CounterSet;
  using Cell = std::atomic<std::uint64_t>;
  /// Where the counts stood a while ago: the latest requests are those since then.
  struct Mark {
    Cell requests{0};
    std::array<Cell, kTimeParts> sums_ms{};
  };
  static constexpr std::uint64_t kMarkEvery = 512;

  static void add(Cell& cell, std::uint64_t n) noexcept {
    cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void mark() noexcept;
  void take(Mark& mark) const noexcept;
  /// Control thread: what was seen until now is forgotten.
  void clear_recent() noexcept;

  std::array<Cell, durations::kBuckets> buckets_{};
  Cell total_ns_{0};
  Cell requests_{0};
  std::array<Cell, kTimeParts> sums_ms_{};
  std::array<std::atomic<std::uint32_t>, kTimeParts> maxima_ms_{};
  std::array<Mark, 2> marks_{};  // the older one and the newer one
};

/// A histogram's counts, for whoever reads: summed over workers, or the difference of two moments.
struct Durations {
  std::array<std::uint64_t, durations::kBuckets> buckets{};
  std::uint64_t total_ns = 0;

  void add(const TimesBlock& block) noexcept;
  void add(const Durations& other) noexcept;
  /// What came since `before`; nothing where that had more (it was cleared meanwhile).
  void subtract(const Durations& before) noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept;
  /// How many took less than so long, which must be the edge of a bucket.
  [[nodiscard]] std::uint64_t below(std::uint64_t us) const noexcept;
  /// Milliseconds that the share (0 to 1) of them did not exceed, interpolated in its bucket; 0
  /// without any.
  [[nodiscard]] double quantile_ms(double share) const noexcept;
};

/// Of the latest requests (512 to 1,024 of each worker, or all where there were fewer), and maxima.
struct RecentTimes {
  std::uint64_t requests = 0;
  std::array<std::uint64_t, kTimeParts> sums_ms{};
  PartsMs maxima_ms{};

  void add(const TimesBlock& block) noexcept;
  [[nodiscard]] std::uint64_t mean_ms(TimePart part) const noexcept {
    return requests == 0 ? 0 : sums_ms[static_cast<std::size_t>(part)] / requests;
  }
  [[nodiscard]] std::uint32_t max_ms(TimePart part) const noexcept {
    return maxima_ms[static_cast<std::size_t>(part)];
  }
};

}  // namespace sluice::model
