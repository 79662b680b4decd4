// The time-outs that hold for a proxy. Pure. Milliseconds, 0: none.
//
// HAProxy's fall-backs come first (manual §4.2): http-request from client; http-keep-alive from
// http-request; queue and tarpit from connect; client-fin and server-fin from client and server. As
// in HAProxy a 0 that was written falls back too. Only a chain that ends without any value takes
// our limits (base/limits.h); one in which somebody wrote 0 ends in none. tunnel and check have no
// fall-back: 0 leaves the client's and server's time-outs, or `inter`, in force.
#pragma once

#include "control/snapshot.h"
#include "model/proxy.h"

namespace sluice::control {

[[nodiscard]] EffectiveTimeouts effective_timeouts(const model::Timeouts& written);

}  // namespace sluice::control
