// Drains (control/drains.h) as people and programs see them: in the control API, at the runtime
// socket, in the metrics. Control thread.
#pragma once

#include <string>

#include "admin/api_objects.h"
#include "control/drains.h"
#include "stats/metric_walk.h"

namespace sluice::admin {

/// Schema Drain.
[[nodiscard]] Json drain_object(const control::Drain& drain, const WallClock& clock);
/// The lines of `show drain`: a head, and one per drain that `wanted` ("BACKEND" or
/// "BACKEND/SERVER"; empty: all) names.
[[nodiscard]] std::string drain_lines(const control::Drains& drains, std::string_view wanted,
                                      std::uint64_t now_ms);
/// What `wanted` asks for of sluice_server_drain_held and sluice_server_safe_to_stop, in
/// Prometheus' text format 0.0.4. Empty where nothing drains.
[[nodiscard]] std::string drain_metrics(const control::Drains& drains,
                                        const stats::ScrapeOptions& wanted);

}  // namespace sluice::admin
