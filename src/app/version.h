// The version, as three numbers: tools that know HAProxy parse it so.
#pragma once

namespace sluice::app {

inline constexpr const char* kVersion = SLUICE_VERSION;
inline constexpr const char* kReleaseDate = "2026/11/24";

}  // namespace sluice::app
