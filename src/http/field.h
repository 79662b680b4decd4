// One header or trailer field of a message, and the names that Sluice itself acts upon.
// Names are recognised once, when the codec reads them; everything later compares a small enum.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::http {

/// Names with a meaning to framing, routing, hop-by-hop handling, rules or logs (RFC 9110).
enum class FieldId : std::uint8_t {
  Other,
  Host,
  Connection,
  KeepAlive,
  ProxyConnection,
  TransferEncoding,
  ContentLength,
  Te,
  Trailer,
  Upgrade,
  Http2Settings,
  Expect,
  Cookie,
  SetCookie,
  Authorization,
  ProxyAuthorization,
  ContentType,
  Location,
  UserAgent,
  Referer,
  Origin,
  Accept,
  AcceptEncoding,
  Date,
  XForwardedFor,
};
inline constexpr unsigned kFieldIds = static_cast<unsigned>(FieldId::XForwardedFor) + 1;

/// The id of a name, whatever its case. Other for everything not in the enum.
[[nodiscard]] FieldId field_id(std::string_view name) noexcept;

/// Views into a block, an arena or static storage; the owner of the Head keeps them alive.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldId id = FieldId::Other;
  bool one_hop = false;  // the Connection field named it: not forwarded (RFC 9110 §7.6.1)
};

}  // namespace sluice::http
