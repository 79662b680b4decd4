#include "proxy/out_queue.h"

#include <algorithm>

namespace sluice::proxy {

namespace {
constexpr std::size_t kMaxVectors = 24;
}

OutQueue::Flush OutQueue::flush(net::Stream& stream, int& error) noexcept {
  if (slices_.size() == first_ + 1) {  // mostly: a head with its small body, a piece of a body
    const std::string_view bytes = slices_[first_].bytes;
    const iovec vector{const_cast<char*>(bytes.data()), bytes.size()};
    const net::IoResult result = stream.try_write(&vector, 1);
    if (result.status == net::IoStatus::WouldBlock) return Flush::Blocked;
    if (result.status != net::IoStatus::Ok) {
      error = result.error;
      return Flush::Failed;
    }
    drop(result.bytes);
    if (result.bytes < bytes.size()) return Flush::Blocked;
  }
  while (first_ != slices_.size()) {
    iovec vectors[kMaxVectors];
    const std::size_t count = std::min(kMaxVectors, slices_.size() - first_);
    std::size_t asked = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view bytes = slices_[first_ + i].bytes;
      vectors[i] = {const_cast<char*>(bytes.data()), bytes.size()};
      asked += bytes.size();
    }
    const net::IoResult result = stream.try_write(vectors, static_cast<int>(count));
    if (result.status == net::IoStatus::WouldBlock) return Flush::Blocked;
    if (result.status != net::IoStatus::Ok) {
      error = result.error;
      return Flush::Failed;
    }
    drop(result.bytes);
    if (result.bytes < asked) return Flush::Blocked;
  }
  return piped() > 0 ? flush_pipe(stream, error) : Flush::Empty;
}

OutQueue::Flush OutQueue::flush_pipe(net::Stream& stream, int& error) noexcept {
  while (pipe_->held() > 0) {
    const net::IoResult result = pipe_->drain(stream);
    if (result.status == net::IoStatus::WouldBlock) return Flush::Blocked;
    if (result.status != net::IoStatus::Ok) {
      error = result.error;
      return Flush::Failed;
    }
    written_ += result.bytes;
  }
  return Flush::Empty;
}

void OutQueue::drop(std::size_t bytes) noexcept {
  bytes_ -= bytes;
  written_ += bytes;
  while (bytes > 0) {
    base::Slice& slice = slices_[first_];
    if (bytes < slice.bytes.size()) {
      slice.bytes.remove_prefix(bytes);
      return;
    }
    bytes -= slice.bytes.size();
    slice.block.reset();
    ++first_;
  }
  if (first_ == slices_.size()) {
    slices_.clear();
    first_ = 0;
  } else if (first_ >= 64) {
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace sluice::proxy
