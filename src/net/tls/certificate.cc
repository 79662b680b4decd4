#include "net/tls/certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "base/files.h"
#include "base/text.h"
#include "net/tls/tls_settings.h"

namespace sluice::net {

namespace {

using base::ErrorKind;

base::Result<std::string> read_file(const std::string& path) {
  auto text = base::files::read(path);
  if (text) return text;
  return base::fail(ErrorKind::System, "cannot read '" + path + "': " + text.error().detail,
                    text.error().code);
}

BioPointer memory(const std::string& text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool has_key(const std::string& pem) { return pem.find("PRIVATE KEY-----") != std::string::npos; }

/// Nobody is there to type a pass phrase.
int no_pass_phrase(char*, int, int, void*) { return -1; }

/// The 1024-bit group of RFC 2409 (6.2), for old clients that know no larger one.
KeyPointer group_1024() {
  std::unique_ptr<BIGNUM, SslDeleter<BN_free>> prime(BN_get_rfc2409_prime_1024(nullptr));
  std::unique_ptr<BIGNUM, SslDeleter<BN_free>> generator(BN_new());
  BN_set_word(generator.get(), 2);
  std::unique_ptr<OSSL_PARAM_BLD, SslDeleter<OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_P, prime.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_FFC_G, generator.get());
  std::unique_ptr<OSSL_PARAM, SslDeleter<OSSL_PARAM_free>> params(
      OSSL_PARAM_BLD_to_param(build.get()));
  std::unique_ptr<EVP_PKEY_CTX, SslDeleter<EVP_PKEY_CTX_free>> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  EVP_PKEY* key = nullptr;
  if (maker && EVP_PKEY_fromdata_init(maker.get()) == 1) {
    (void)EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEY_PARAMETERS, params.get());
  }
  return KeyPointer(key);
}

KeyPointer known_group(std::uint32_t bits) {
  if (bits < 2048) return group_1024();
  const char* name = bits >= 4096 ? "ffdhe4096" : bits >= 3072 ? "ffdhe3072" : "ffdhe2048";
  std::unique_ptr<EVP_PKEY_CTX, SslDeleter<EVP_PKEY_CTX_free>> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  char group[16];
  std::strncpy(group, name, sizeof(group) - 1);
  group[sizeof(group) - 1] = '\0';
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (maker && EVP_PKEY_fromdata_init(maker.get()) == 1) {
    (void)EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEY_PARAMETERS,
                            const_cast<OSSL_PARAM*>(params));
  }
  return KeyPointer(key);
}

KeyType type_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return KeyType::Rsa;
    case EVP_PKEY_EC:
      return KeyType::Ecdsa;
    default:
      return KeyType::Other;
  }
}

std::string text_of(const ASN1_TIME* time) {
  BioPointer out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size > 0 ? size : 0)};
}

}  // namespace

base::Result<std::shared_ptr<const Certificate>> Certificate::load(
    const std::string& file, std::vector<std::string>& warnings) {
  base::Result<std::string> pem = read_file(file);
  if (!pem) return tl::unexpected(pem.error());
  std::shared_ptr<Certificate> made(new Certificate);
  made->file_ = file;
  base::Result<> done = made->read_certificates(*pem);
  if (done) done = made->read_key(*pem);
  if (!done) {
    (void)take_ssl_reason();
    return tl::unexpected(done.error());
  }
  made->read_dh(*pem);
  made->collect_names();
  made->warn_of_dates(warnings);
  (void)take_ssl_reason();
  return made;
}

