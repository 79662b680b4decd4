// Unique owners of OpenSSL's objects. Only net/tls/ includes this.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace sluice::net {

template <auto free_function>
struct SslDeleter {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};

using SslPointer = std::unique_ptr<SSL, SslDeleter<SSL_free>>;
using SslCtxPointer = std::unique_ptr<SSL_CTX, SslDeleter<SSL_CTX_free>>;
using SslSessionPointer = std::unique_ptr<SSL_SESSION, SslDeleter<SSL_SESSION_free>>;
using X509Pointer = std::unique_ptr<X509, SslDeleter<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, SslDeleter<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, SslDeleter<BIO_free_all>>;

}  // namespace sluice::net
