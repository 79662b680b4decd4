// `source` of a server or a backend: where connections to servers come from (manual §4.2, §5.2).
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"
#include "base/source.h"

namespace sluice::model {

struct Source {
  /// `usesrc`: an address that is not this machine's own (IP_TRANSPARENT).
  enum class Foreign : unsigned char { None, Address, Client, ClientIp, Header };
  base::SourceSpan span;        // line 0: not written
  base::Address address;        // with a port range, its first port
  std::uint16_t last_port = 0;  // of a port range; 0: there is none
  std::string interface;
  Foreign foreign = Foreign::None;
  base::Address foreign_address;  // Address
  std::string header;             // Header: hdr_ip(NAME,N)
  int occurrence = -1;
  [[nodiscard]] bool is_set() const { return span.line != 0; }
  /// Whether it differs from request to request.
  [[nodiscard]] bool follows_client() const { return foreign > Foreign::Address; }
};

/// How TCP probes a silent peer (`clitcpka-…`, `srvtcpka-…`); 0: as the kernel is set.
struct KeepAliveProbes {
  std::uint32_t count = 0;
  std::uint32_t idle_s = 0;
  std::uint32_t interval_s = 0;
};

}  // namespace sluice::model
