// One immutable object that workers read through an atomic pointer while the control thread
// replaces it. replace() hands the old object to the caller, who keeps it until every worker was
// quiescent.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace sluice::balance {

template <class T>
class Published {
 public:
  /// Any worker; null before the first replace().
  [[nodiscard]] const T* read() const noexcept { return current_.load(std::memory_order_acquire); }
  /// Control thread only.
  [[nodiscard]] std::shared_ptr<const T> replace(std::shared_ptr<const T> next) {
    current_.store(next.get(), std::memory_order_release);
    return std::exchange(owner_, std::move(next));
  }

 private:
  std::atomic<const T*> current_{nullptr};
  std::shared_ptr<const T> owner_;
};

}  // namespace sluice::balance
