// A server line's TLS: verification, own certificate, and the sessions that its connections left,
// one for each server name. Immutable once made but for the sessions, which are behind a lock that
// is taken only when a connection is made; shared by all threads; outlives its streams.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tls/certificate_store.h"
#include "net/tls/ssl_pointers.h"
#include "net/tls/tls_options.h"

namespace sluice::net {

class TlsClientContext {
 public:
  [[nodiscard]] static base::Result<std::shared_ptr<const TlsClientContext>> create(
      const TlsClientOptions& options, CertificateStore& store, std::vector<std::string>& warnings);
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;

  /// A new connection's SSL, ready to connect. `server_name` is the SNI (may be empty) and must
  /// outlive it. The certificate must bear that name, or verifyhost's where no SNI is sent; with
  /// neither only the chain is checked (manual 5.2, verify). Null: no memory, or an impossible
  /// name.
  [[nodiscard]] SslPointer start(const std::string& server_name) const;
  /// A handshake with a kept session failed: do not offer it again.
  void forget(const std::string& server_name) const;

 private:
  /// Kept as bytes: threads then share no object of OpenSSL's.
  struct Session {
    std::string name;
    std::string bytes;
  };

  TlsClientContext() = default;
  [[nodiscard]] base::Result<> build(const TlsClientOptions& options, CertificateStore& store,
                                     std::vector<std::string>& warnings);
  [[nodiscard]] base::Result<> load_authorities(const std::string& ca_file);
  [[nodiscard]] bool expect_name(SSL* ssl, const std::string& server_name) const;
  [[nodiscard]] SslSessionPointer session_for(const std::string& server_name) const;
  void keep(const std::string& server_name, std::string bytes) const;
  static int on_new_session(SSL* ssl, SSL_SESSION* session);

  SslCtxPointer context_;
  bool verify_ = true;
  std::string verify_host_;
  mutable std::mutex lock_;
  mutable std::list<Session> sessions_;  // the newest first
};

}  // namespace sluice::net
