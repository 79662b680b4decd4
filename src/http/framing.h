// How a message's body ends (RFC 9112 §6). Decided once per message from its head, never echoed:
// outgoing framing is composed from this.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "http/message.h"

namespace sluice::http {

enum class BodyKind : std::uint8_t { None, Length, Chunked, UntilClose, Tunnel };

struct Framing {
  BodyKind kind = BodyKind::None;
  std::uint64_t length = 0;  // Length only
};

/// What is wrong with a head, as the status that answers it (400, 501, 505; 502 for a response).
struct HeadError {
  std::uint16_t status = 400;
  const char* cause = "";  // static text for the log
};

}  // namespace sluice::http
