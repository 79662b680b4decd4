// Frontends, backends and servers as the control API shows them (schemas Frontend, Backend, Server
// of admin-ui/openapi.json), without their figures. Names of fields are those of the statistics.
// Control thread.
#pragma once

#include <cstdint>
#include <string>

#include "admin/api_reply.h"
#include "admin/view.h"

namespace sluice::admin {

/// Seconds since the epoch of moments that are kept by the monotonic clock.
struct WallClock {
  std::int64_t offset_us = 0;  // wall minus monotonic, as it was at the start
  [[nodiscard]] double at_ms(std::uint64_t monotonic_ms) const;
  [[nodiscard]] static double seconds(std::int64_t wall_us);
};

[[nodiscard]] std::string frontend_key(std::string_view name);
[[nodiscard]] std::string backend_key(std::string_view name);
[[nodiscard]] std::string server_key(std::string_view backend, std::string_view server);

[[nodiscard]] Json frontend_object(const stats::Source& source, const stats::Moment& moment);
/// Without its servers.
[[nodiscard]] Json backend_object(const stats::Source& source, const stats::Moment& moment,
                                  const WallClock& clock);
[[nodiscard]] Json server_object(const stats::Source& source, const stats::ServerSource& server,
                                 const stats::Moment& moment, const WallClock& clock);
[[nodiscard]] Json process_object(const Picture& picture, const std::string& classic);

/// Changes when something of the server does that no change of state tells of: what its check says,
/// its address, its limit, how warm it is.
[[nodiscard]] std::uint64_t fingerprint(const model::ServerLive& server);
/// Changes when somebody sets something of the server, or it goes UP or DOWN: what an operator who
/// has not seen it would decide by. What a check says on its way there is no part of it.
[[nodiscard]] std::uint64_t settings_print(const model::ServerLive& server);

}  // namespace sluice::admin
