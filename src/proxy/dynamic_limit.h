// minconn and fullconn (manual §5.2): a server's limit grows with the backend's load, from minconn
// to maxconn at fullconn. Called where a request enters or leaves a backend; any worker.
#pragma once

#include "control/snapshot.h"

namespace sluice::proxy {

/// `process_maxconn` stands for the frontends' where they have none.
void adapt_limits(const control::BackendRuntime& backend, std::uint32_t process_maxconn) noexcept;

}  // namespace sluice::proxy
