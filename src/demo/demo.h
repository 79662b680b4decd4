// `sluice demo`: a monolith and three microservices as processes of their own, the proxy before
// them, the stats page beside it. Prints where everything is and what to try; Ctrl-C stops it all.
#pragma once

#include <cstdint>

#include "demo/service.h"

namespace sluice::demo {

struct DemoOptions {
  std::uint16_t port = 8000;
  std::uint16_t stats_port = 8001;
  std::uint16_t first_service_port =
      9001;                 // the first of four; one that is taken is replaced by any free one
  bool no_traffic = false;  // no light traffic of the demo's own
};

/// Runs until SIGINT or SIGTERM, or until the proxy ends. Returns an exit code.
[[nodiscard]] int run(const DemoOptions& options);

}  // namespace sluice::demo
