// How the share of traffic that a backend's new servers are to get becomes weights (schema Share of
// admin-ui/openapi.json). Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice::admin {

struct Shares {
  std::vector<std::uint32_t> legacy, fresh;
};

/// From the configured weights of both sides, neither empty; `percent` is 0 to 100.
[[nodiscard]] Shares share_weights(double percent, const std::vector<std::uint32_t>& legacy,
                                   const std::vector<std::uint32_t>& fresh);
/// What the new side gets of both, in percent; 0 where neither side has any weight.
[[nodiscard]] double share_of(const std::vector<std::uint32_t>& legacy,
                              const std::vector<std::uint32_t>& fresh);

}  // namespace sluice::admin
