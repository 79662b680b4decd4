// 16 KiB blocks (tune.bufsize) that bytes live in, from read to write, so that nothing is copied.
// One BlockPool per worker; counts are not atomic: blocks never leave their worker's thread.
// A pool has a hard cap; past it take() returns an empty reference and the reader waits its turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::base {

class BlockPool;

struct Block {
  BlockPool* pool;
  Block* next_free;
  std::uint32_t references;
  std::uint32_t capacity;
  [[nodiscard]] char* data() { return reinterpret_cast<char*>(this + 1); }
};

/// Owning reference to a block. Copying counts up; moving does not.
class BlockRef {
 public:
  BlockRef() = default;
  explicit BlockRef(Block* adopted) : block_(adopted) {}
  BlockRef(const BlockRef& other) : block_(other.block_) {
    if (block_ != nullptr) ++block_->references;
  }
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef() { reset(); }

  void reset() noexcept {
    if (block_ != nullptr && --block_->references == 0) release(block_);
    block_ = nullptr;
  }
  explicit operator bool() const { return block_ != nullptr; }
  [[nodiscard]] char* data() const { return block_->data(); }
  [[nodiscard]] std::size_t capacity() const { return block_->capacity; }
  [[nodiscard]] bool unique() const { return block_ != nullptr && block_->references == 1; }
  [[nodiscard]] const Block* get() const { return block_; }

 private:
  static void release(Block* block) noexcept;
  Block* block_ = nullptr;
};

class BlockPool {
 public:
  /// `max_blocks` is the hard cap; `max_free` how many unused blocks are kept warm.
  explicit BlockPool(std::size_t block_bytes, std::size_t max_blocks = 65'536,
                     std::size_t max_free = 1'024);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// Empty when the cap is reached (counted in exhausted()).
  [[nodiscard]] BlockRef take() noexcept;
  [[nodiscard]] std::size_t block_bytes() const { return block_bytes_; }
  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  [[nodiscard]] std::size_t spare() const { return free_count_; }
  [[nodiscard]] std::size_t exhausted() const { return exhausted_; }

 private:
  friend class BlockRef;
  void give_back(Block* block) noexcept;

  std::size_t block_bytes_;
  std::size_t max_blocks_;
  std::size_t max_free_;
  Block* free_ = nullptr;
  std::size_t free_count_ = 0;
  std::size_t in_use_ = 0;
  std::size_t exhausted_ = 0;
};

/// Bytes inside a block; keeps the block alive. An empty block with bytes means static storage.
struct Slice {
  BlockRef block;
  std::string_view bytes;
};

}  // namespace sluice::base
