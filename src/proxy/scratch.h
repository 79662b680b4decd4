// The worker's block that reads fill and heads are composed in. Whoever keeps a slice retains its
// block; when nobody did, the same bytes are used again, so an idle connection holds no block.
#pragma once

#include <cstddef>

#include "base/block.h"

namespace sluice::proxy {

class Scratch {
 public:
  explicit Scratch(base::BlockPool& pool) : pool_(pool) {}

  /// Room of at least `least` bytes (at most a block); false when the pool has no block left.
  [[nodiscard]] bool reserve(std::size_t least) noexcept {
    if (block_ && block_.unique()) used_ = 0;
    if (block_ && block_.capacity() - used_ >= least) return true;
    block_ = pool_.take();
    used_ = 0;
    return static_cast<bool>(block_);
  }
  [[nodiscard]] char* data() const { return block_.data() + used_; }
  [[nodiscard]] std::size_t room() const { return block_.capacity() - used_; }
  /// The next `size` bytes of the room become a slice; later reads go behind it.
  [[nodiscard]] base::Slice take(std::size_t size) {
    base::Slice slice{block_, {data(), size}};
    used_ += size;
    return slice;
  }
  void release() noexcept {
    block_.reset();
    used_ = 0;
  }

 private:
  base::BlockPool& pool_;
  base::BlockRef block_;
  std::size_t used_ = 0;
};

}  // namespace sluice::proxy
