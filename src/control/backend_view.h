// A backend as one generation of the configuration sees it: what the changes of live state need to
// know.
#pragma once

#include "control/snapshot.h"

namespace sluice::control {

struct BackendView {
  const model::Proxy* config = nullptr;
  model::BackendLive* live = nullptr;
  balance::Balancer* balancer = nullptr;
  const ServerIndex* servers = nullptr;
};

}  // namespace sluice::control
