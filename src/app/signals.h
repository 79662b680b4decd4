// What signals ask of the process (manual, management guide §4), as events of the control loop.
//   SIGTERM, SIGINT  stop at once          SIGUSR1  stop softly
//   SIGUSR2          reload                SIGHUP   reload
//   SIGPIPE          ignored: writes report it
#pragma once

#include <memory>
#include <vector>

#include "net/signal_source.h"

namespace sluice::app {

enum class Order : unsigned char { StopNow, StopSoftly, Reload };

class Signals final : private net::SignalSource::Events {
 public:
  class Listener {
   public:
    virtual void on_order(Order order) noexcept = 0;

   protected:
    ~Listener() = default;
  };
  Signals(net::Loop& loop, Listener& listener);

 private:
  void on_signal(int signal) noexcept override;
  Listener& listener_;
  std::vector<std::unique_ptr<net::SignalSource>> sources_;
};

}  // namespace sluice::app
