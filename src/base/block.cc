#include "base/block.h"

#include <cstdlib>
#include <new>

namespace sluice::base {

void BlockRef::release(Block* block) noexcept { block->pool->give_back(block); }

BlockPool::BlockPool(std::size_t block_bytes, std::size_t max_blocks, std::size_t max_free)
    : block_bytes_(block_bytes), max_blocks_(max_blocks), max_free_(max_free) {}

BlockPool::~BlockPool() {
  while (free_ != nullptr) {
    Block* block = free_;
    free_ = block->next_free;
    std::free(block);
  }
}

BlockRef BlockPool::take() noexcept {
  Block* block = free_;
  if (block != nullptr) {
    free_ = block->next_free;
    --free_count_;
  } else {
    if (in_use_ >= max_blocks_) {
      ++exhausted_;
      return {};
    }
    void* memory = std::malloc(sizeof(Block) + block_bytes_);
    if (memory == nullptr) {
      ++exhausted_;
      return {};
    }
    block = new (memory) Block{this, nullptr, 0, static_cast<std::uint32_t>(block_bytes_)};
  }
  block->next_free = nullptr;
  block->references = 1;
  ++in_use_;
  return BlockRef(block);
}

void BlockPool::give_back(Block* block) noexcept {
  --in_use_;
  if (free_count_ >= max_free_) {
    std::free(block);
    return;
  }
  block->next_free = free_;
  free_ = block;
  ++free_count_;
}

}  // namespace sluice::base
