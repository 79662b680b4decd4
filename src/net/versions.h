// Which libraries this program was built and runs with, for -vv.
#pragma once

#include <string>
#include <vector>

namespace sluice::net {

[[nodiscard]] std::vector<std::string> library_versions();

}  // namespace sluice::net
