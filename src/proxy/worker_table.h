// The workers by slot, for those that hand connections to each other or wake each other up. Written
// by the control thread; read by every worker, at most for the length of an event, so that a worker
// may be destroyed once it was taken out and every other one was quiescent.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "model/counters.h"

namespace sluice::proxy {

class Worker;

class WorkerTable {
 public:
  static constexpr std::size_t kSlots = model::CounterSet::kMaxSlots;

  /// Control thread; null takes the worker of that slot out.
  void set(std::size_t slot, Worker* worker) noexcept {
    workers_[slot].store(worker, std::memory_order_release);
    std::size_t size = kSlots;
    while (size > 0 && workers_[size - 1].load(std::memory_order_relaxed) == nullptr) --size;
    size_.store(size, std::memory_order_release);
  }
  /// One more than the last slot in use; slots before it may be empty.
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  /// Null: nobody.
  [[nodiscard]] Worker* at(std::size_t slot) const noexcept {
    return workers_[slot].load(std::memory_order_acquire);
  }

 private:
  std::array<std::atomic<Worker*>, kSlots> workers_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace sluice::proxy
