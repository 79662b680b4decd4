// Latencies in nanoseconds, in buckets of 1/64 of their power of two: 1.6 % of error, no
// allocation.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

class Histogram {
 public:
  void add(std::uint64_t ns) {
    ++counts_[index_of(ns)];
    ++total_;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  /// The latency that `share` of all are not above.
  [[nodiscard]] std::uint64_t at(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return lowest_of(i + 1) - 1;
    }
    return 0;
  }

 private:
  static constexpr int kBits = 6;
  static std::size_t index_of(std::uint64_t ns) {
    if (ns < (1U << kBits)) return ns;
    const int shift = std::bit_width(ns) - kBits - 1;
    return ((static_cast<std::size_t>(shift) + 1) << kBits) + (ns >> shift) - (1U << kBits);
  }
  static std::uint64_t lowest_of(std::size_t index) {
    if (index < (2U << kBits)) return index;
    const std::size_t shift = (index >> kBits) - 1;
    return ((index & ((1U << kBits) - 1)) + (1U << kBits)) << shift;
  }
  std::array<std::uint64_t, 59U << kBits> counts_{};
  std::uint64_t total_ = 0;
};
