// Bump memory for what one exchange makes (rewritten headers, converted samples). Reset, never
// freed piecemeal. Chunks are malloc'ed once and kept while the owner is pooled, so a warm exchange
// allocates nothing. One owner, one thread.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace sluice::base {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (Chunk& chunk : chunks_) std::free(chunk.memory);
  }

  /// `bytes` of uninitialised memory (1-byte aligned text).
  [[nodiscard]] char* allocate(std::size_t bytes) {
    if (current_ < chunks_.size() && chunks_[current_].size - used_ >= bytes) {
      char* out = chunks_[current_].memory + used_;
      used_ += bytes;
      return out;
    }
    return allocate_slowly(bytes);
  }

  [[nodiscard]] std::string_view copy(std::string_view text) {
    if (text.empty()) return {"", 0};
    char* out = allocate(text.size());
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }

  [[nodiscard]] std::string_view concat(std::initializer_list<std::string_view> parts) {
    std::size_t total = 0;
    for (std::string_view part : parts) total += part.size();
    char* out = allocate(total);
    char* at = out;
    for (std::string_view part : parts) {
      if (!part.empty()) std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
    return {out, total};
  }

  /// Forgets everything; keeps the first chunk so that the next use is warm.
  void reset() noexcept {
    while (chunks_.size() > 1) {
      std::free(chunks_.back().memory);
      chunks_.pop_back();
    }
    current_ = 0;
    used_ = 0;
  }

 private:
  struct Chunk {
    char* memory;
    std::size_t size;
  };
  static constexpr std::size_t kChunk = 4096;

  char* allocate_slowly(std::size_t bytes) {
    const std::size_t size = bytes > kChunk ? bytes : kChunk;
    auto* memory = static_cast<char*>(std::malloc(size));
    if (memory == nullptr) std::abort();
    chunks_.push_back({memory, size});
    current_ = chunks_.size() - 1;
    used_ = bytes;
    return memory;
  }

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
};

}  // namespace sluice::base
