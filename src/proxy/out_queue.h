// Bytes on their way to one stream: slices in order, written with one writev per flush, then what a
// pipe holds. Bounded by its owner, who stops reading from the other side at the high-water mark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/block.h"
#include "base/limits.h"
#include "net/pipe.h"
#include "net/stream.h"

namespace sluice::proxy {

class OutQueue {
 public:
  enum class Flush : std::uint8_t { Empty, Blocked, Failed };

  /// Room for all that is usual: where reads happen to cut a body in three for the first time on a
  /// warm connection, nothing is allocated.
  OutQueue() { slices_.reserve(kMarkSlices); }

  void append(base::Slice slice) {
    if (slice.bytes.empty()) return;
    bytes_ += slice.bytes.size();
    slices_.push_back(std::move(slice));
  }
  /// Text that lives as long as the program (or the snapshot).
  void append_static(std::string_view text) { append({base::BlockRef(), text}); }

  /// The last slice ends where `at` begins, so that bytes put there could belong to it.
  [[nodiscard]] bool ends_at(const char* at) const {
    const std::string_view last = slices_.back().bytes;
    return last.data() + last.size() == at;
  }
  void extend(std::size_t size) {
    std::string_view& last = slices_.back().bytes;
    last = {last.data(), last.size() + size};
    bytes_ += size;
  }

  /// A body passes by the kernel from now on, until clear(): no slice may follow what the pipe
  /// holds.
  void relay_through(net::PipePool::Pointer pipe) { pipe_ = std::move(pipe); }
  void end_relay() { pipe_.reset(); }
  [[nodiscard]] net::Pipe* pipe() const { return pipe_.get(); }

  [[nodiscard]] bool empty() const { return first_ == slices_.size() && piped() == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_ + piped(); }
  /// Each slice may pin a whole block, however short it is: both are bounded. One read may bring
  /// kRelayBlocks; the mark is a block higher, so that who keeps up is never paused (each pause
  /// costs two epoll_ctl).
  [[nodiscard]] bool above_mark(std::size_t block_bytes) const {
    return piped() > 0 || bytes_ >= (base::limits::kRelayBlocks + 1) * block_bytes ||
           slices_.size() - first_ >= kMarkSlices;
  }
  [[nodiscard]] std::uint64_t written() const { return written_; }

  [[nodiscard]] Flush flush(net::Stream& stream, int& error) noexcept;
  void clear() {
    pipe_.reset();
    slices_.clear();
    first_ = 0;
    bytes_ = 0;
    written_ = 0;
  }

 private:
  static constexpr std::size_t kMarkSlices = 4 * base::limits::kRelayBlocks;
  [[nodiscard]] std::size_t piped() const { return pipe_ ? pipe_->held() : 0; }
  [[nodiscard]] Flush flush_pipe(net::Stream& stream, int& error) noexcept;
  void drop(std::size_t bytes) noexcept;
  std::vector<base::Slice> slices_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t written_ = 0;
  net::PipePool::Pointer pipe_;
};

}  // namespace sluice::proxy
