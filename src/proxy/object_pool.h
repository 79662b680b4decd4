// A free list of warm objects: an exchange that ends keeps its buffers for the next one. One
// thread. T has `void recycle()`, which brings it back to its first state without giving memory
// back.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::proxy {

template <class T>
class ObjectPool {
 public:
  struct Return {
    ObjectPool* pool = nullptr;
    void operator()(T* object) const noexcept {
      if (pool != nullptr)
        pool->give_back(object);
      else
        delete object;
    }
  };
  using Pointer = std::unique_ptr<T, Return>;

  explicit ObjectPool(std::size_t keep = 256) : keep_(keep) { free_.reserve(keep); }

  template <class... Arguments>
  [[nodiscard]] Pointer take(Arguments&&... arguments) {
    ++in_use_;
    if (free_.empty()) return Pointer(new T(std::forward<Arguments>(arguments)...), Return{this});
    T* object = free_.back().release();
    free_.pop_back();
    return Pointer(object, Return{this});
  }
  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  [[nodiscard]] std::size_t spare() const { return free_.size(); }

 private:
  void give_back(T* object) noexcept {
    --in_use_;
    std::unique_ptr<T> owned(object);
    if (free_.size() >= keep_) return;
    object->recycle();
    free_.push_back(std::move(owned));
  }
  std::vector<std::unique_ptr<T>> free_;
  std::size_t keep_;
  std::size_t in_use_ = 0;
};

}  // namespace sluice::proxy
