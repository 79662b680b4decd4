// The address syntaxes of bind, server, log and stats socket lines (manual §4.2 bind, §5.2 server).
// Literals become addresses; a name is kept as text, because resolving it is not config's affair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace sluice::config {

enum class PortForm : unsigned char { None, Plain, Offset, Range };

struct AddressText {
  base::Address address;  // set where the host is a literal; its port is `port`
  std::string host;       // as written without prefix and port; a unix path; "" for "*"
  std::optional<int> fd;  // fd@N
  bool wildcard = false;  // "*", or nothing before the port
  PortForm port_form = PortForm::None;
  std::uint16_t port = 0;      // of a range: the first
  std::uint16_t port_end = 0;  // of a range: the last
  int port_offset = 0;

  [[nodiscard]] bool is_name() const { return !address.is_set() && !fd; }
};

/// One address: "*:80", ":80", "[::1]:80", "::1:80", "host:+10", "ipv6@:80", "unix@/p", "/p",
/// "abns@name", "fd@3". The last colon outside brackets separates the port, as in HAProxy.
[[nodiscard]] base::Result<AddressText> parse_address(std::string_view text);

}  // namespace sluice::config
