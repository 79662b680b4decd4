// Keys and certificates made at test time, written as PEM files into a directory that goes with the
// test. Only for tests that link net/ (OpenSSL).
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace sluice::test {

class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string file = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

enum class Key { Rsa, Ecdsa };

struct CertificateRequest {
  std::vector<std::string> names;  // the first is the CN too
  Key key = Key::Ecdsa;
  bool authority = false;
  int begins_in_days = -1;
  int ends_in_days = 30;
};

/// A certificate and its key, as objects and as PEM.
class MadeCertificate {
 public:
  MadeCertificate(const CertificateRequest& request, const MadeCertificate* issuer)
      : key_(request.key == Key::Rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free),
        certificate_(X509_new(), X509_free) {
    X509* made = certificate_.get();
    static long serial = 1;
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made), request.begins_in_days * 86'400L);
    X509_gmtime_adj(X509_getm_notAfter(made), request.ends_in_days * 86'400L);
    X509_set_pubkey(made, key_.get());
    X509_NAME* subject = X509_get_subject_name(made);
    const auto* common = reinterpret_cast<const unsigned char*>(request.names.front().c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common, -1, -1, 0);
    const MadeCertificate& signer = issuer != nullptr ? *issuer : *this;
    X509_set_issuer_name(made, X509_get_subject_name(signer.certificate_.get()));
    if (request.authority) {
      extend(NID_basic_constraints, "critical,CA:TRUE");
    } else {
      std::string names;
      for (const std::string& name : request.names)
        names += (names.empty() ? "DNS:" : ",DNS:") + name;
      extend(NID_subject_alt_name, names);
    }
    X509_sign(made, signer.key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string certificate_pem() const {
    return text([this](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
  }
  [[nodiscard]] std::string key_pem() const {
    return text([this](BIO* out) {
      PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  [[nodiscard]] std::string encrypted_key_pem() const {
    return text([this](BIO* out) {
      PEM_write_bio_PKCS8PrivateKey(out, key_.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                    nullptr);
    });
  }
  [[nodiscard]] std::string pem() const { return certificate_pem() + key_pem(); }

 private:
  void extend(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static std::string text(Write write) {
    std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
};

[[nodiscard]] inline MadeCertificate make_authority(const std::string& name = "Test authority") {
  return {{{name}, Key::Ecdsa, true}, nullptr};
}
[[nodiscard]] inline MadeCertificate make_certificate(const CertificateRequest& request,
                                                      const MadeCertificate* issuer = nullptr) {
  return {request, issuer};
}

}  // namespace sluice::test
