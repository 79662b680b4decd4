// A kernel pipe through which bytes pass from one plain socket to another without being copied
// (splice(2)). Filled only while it is empty, so that "nothing to read" and "full" cannot be taken
// for one another. One worker.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/stream.h"

namespace sluice::net {

class Pipe {
 public:
  /// Null: no descriptor, or the user's share of pipe memory is used up.
  [[nodiscard]] static std::unique_ptr<Pipe> make() noexcept;
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] std::size_t held() const { return held_; }
  /// Takes at most `most` bytes out of a plain stream; the pipe is empty before.
  [[nodiscard]] IoResult fill(const Stream& from, std::size_t most) noexcept;
  /// Gives what it holds to a plain stream, as far as that takes it.
  [[nodiscard]] IoResult drain(const Stream& into) noexcept;

 private:
  Pipe(int read_end, int write_end) : read_end_(read_end), write_end_(write_end) {}
  int read_end_;
  int write_end_;
  std::size_t held_ = 0;
};

/// A worker's pipes: at most so many are out at a time, and they are kept for the next.
class PipePool {
 public:
  struct Return {
    PipePool* pool = nullptr;
    void operator()(Pipe* pipe) const noexcept { pool->give_back(pipe); }
  };
  using Pointer = std::unique_ptr<Pipe, Return>;

  explicit PipePool(std::size_t most) : most_(most) { free_.reserve(most); }
  /// Null: the bytes have to be copied.
  [[nodiscard]] Pointer take() noexcept;
  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  [[nodiscard]] std::size_t spare() const { return free_.size(); }

 private:
  void give_back(Pipe* pipe) noexcept;
  std::vector<std::unique_ptr<Pipe>> free_;
  std::size_t most_;
  std::size_t in_use_ = 0;
};

}  // namespace sluice::net
