// Dates of log lines. Broken down once per second and thread, so that no request calls localtime.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::rules {

/// "23/Nov/2026:07:28:32" in local time; valid until the thread asks for four other seconds.
[[nodiscard]] std::string_view local_date(std::int64_t seconds) noexcept;
/// "+0100"
[[nodiscard]] std::string_view local_offset(std::int64_t seconds) noexcept;
/// The same in universal time (offset "+0000").
[[nodiscard]] std::string_view universal_date(std::int64_t seconds) noexcept;

}  // namespace sluice::rules
