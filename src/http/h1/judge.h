// Judges a head that was read: what llhttp lets through and we must not, and how the body is framed
// (RFC 9112 §3.2, §6, §9; RFC 9110 §7). Pure functions over a Head.
#pragma once

#include <cstdint>

#include "http/framing.h"
#include "http/message.h"

namespace sluice::http::h1 {

/// What a head says about its message and its connection.
struct HeadFacts {
  Framing framing;
  bool keep_alive = true;  // the sender is willing to go on
  bool upgrade = false;    // Connection: upgrade with an Upgrade field
  bool expect_continue = false;
  bool announces_length = false;  // has a Content-Length, be there a body or not
};

/// Fields that the Connection field names are marked (Field::one_hop), unless they frame or route.
/// False: `error` says which status answers it.
[[nodiscard]] bool judge_request(Head& head, HeadFacts& facts, HeadError& error) noexcept;
/// `request_method` decides whether there is a body; `upgrade_asked` whether 101 may come.
[[nodiscard]] bool judge_response(Head& head, Method request_method, bool upgrade_asked,
                                  HeadFacts& facts, HeadError& error) noexcept;

/// A field that is for one hop only and is not forwarded (RFC 9110 §7.6.1).
[[nodiscard]] constexpr bool is_hop_by_hop(FieldId id) noexcept {
  constexpr auto bit = [](FieldId field) { return 1U << static_cast<unsigned>(field); };
  constexpr std::uint32_t kHop =
      bit(FieldId::Connection) | bit(FieldId::KeepAlive) | bit(FieldId::ProxyConnection) |
      bit(FieldId::TransferEncoding) | bit(FieldId::Te) | bit(FieldId::Upgrade) |
      bit(FieldId::Http2Settings) |
      bit(FieldId::ContentLength);  // not hop-by-hop, but framing: always written by us
  return (kHop & bit(id)) != 0;
}

}  // namespace sluice::http::h1
