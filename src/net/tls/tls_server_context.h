// A bind line's TLS: certificates by server name, versions, ciphers, sessions. Immutable once made,
// shared by all threads (OpenSSL's session cache has its own lock); outlives its streams. One
// SSL_CTX begins every handshake and owns sessions and ticket keys; the name that the client sends
// leads to an SSL_CTX with its RSA and ECDSA candidates: the exact name, then a wildcard, then the
// certificate that was loaded first.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tls/certificate_store.h"
#include "net/tls/ssl_pointers.h"
#include "net/tls/tls_options.h"

namespace sluice::net {

class TlsServerContext {
 public:
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsServerContext>> create(
      const TlsServerOptions& options, CertificateStore& store, std::vector<std::string>& warnings);
  TlsServerContext(const TlsServerContext&) = delete;
  TlsServerContext& operator=(const TlsServerContext&) = delete;

  /// In the order of the bind line.
  [[nodiscard]] const CertificateStore::List& certificates() const { return certificates_; }

  /// A new connection's SSL, ready to accept; null when memory is short.
  [[nodiscard]] SslPointer start() const;

 private:
  using Candidates = std::array<const Certificate*, kKeyTypes>;

  TlsServerContext() = default;
  [[nodiscard]] base::Result<> build(const TlsServerOptions& options);
  [[nodiscard]] base::Result<SslCtxPointer> make_context(const TlsServerOptions& options,
                                                         const Candidates& certificates);
  [[nodiscard]] SSL_CTX* find(std::string_view name) const;
  static int on_server_name(SSL* ssl, int* alert, void* self);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_length,
                     const unsigned char* in, unsigned in_length, void* self);

  CertificateStore::List certificates_;
  std::string alpn_;  // wire form
  bool strict_sni_ = false;
  SslCtxPointer front_;  // the default certificate; sessions and ticket keys
  std::vector<SslCtxPointer> contexts_;
  std::map<std::string, SSL_CTX*, std::less<>> by_name_;
};

}  // namespace sluice::net
