// The running proxy: reads the configuration, opens what it names, starts the workers, and serves
// on the control thread (checks, internal services, runtime sockets, signals) until it is told to
// stop. Every part is made in order and destroyed in the reverse order.
#pragma once

#include "app/command_line.h"

namespace sluice::app {

/// Exit codes are HAProxy's: 0, 1 for a configuration that is refused, 2 without a listener.
[[nodiscard]] int run_proxy(const RunCommand& command);

}  // namespace sluice::app
