#include "net/tls/tls_settings.h"

#include <openssl/err.h>

namespace sluice::net {

namespace {

// Mozilla's intermediate profile, version 5.7.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCiphersuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kCurves = "X25519:P-256:P-384";
// Below TLS 1.2 signatures use SHA-1, which OpenSSL refuses above security level 0.
constexpr const char* kOldCiphers = "DEFAULT@SECLEVEL=0";

int to_openssl(TlsProtocol version) {
  switch (version) {
    case TlsProtocol::Unset:
      return 0;
    case TlsProtocol::Ssl3:
      return SSL3_VERSION;
    case TlsProtocol::Tls10:
      return TLS1_VERSION;
    case TlsProtocol::Tls11:
      return TLS1_1_VERSION;
    case TlsProtocol::Tls12:
      return TLS1_2_VERSION;
    case TlsProtocol::Tls13:
      return TLS1_3_VERSION;
  }
  return 0;
}

base::Result<> refused(const std::string& what, const std::string& value) {
  const char* reason = take_ssl_reason();
  return base::fail(base::ErrorKind::Tls, what + " '" + value + "' refused by OpenSSL: " + reason);
}

base::Result<> apply_versions(SSL_CTX* context, const TlsProfile& profile) {
  TlsProtocol min =
      profile.min_version == TlsProtocol::Unset ? profile.default_min : profile.min_version;
  if (profile.max_version != TlsProtocol::Unset && profile.max_version < min) {
    if (profile.min_version != TlsProtocol::Unset) {
      return base::fail(base::ErrorKind::Tls,
                        "ssl-min-ver is above ssl-max-ver: no version is left");
    }
    min = profile.max_version;  // only the upper bound was written
  }
  if (SSL_CTX_set_min_proto_version(context, to_openssl(min)) != 1 ||
      SSL_CTX_set_max_proto_version(context, to_openssl(profile.max_version)) != 1) {
    (void)take_ssl_reason();
    return base::fail(base::ErrorKind::Tls,
                      "OpenSSL on this system was built without the TLS version asked for");
  }
  return {};
}

base::Result<> apply_ciphers(SSL_CTX* context, const TlsProfile& profile) {
  // Who asks for an old version by name gets the ciphers that make it possible.
  const auto is_old = [](TlsProtocol version) {
    return version != TlsProtocol::Unset && version < TlsProtocol::Tls12;
  };
  const bool old = is_old(profile.min_version) || is_old(profile.max_version);
  const std::string ciphers = !profile.ciphers.empty() ? profile.ciphers
                              : old                    ? kOldCiphers
                                                       : kCiphers;
  if (SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1) return refused("ciphers", ciphers);
  const std::string suites = profile.ciphersuites.empty() ? kCiphersuites : profile.ciphersuites;
  if (SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1)
    return refused("ciphersuites", suites);
  const std::string curves = profile.curves.empty() ? kCurves : profile.curves;
  if (SSL_CTX_set1_curves_list(context, curves.c_str()) != 1) return refused("curves", curves);
  return {};
}

}  // namespace

base::Result<> apply_profile(SSL_CTX* context, const TlsProfile& profile) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!profile.prefer_client_ciphers) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  }
  if (profile.no_tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (base::Result<> done = apply_versions(context, profile); !done) return done;
  return apply_ciphers(context, profile);
}

base::Result<std::string> alpn_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) {
      return base::fail(base::ErrorKind::Tls, "an alpn name must have 1 to 255 bytes");
    }
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

const char* take_ssl_reason() noexcept {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "";
}

void clear_ssl_errors() noexcept {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace sluice::net
