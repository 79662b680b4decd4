// A worker's hold on one snapshot: one shared_ptr per generation, and a plain count of who uses it
// here. Counting an exchange costs nothing atomic.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "control/snapshot.h"

namespace sluice::proxy {

struct Generation {
  std::shared_ptr<const control::Snapshot> snapshot;
  std::uint32_t users = 0;
};

/// Counts as a user of a generation while it lives. The worker gives generations without users back
/// to the control thread, when nobody of the present event stands on them any more.
class GenerationRef {
 public:
  GenerationRef() = default;
  explicit GenerationRef(Generation& generation) : generation_(&generation) { ++generation.users; }
  GenerationRef(const GenerationRef& other) : generation_(other.generation_) {
    if (generation_ != nullptr) ++generation_->users;
  }
  GenerationRef(GenerationRef&& other) noexcept
      : generation_(std::exchange(other.generation_, nullptr)) {}
  GenerationRef& operator=(GenerationRef other) noexcept {
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~GenerationRef() {
    if (generation_ != nullptr) --generation_->users;
  }
  [[nodiscard]] const control::Snapshot& operator*() const { return *generation_->snapshot; }
  [[nodiscard]] const std::shared_ptr<const control::Snapshot>& snapshot() const {
    return generation_->snapshot;
  }
  [[nodiscard]] const Generation* get() const { return generation_; }

 private:
  Generation* generation_ = nullptr;
};

}  // namespace sluice::proxy
