#include "balance/load_bound.h"

#include <algorithm>

namespace sluice::balance {

LoadBound::LoadBound(std::uint32_t percent, std::span<const Candidate> candidates)
    : percent_(percent) {
  if (percent_ == 0) return;
  for (const Candidate& candidate : candidates) {
    before_.push_back(total_);
    total_ += candidate.weight;
  }
}

std::uint64_t LoadBound::demand(std::span<const Candidate> candidates) const noexcept {
  std::uint64_t used = 1;
  for (const Candidate& candidate : candidates) used += candidate.server->limiter.used();
  return used;
}

bool LoadBound::admits(std::span<const Candidate> candidates, std::size_t index,
                       std::uint64_t demand) const noexcept {
  if (percent_ == 0 || total_ == 0) return true;
  const Candidate& candidate = candidates[index];
  const std::uint64_t weight = candidate.weight;
  const std::uint64_t slots = (demand * percent_ + 99) / 100;
  const std::uint64_t rest = slots % total_;
  const std::uint64_t own = weight * (slots / total_) + (before_[index] + weight) * rest / total_ -
                            before_[index] * rest / total_;
  return candidate.server->limiter.used() < std::max<std::uint64_t>(own, 1);
}

}  // namespace sluice::balance
