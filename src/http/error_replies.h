// The responses that Sluice gives when it cannot serve: HAProxy's default texts and headers, so
// that what watches for them keeps working. One table; errorfiles replace rows of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::http {

struct ErrorReply {
  std::uint16_t status;
  std::string_view reason;
  std::string_view body;  // text/html
};

/// The row of a status; statuses without one get the 500 row.
[[nodiscard]] const ErrorReply& error_reply(std::uint16_t status) noexcept;

}  // namespace sluice::http
