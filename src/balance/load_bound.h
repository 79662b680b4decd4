// `hash-balance-factor`: how many requests a server may have while others have fewer, as a
// percentage of the average by weight. Slots are dealt out as whole numbers per unit of weight and
// the rest along the list, at least one each; so does HAProxy, whose servers this must pick.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "balance/usable.h"

namespace sluice::balance {

class LoadBound {
 public:
  LoadBound() = default;
  /// `percent` 0: no bound.
  LoadBound(std::uint32_t percent, std::span<const Candidate> candidates);

  [[nodiscard]] bool is_set() const noexcept { return percent_ != 0; }
  /// Requests at all candidates, the one to be placed included.
  [[nodiscard]] std::uint64_t demand(std::span<const Candidate> candidates) const noexcept;
  [[nodiscard]] bool admits(std::span<const Candidate> candidates, std::size_t index,
                            std::uint64_t demand) const noexcept;

 private:
  std::uint64_t percent_ = 0;
  std::uint64_t total_ = 0;
  std::vector<std::uint64_t> before_;  // sums of the weights of those before each candidate
};

}  // namespace sluice::balance
