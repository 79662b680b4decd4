// What can only be said of a configuration as a whole: references, modes, fall-backs of timeouts,
// numbers. Completes the model: afterwards every proxy has a mode, every timeout that HAProxy or we
// have a value for is set (0: none), every id is given, TLS defaults are merged.
#pragma once

#include "base/diagnostics.h"
#include "model/config.h"

namespace sluice::config {

void validate(model::Config& config, base::Diagnostics& diagnostics);

// Its steps, in order; each in a file of its own.
void infer_modes(model::Config& config, base::Diagnostics& diagnostics);
void check_references(const model::Config& config, base::Diagnostics& diagnostics);
void check_servers(model::Config& config, base::Diagnostics& diagnostics);
void check_stats_page(const model::Proxy& proxy, base::Diagnostics& diagnostics);
void drop_http_in_tcp_mode(model::Proxy& proxy, base::Diagnostics& diagnostics);
void complete_timeouts(model::Proxy& proxy, base::Diagnostics& diagnostics);
void complete_tls(model::Config& config, base::Diagnostics& diagnostics);
void assign_ids(model::Config& config, base::Diagnostics& diagnostics);

}  // namespace sluice::config
