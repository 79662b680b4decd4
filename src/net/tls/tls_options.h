// What a TLS context is made from: net's own plain data, filled from bind and server lines by app/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::net {

enum class TlsProtocol : std::uint8_t { Unset, Ssl3, Tls10, Tls11, Tls12, Tls13 };

/// What both sides share. Empty lists mean Mozilla's intermediate profile; an unset minimum
/// default_min.
struct TlsProfile {
  TlsProtocol min_version = TlsProtocol::Unset;
  TlsProtocol max_version = TlsProtocol::Unset;
  std::string ciphers;       // TLS 1.2 and below
  std::string ciphersuites;  // TLS 1.3
  std::string curves;
  bool no_tickets = false;
  bool prefer_client_ciphers = false;            // servers only
  TlsProtocol default_min = TlsProtocol::Tls12;  // where min_version is not set
};

struct TlsServerOptions {
  TlsProfile profile;
  std::vector<std::string>
      certificates;                    // files and directories, in order; the first is the default
  std::vector<std::string> alpn;       // in order of preference
  bool strict_sni = false;             // no default for an unknown name, nor for none
  std::uint32_t dh_param_bits = 2048;  // upper bound; the RSA key decides below it; 0: none
  std::uint32_t session_cache_size = 20'000;  // sessions; 0 turns the cache off
  std::uint32_t session_lifetime_s = 300;
};

struct TlsClientOptions {
  TlsProfile profile;
  bool verify = true;
  std::string ca_file;      // a file, a directory, or "@system-ca"
  std::string certificate;  // sent when the server asks for one; may be empty
  std::string verify_host;  // the name to check when no SNI is sent
  std::vector<std::string> alpn;
};

}  // namespace sluice::net
