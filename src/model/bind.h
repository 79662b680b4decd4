// A bind line as plain data. One line with several addresses becomes several Binds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/source.h"

namespace sluice::model {

enum class TlsVersion : unsigned char { Unset, Ssl3, Tls10, Tls11, Tls12, Tls13 };

/// The options that bind and server lines and the ssl-default-* lines share.
struct TlsOptions {
  TlsVersion min_version = TlsVersion::Unset;
  TlsVersion max_version = TlsVersion::Unset;
  std::string ciphers;       // TLS 1.2 and below
  std::string ciphersuites;  // TLS 1.3
  std::string curves;
  bool no_tickets = false;
  bool prefer_client_ciphers = false;
};

struct Bind {
  base::SourceSpan span;
  std::string name;              // `name NAME`, for statistics
  std::uint32_t numeric_id = 0;  // `id N`, else assigned
  base::Address address;         // not set where `host` is a name, or for an inherited descriptor
  std::string host;              // a name to be resolved at start, with `port`; else empty
  std::uint16_t port = 0;
  /// "*" and "" are IPv4 any, ":::" IPv6; HAProxy's v4v6 and v6only.
  bool v4v6 = false;
  bool v6only = false;
  std::optional<int> inherited_fd;  // fd@N
  std::uint32_t backlog = 0;        // 0: limits::kListenBacklog
  std::uint32_t maxconn = 0;        // 0: the frontend's
  bool tcp_fast_open = false;
  bool defer_accept = false;
  std::uint32_t user_timeout_ms = 0;   // tcp-ut; 0: as the kernel does
  std::int32_t max_segment_bytes = 0;  // mss; negative: so much below what each client announces
  std::string interface;
  bool transparent = false;
  // unix sockets
  std::string unix_user;
  std::string unix_group;
  std::optional<unsigned> unix_mode;
  std::optional<std::uint32_t> unix_uid, unix_gid;
  // TLS
  bool tls = false;
  std::vector<std::string> certificates;  // crt FILE|DIR, in order, crt-base applied
  TlsOptions tls_options;
  std::vector<std::string> alpn;
  std::string ca_file;
  bool strict_sni = false;  // a name that no certificate has is refused
};

}  // namespace sluice::model
