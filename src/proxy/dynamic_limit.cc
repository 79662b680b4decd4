#include "proxy/dynamic_limit.h"

#include <algorithm>

namespace sluice::proxy {

void adapt_limits(const control::BackendRuntime& backend, std::uint32_t process_maxconn) noexcept {
  if (!backend.has_minconn) return;
  const std::uint64_t load = backend.live->sessions.value();
  const std::uint64_t full =
      backend.fullconn != 0 ? backend.fullconn : std::max(1U, (process_maxconn + 9) / 10);
  for (const auto& server : backend.servers) {
    const std::uint32_t least = server->config->minconn;
    const std::uint32_t most = server->config->maxconn;
    if (least == 0 || least >= most) continue;
    const std::uint64_t share = load >= full ? most : load * most / full;
    const auto limit = static_cast<std::uint32_t>(std::max<std::uint64_t>(least, share));
    const bool grows = limit > server->live->limiter.full_max();
    server->live->limiter.set_max(limit);
    if (grows && server->live->limiter.has_room()) backend.live->queue.hand_over(*server->live);
  }
}

}  // namespace sluice::proxy
