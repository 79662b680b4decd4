// What this process takes of its machine, by /proc/self (proc(5)), opened before a chroot hides it.
// Control thread. Counting descriptors takes some time: for metrics, not for every second.
#pragma once

#include "stats/info.h"

namespace sluice::app {

class ProcessMeter {
 public:
  /// Opens /proc/self; where there is none, less is measured.
  ProcessMeter();
  ~ProcessMeter();
  ProcessMeter(const ProcessMeter&) = delete;
  ProcessMeter& operator=(const ProcessMeter&) = delete;

  [[nodiscard]] stats::ProcessUsage read() const;

 private:
  int folder_;
};

}  // namespace sluice::app
