// The running proxy: reads the configuration, opens what it names, starts the workers, and serves on
// the control thread (checks, internal services, runtime sockets, signals) until it is told to stop.
// Every part is made in order and destroyed in the reverse order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::app {

/// What the command line asks for (HAProxy's flags).
struct RunOptions {
  std::vector<std::string> files;
  bool check_only = false;        // -c
  bool foreground = false;        // -db
  bool daemon = false;            // -D
  bool quiet = false;             // -q
  bool verbose = false;           // -V, -d
  bool zero_warnings = false;     // -dW
  std::uint32_t maxconn = 0;      // -n
  std::string pidfile;            // -p
  std::vector<int> stop_softly;   // -sf
  std::vector<int> stop_now;      // -st
};

/// Exit codes are HAProxy's: 0, 1 for a configuration that is refused, 2 without a listener.
[[nodiscard]] int run_proxy(const RunOptions& options);

}  // namespace sluice::app
