// Takes a plain field line in one pass: "name:" OWS value OWS CRLF (RFC 9112 §5) with nothing in it
// that RFC 9110 §5.5 does not allow. What is not plain, or has not come whole, is left to the
// caller's slow way, which knows why: this one only ever says yes to what llhttp would also take.
#pragma once

#include "http/message.h"

namespace sluice::http::h1 {

/// Reads the line at `line` and fills `field`, with its id. Gives the place behind the CRLF, or
/// null when the line is not plain, does not end before `end`, or names a field that llhttp itself
/// acts upon (Content-Length, Transfer-Encoding, Connection, Upgrade and the like).
[[nodiscard]] const char* take_plain_line(const char* line, const char* end, Field& field) noexcept;

/// RFC 9110 §5.6.2: may it stand in a token, such as a method or a field's name?
[[nodiscard]] bool is_token_byte(unsigned char byte) noexcept;

}  // namespace sluice::http::h1
