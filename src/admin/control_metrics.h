// Metrics of the control plane itself: changes by where they came from and what became of them, and
// the passwords that were looked at. Control thread.
#pragma once

#include <string>

#include "admin/view.h"
#include "stats/metric_walk.h"

namespace sluice::admin {

/// In the text format 0.0.4; of the scope global.
[[nodiscard]] std::string control_metrics(const View& view, const stats::ScrapeOptions& wanted);

}  // namespace sluice::admin
