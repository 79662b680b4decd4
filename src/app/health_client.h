// `sluice healthcheck URL`: for a container's health check, so that no curl is needed in the image.
#pragma once

#include <string>

#include "base/result.h"

namespace sluice::app {

/// The status of a GET, over plain HTTP to an address of this machine or its network; 5 s at most.
[[nodiscard]] base::Result<int> status_of(const std::string& url);

}  // namespace sluice::app
