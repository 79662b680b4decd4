// The last message of a proxy that was refused as malformed, for `show errors`: a bounded copy, in
// which secrets are masked before it is kept. Workers store, any thread reads; a short lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/address.h"
#include "base/spinlock.h"

namespace sluice::model {

struct CapturedError {
  std::uint64_t number = 0;  // of the process's events
  std::int64_t wall_us = 0;
  bool response = false;
  std::string frontend, backend, server;  // empty: none was chosen
  std::uint32_t frontend_id = 0, backend_id = 0, server_id = 0;
  base::Address source;
  std::size_t length = 0;    // of what had come
  std::size_t position = 0;  // of what was refused
  std::string cause;
  std::string bytes;  // the beginning of it
};

class ErrorCapture {
 public:
  static constexpr std::size_t kMaxBytes = 16'384;

  void store(CapturedError error) {
    auto fresh = std::make_shared<const CapturedError>(std::move(error));
    lock_.lock();
    last_.swap(fresh);
    lock_.unlock();
  }
  /// Null: nothing was refused yet.
  [[nodiscard]] std::shared_ptr<const CapturedError> last() const {
    lock_.lock();
    auto copy = last_;
    lock_.unlock();
    return copy;
  }

 private:
  mutable base::SpinLock lock_;
  std::shared_ptr<const CapturedError> last_;
};

/// Numbers them over the whole process.
inline std::atomic<std::uint64_t>& captured_errors() {
  static std::atomic<std::uint64_t> total{0};
  return total;
}

}  // namespace sluice::model