base::Result<> Certificate::read_certificates(const std::string& pem) {
  BioPointer in = memory(pem);
  while (X509* next = PEM_read_bio_X509(in.get(), nullptr, &no_pass_phrase, nullptr)) {
    if (leaf_ == nullptr) {
      leaf_.reset(next);
    } else {
      chain_.emplace_back(next);
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = take_ssl_reason();
  if (!at_end)
    return base::fail(ErrorKind::Tls, "a certificate in '" + file_ + "' is damaged: " + reason);
  if (leaf_ != nullptr) return {};
  return base::fail(ErrorKind::Tls,
                    "no certificate in '" + file_ +
                        "': the file needs the server's certificate in PEM form, then its chain");
}

base::Result<> Certificate::read_key(const std::string& pem) {
  std::string from = file_;
  std::string apart;
  const bool inside = has_key(pem);
  if (!inside) {
    from = file_ + ".key";
    base::Result<std::string> text = read_file(from);
    if (!text && text.error().code != ENOENT) return tl::unexpected(text.error());
    if (!text) {
      return base::fail(ErrorKind::Tls,
                        "no private key in '" + file_ + "' and no file '" + from +
                            "': append the key to the first or put it in the second");
    }
    apart = std::move(*text);
  }
  BioPointer in = memory(inside ? pem : apart);
  key_.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, &no_pass_phrase, nullptr));
  if (key_ == nullptr) {
    const bool locked = (inside ? pem : apart).find("ENCRYPTED") != std::string::npos;
    const std::string reason = take_ssl_reason();
    return base::fail(ErrorKind::Tls,
                      "cannot use the private key of '" + from + "': " +
                          (locked ? "it is encrypted; store it without a pass phrase" : reason));
  }
  if (X509_check_private_key(leaf_.get(), key_.get()) != 1) {
    return base::fail(ErrorKind::Tls, "the private key of '" + from +
                                          "' does not belong to the first certificate of '" +
                                          file_ +
                                          "': put the server's own certificate before its chain, "
                                          "with its key");
  }
  key_type_ = type_of(key_.get());
  return {};
}

void Certificate::read_dh(const std::string& pem) {
  if (pem.find("-----BEGIN DH PARAMETERS-----") == std::string::npos) return;
  BioPointer in = memory(pem);
  dh_.reset(PEM_read_bio_Parameters(in.get(), nullptr));
  if (dh_ != nullptr && EVP_PKEY_get_base_id(dh_.get()) != EVP_PKEY_DH) dh_.reset();
}

void Certificate::collect_names() {
  const auto add = [this](const ASN1_STRING* text) {
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, text);
    if (length < 0) return;
    std::string name =
        base::lower({reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length)});
    OPENSSL_free(utf8);
    if (std::find(names_.begin(), names_.end(), name) == names_.end())
      names_.push_back(std::move(name));
  };
  auto* alternatives = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(leaf_.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) add(name->d.dNSName);
  }
  GENERAL_NAMES_free(alternatives);
  X509_NAME* subject = X509_get_subject_name(leaf_.get());
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    add(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  }
}

void Certificate::warn_of_dates(std::vector<std::string>& warnings) const {
  const ASN1_TIME* end = X509_get0_notAfter(leaf_.get());
  const ASN1_TIME* begin = X509_get0_notBefore(leaf_.get());
  if (X509_cmp_current_time(end) < 0) {
    warnings.push_back("the certificate in '" + file_ + "' expired on " + text_of(end) +
                       ": renew it");
  } else if (X509_cmp_current_time(begin) > 0) {
    warnings.push_back("the certificate in '" + file_ + "' is not valid before " + text_of(begin));
  }
}

base::Result<> Certificate::install(SSL_CTX* context) const {
  std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (const X509Pointer& link : chain_) sk_X509_push(chain.get(), link.get());
  if (SSL_CTX_use_cert_and_key(context, leaf_.get(), key_.get(), chain.get(), 1) == 1) return {};
  const std::string reason = take_ssl_reason();
  return base::fail(ErrorKind::Tls,
                    "OpenSSL refuses the certificate in '" + file_ + "': " + reason);
}

base::Result<> Certificate::install_dh(SSL_CTX* context, std::uint32_t max_bits) const {
  KeyPointer group;
  if (dh_ != nullptr) {
    EVP_PKEY_up_ref(dh_.get());
    group.reset(dh_.get());
  } else if (max_bits == 0) {
    return {};
  } else {
    const auto own = key_type_ == KeyType::Rsa
                         ? static_cast<std::uint32_t>(EVP_PKEY_get_bits(key_.get()))
                         : 2048U;
    group = known_group(std::min(own, max_bits));
  }
  if (group != nullptr && SSL_CTX_set0_tmp_dh_pkey(context, group.get()) == 1) {
    (void)group.release();  // the context's now
    return {};
  }
  const std::string reason = take_ssl_reason();
  return base::fail(ErrorKind::Tls,
                    "OpenSSL refuses the DH parameters for '" + file_ + "': " + reason);
}

}  // namespace sluice::net
