#include "model/times.h"

#include <algorithm>

#include "model/counters.h"

namespace sluice::model {

namespace {

std::uint64_t since(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

}  // namespace

void TimesBlock::take(Mark& mark) const noexcept {
  mark.requests.store(requests_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  for (std::size_t i = 0; i < kTimeParts; ++i) {
    mark.sums_ms[i].store(sums_ms_[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
}

void TimesBlock::mark() noexcept {
  auto& [older, newer] = marks_;
  older.requests.store(newer.requests.load(std::memory_order_relaxed), std::memory_order_relaxed);
  for (std::size_t i = 0; i < kTimeParts; ++i) {
    older.sums_ms[i].store(newer.sums_ms[i].load(std::memory_order_relaxed),
                           std::memory_order_relaxed);
  }
  take(newer);
}

void TimesBlock::clear_recent() noexcept {
  for (Mark& mark : marks_) take(mark);
}

void Durations::add(const TimesBlock& block) noexcept {
  for (std::size_t i = 0; i < durations::kBuckets; ++i)
    buckets[i] += block.buckets_[i].load(std::memory_order_relaxed);
  total_ns += block.total_ns_.load(std::memory_order_relaxed);
}

void Durations::add(const Durations& other) noexcept {
  for (std::size_t i = 0; i < durations::kBuckets; ++i) buckets[i] += other.buckets[i];
  total_ns += other.total_ns;
}

void Durations::subtract(const Durations& before) noexcept {
  for (std::size_t i = 0; i < durations::kBuckets; ++i)
    buckets[i] = since(buckets[i], before.buckets[i]);
  total_ns = since(total_ns, before.total_ns);
}

std::uint64_t Durations::count() const noexcept {
  std::uint64_t total = 0;
  for (const std::uint64_t n : buckets) total += n;
  return total;
}

std::uint64_t Durations::below(std::uint64_t us) const noexcept {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < durations::bucket_of(us); ++i) total += buckets[i];
  return total;
}

double Durations::quantile_ms(double share) const noexcept {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  double left = share * static_cast<double>(total);
  std::size_t last = 0;
  for (std::size_t i = 0; i < durations::kBuckets; ++i) {
    if (buckets[i] == 0) continue;
    last = i;
    const auto here = static_cast<double>(buckets[i]);
    if (left <= here && i + 1 < durations::kBuckets) {
      const auto begin = static_cast<double>(durations::begin_us(i));
      const auto end = static_cast<double>(durations::begin_us(i + 1));
      return (begin + (end - begin) * left / here) / 1000;
    }
    left -= here;
  }
  return static_cast<double>(durations::begin_us(last)) / 1000;
}

void RecentTimes::add(const TimesBlock& block) noexcept {
  // A worker may move the marks meanwhile: what then seems to be negative is none.
  const auto& older = block.marks_[0];
  requests += since(block.requests_.load(std::memory_order_relaxed),
                    older.requests.load(std::memory_order_relaxed));
  for (std::size_t i = 0; i < kTimeParts; ++i) {
    sums_ms[i] += since(block.sums_ms_[i].load(std::memory_order_relaxed),
                        older.sums_ms[i].load(std::memory_order_relaxed));
    maxima_ms[i] = std::max(maxima_ms[i], block.maxima_ms_[i].load(std::memory_order_relaxed));
  }
}

Durations CounterSet::durations() const noexcept {
  Durations out;
  each_timed([&out](const TimesBlock& block) { out.add(block); });
  if (cleared_ != nullptr) out.subtract(*cleared_);
  return out;
}

std::uint64_t CounterSet::timed_ns() const noexcept {
  std::uint64_t total = 0;
  each_timed([&total](const TimesBlock& block) {
    total += block.total_ns_.load(std::memory_order_relaxed);
  });
  return total;
}

RecentTimes CounterSet::recent_times() const noexcept {
  RecentTimes out;
  each_timed([&out](const TimesBlock& block) { out.add(block); });
  return out;
}

void CounterSet::clear_time_maxima() noexcept {
  each_timed([](TimesBlock& block) {
    for (auto& longest : block.maxima_ms_) longest.store(0, std::memory_order_relaxed);
  });
}

void CounterSet::clear_times() {
  cleared_ = nullptr;
  if (timed_ns() != 0) cleared_ = std::make_unique<Durations>(durations());
  each_timed([](TimesBlock& block) { block.clear_recent(); });
}

}  // namespace sluice::model
