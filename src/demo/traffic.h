// Light traffic to the demo's own proxy, a few requests a second to the pages and the services, so
// that its page has something to show. A thread of the demo's process; it stops with its owner.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace sluice::demo {

class Traffic {
 public:
  /// To 127.0.0.1:`port`. Signals that the caller has blocked stay blocked in the thread.
  explicit Traffic(std::uint16_t port);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

 private:
  void run();
  std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace sluice::demo
