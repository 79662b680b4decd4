// A TLS hello as it lies in the bytes that were received so far (RFC 8446 §4.1.2 and §5.1, RFC 6066
// §3, RFC 7301): enough of it to route without ending TLS. Nothing is trusted: every length is
// checked against what encloses it, and a hello spread over several records is put together.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"

namespace sluice::rules {

enum class HelloStatus : std::uint8_t {
  Incomplete,  // may still become one
  Whole,
  None,  // these bytes are no TLS hello
};

struct TlsHello {
  HelloStatus status = HelloStatus::Incomplete;
  std::uint8_t type = 0;       // 1 ClientHello, 2 ServerHello
  std::uint16_t version = 0;   // what the hello says, 0x0303 for TLS 1.2 and above
  std::string_view name;       // server_name, a host name; empty: none
  std::string_view protocols;  // the ALPN list as on the wire: length byte and name, repeated
};

/// `bytes` begin where the stream begins. A hello in one record is read in place, else in `arena`.
[[nodiscard]] TlsHello read_hello(std::string_view bytes, base::Arena& arena);

}  // namespace sluice::rules
