// One certificate with its key and chain, as a PEM file holds them (manual 5.1, crt): the server's
// own certificate first, then the chain; the key in the same file or in FILE.key; DH parameters may
// follow. Immutable once loaded; shared by contexts and threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/tls/ssl_pointers.h"

namespace sluice::net {

enum class KeyType : std::uint8_t { Rsa, Ecdsa, Other };
inline constexpr std::size_t kKeyTypes = 3;

/// What people are shown of a certificate. Times are seconds since the epoch.
struct CertificateFacts {
  std::string subject, issuer;  // RFC 2253
  std::string serial;           // hexadecimal
  std::string algorithm;        // "RSA 2048", "ECDSA P-256"
  std::int64_t not_before = 0, not_after = 0;
};

class Certificate {
 public:
  /// The error names the file and what to do; an expired certificate is a warning.
  [[nodiscard]] static base::Result<std::shared_ptr<const Certificate>> load(
      const std::string& file, std::vector<std::string>& warnings);

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] KeyType key_type() const { return key_type_; }
  /// Names it is for, lower case: its CN and DNS names, "*.example.org" for a wildcard.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] CertificateFacts facts() const;
  /// Adds certificate, key and chain to a context (one of each key type may be added).
  [[nodiscard]] base::Result<> install(SSL_CTX* context) const;
  /// DH parameters: the file's own, else a known group as strong as the RSA key, `max_bits` at
  /// most.
  [[nodiscard]] base::Result<> install_dh(SSL_CTX* context, std::uint32_t max_bits) const;

 private:
  Certificate() = default;
  [[nodiscard]] base::Result<> read_certificates(const std::string& pem);
  [[nodiscard]] base::Result<> read_key(const std::string& pem);
  void read_dh(const std::string& pem);
  void collect_names();
  void warn_of_dates(std::vector<std::string>& warnings) const;

  std::string file_;
  X509Pointer leaf_;
  std::vector<X509Pointer> chain_;
  KeyPointer key_;
  KeyPointer dh_;
  KeyType key_type_ = KeyType::Other;
  std::vector<std::string> names_;
};

}  // namespace sluice::net
