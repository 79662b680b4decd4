// What rules and logs may ask of a client connection. Filled by proxy/ when the connection is
// accepted (and after the TLS handshake); lives as long as it. One worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"

namespace sluice::model {

struct ListenerLive;

struct TlsFacts {
  std::string_view protocol;  // "TLSv1.3"
  std::string_view cipher;    // OpenSSL's name
  std::string_view sni;       // as the client sent it, empty without
  std::string_view alpn;
  bool resumed = false;
};

struct ConnectionFacts {
  base::Address source;
  base::Address destination;
  const TlsFacts* tls = nullptr;  // null: clear text
  std::string_view bind_name;
  ListenerLive* listener = nullptr;  // where its bind line counts apart; null: it does not
  std::uint64_t accepted_ns = 0;     // monotonic
  std::uint64_t idle_since_ns = 0;   // when the present request could have begun
  std::int64_t handshake_ms = 0;     // TLS
  std::int64_t accepted_wall_us = 0;
  std::uint32_t request_number = 0;  // requests on this connection so far, this one included
  bool owns_connection = false;      // a server's connection is its alone: it authenticated itself
};

}  // namespace sluice::model
