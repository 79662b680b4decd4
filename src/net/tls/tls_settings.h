// Applies options to an SSL_CTX, and puts OpenSSL's errors into words. For the two context classes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/tls/ssl_pointers.h"
#include "net/tls/tls_options.h"

namespace sluice::net {

/// Versions, ciphers, curves, modes, and what is always off (compression, renegotiation).
[[nodiscard]] base::Result<> apply_profile(SSL_CTX* context, const TlsProfile& profile);
/// ALPN's wire form: each name after its length. Fails on an empty name or one over 255 bytes.
[[nodiscard]] base::Result<std::string> alpn_wire(const std::vector<std::string>& names);
/// The newest reason of OpenSSL's queue, which is emptied; static text, "" when there was none.
[[nodiscard]] const char* take_ssl_reason() noexcept;
/// OpenSSL's error queue must be empty before a call whose result SSL_get_error explains.
void clear_ssl_errors() noexcept;

}  // namespace sluice::net
