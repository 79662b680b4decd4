// Signals as events of a loop. Only the real loop has them; the process's main (control) loop
// watches.
#pragma once

#include <memory>

#include "net/loop.h"

namespace sluice::net {

class SignalSource {
 public:
  class Events {
   public:
    virtual void on_signal(int signal) noexcept = 0;

   protected:
    ~Events() = default;
  };
  virtual ~SignalSource() = default;
};

/// Watches until destroyed. Null on a loop that is not the real one.
[[nodiscard]] std::unique_ptr<SignalSource> watch_signal(Loop& loop, int signal,
                                                         SignalSource::Events& events);

}  // namespace sluice::net
