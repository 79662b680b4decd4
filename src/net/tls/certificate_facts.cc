// What people are shown of a certificate.
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "net/tls/certificate.h"

namespace sluice::net {

namespace {

std::string name_of(const X509_NAME* name) {
  BioPointer out(BIO_new(BIO_s_mem()));
  // Bytes of UTF-8 stay what they are.
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string serial_of(const X509* certificate) {
  std::unique_ptr<BIGNUM, SslDeleter<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* text = number ? BN_bn2hex(number.get()) : nullptr;
  std::string out = text != nullptr ? text : "";
  OPENSSL_free(text);
  return out;
}

/// Curves by the names that people know.
std::string curve_of(const EVP_PKEY* key) {
  char group[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof(group), &size) != 1) return {};
  const std::string name(group, size);
  if (name == "prime256v1") return " P-256";
  if (name == "secp384r1") return " P-384";
  if (name == "secp521r1") return " P-521";
  return " " + name;
}

std::string algorithm_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "RSA " + std::to_string(EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC:
      return "ECDSA" + curve_of(key);
    default: {
      const char* name = EVP_PKEY_get0_type_name(key);
      return name != nullptr ? name : "";
    }
  }
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

}  // namespace

CertificateFacts Certificate::facts() const {
  const X509* leaf = leaf_.get();
  return {name_of(X509_get_subject_name(leaf)),
          name_of(X509_get_issuer_name(leaf)),
          serial_of(leaf),
          algorithm_of(key_.get()),
          seconds_of(X509_get0_notBefore(leaf)),
          seconds_of(X509_get0_notAfter(leaf))};
}

}  // namespace sluice::net
