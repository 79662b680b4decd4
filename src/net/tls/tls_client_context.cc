#include "net/tls/tls_client_context.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/files.h"
#include "base/limits.h"
#include "net/tls/tls_settings.h"

namespace sluice::net {

namespace {

/// Certificates and revocation lists of a PEM file, among those that are trusted.
bool trust(SSL_CTX* context, const std::string& file, std::string& reason) {
  const auto text = base::files::read(file);
  if (!text) {
    reason = text.error().detail;
    return false;
  }
  const BioPointer bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  STACK_OF(X509_INFO)* found = PEM_X509_INFO_read_bio(bio.get(), nullptr, nullptr, nullptr);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int added = 0;
  for (int i = 0; i < sk_X509_INFO_num(found); ++i) {
    const X509_INFO* each = sk_X509_INFO_value(found, i);
    if (each->x509 != nullptr) added += X509_STORE_add_cert(store, each->x509);
    if (each->crl != nullptr) added += X509_STORE_add_crl(store, each->crl);
  }
  sk_X509_INFO_pop_free(found, X509_INFO_free);
  const char* why = take_ssl_reason();
  if (added > 0) return true;
  reason = *why != '\0' ? why : "it holds no certificate";
  return false;
}

}  // namespace

base::Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::create(
    const TlsClientOptions& options, CertificateStore& store, std::vector<std::string>& warnings) {
  std::shared_ptr<TlsClientContext> made(new TlsClientContext);
  if (base::Result<> done = made->build(options, store, warnings); !done)
    return tl::unexpected(done.error());
  return made;
}

base::Result<> TlsClientContext::build(const TlsClientOptions& options, CertificateStore& store,
                                       std::vector<std::string>& warnings) {
  verify_ = options.verify;
  verify_host_ = options.verify_host;
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (context_ == nullptr)
    return base::fail(base::ErrorKind::Resource, "no memory for a TLS context");
  if (base::Result<> done = apply_profile(context_.get(), options.profile); !done) return done;
  SSL_CTX_set_verify(context_.get(), verify_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!options.ca_file.empty()) {
    if (base::Result<> done = load_authorities(options.ca_file); !done) return done;
  } else if (verify_) {
    return base::fail(
        base::ErrorKind::Tls,
        "verification of the server's certificate needs a ca-file: add 'ca-file FILE' (or "
        "'ca-file @system-ca'), or 'verify none' where the network is trusted");
  }
  if (!options.certificate.empty()) {
    base::Result<CertificateStore::List> list = store.load(options.certificate, warnings);
    if (!list) return tl::unexpected(list.error());
    if (base::Result<> done = list->front()->install(context_.get()); !done) return done;
  }
  base::Result<std::string> alpn = alpn_wire(options.alpn);
  if (!alpn) return tl::unexpected(alpn.error());
  if (!alpn->empty()) {
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(alpn->data()),
                            static_cast<unsigned>(alpn->size()));
  }
  SSL_CTX_set_session_cache_mode(context_.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), &TlsClientContext::on_new_session);
  SSL_CTX_set_app_data(context_.get(), this);
  return {};
}

base::Result<> TlsClientContext::load_authorities(const std::string& ca_file) {
  std::string reason;
  const auto refused = [&reason](const std::string& file) {
    return base::fail(base::ErrorKind::Tls, "cannot use '" + file + "' as ca-file: " + reason);
  };
  if (ca_file == "@system-ca") {
    if (SSL_CTX_set_default_verify_paths(context_.get()) == 1) return {};
    reason = take_ssl_reason();
    return refused(ca_file);
  }
  if (!base::files::is_folder(ca_file)) {
    if (trust(context_.get(), ca_file, reason)) return {};
    return refused(ca_file);
  }
  const auto files = base::files::list(ca_file);
  std::size_t loaded = 0;
  for (const std::string& file : files.value_or(std::vector<std::string>())) {
    const std::string_view name = std::string_view(file).substr(file.rfind('/') + 1);
    if (name.front() == '.' ||
        !(name.ends_with(".pem") || name.ends_with(".crt") || name.ends_with(".cer")))
      continue;
    if (!trust(context_.get(), file, reason)) return refused(file);
    ++loaded;
  }
  if (loaded > 0) return {};
  return base::fail(base::ErrorKind::Tls,
                    "no .pem, .crt or .cer file in the directory '" + ca_file + "' (ca-file)");
}

SslPointer TlsClientContext::start(const std::string& server_name) const {
  SslPointer ssl(SSL_new(context_.get()));
  if (ssl == nullptr) return ssl;
  SSL_set_connect_state(ssl.get());
  SSL_set_app_data(ssl.get(), const_cast<std::string*>(&server_name));
  if (!server_name.empty() && SSL_set_tlsext_host_name(ssl.get(), server_name.c_str()) != 1)
    return nullptr;
  if (verify_ && !expect_name(ssl.get(), server_name)) return nullptr;
  if (SslSessionPointer session = session_for(server_name))
    SSL_set_session(ssl.get(), session.get());
  return ssl;
}

bool TlsClientContext::expect_name(SSL* ssl, const std::string& server_name) const {
  const std::string& name = server_name.empty() ? verify_host_ : server_name;
  if (name.empty()) return true;
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1) return true;
  clear_ssl_errors();
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1;
}

SslSessionPointer TlsClientContext::session_for(const std::string& server_name) const {
  std::string bytes;
  {
    const std::lock_guard hold(lock_);
    const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                    [&](const Session& kept) { return kept.name == server_name; });
    if (found == sessions_.end()) return nullptr;
    bytes = found->bytes;
  }
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  return SslSessionPointer(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(bytes.size())));
}

void TlsClientContext::keep(const std::string& server_name, std::string bytes) const {
  const std::lock_guard hold(lock_);
  sessions_.remove_if([&](const Session& kept) { return kept.name == server_name; });
  sessions_.push_front({server_name, std::move(bytes)});
  if (sessions_.size() > base::limits::kTlsClientSessions) sessions_.pop_back();
}

void TlsClientContext::forget(const std::string& server_name) const {
  const std::lock_guard hold(lock_);
  sessions_.remove_if([&](const Session& kept) { return kept.name == server_name; });
}

int TlsClientContext::on_new_session(SSL* ssl, SSL_SESSION* session) {
  const auto* self =
      static_cast<const TlsClientContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto* name = static_cast<const std::string*>(SSL_get_app_data(ssl));
  const int size = i2d_SSL_SESSION(session, nullptr);
  if (SSL_SESSION_is_resumable(session) != 1 || size <= 0) return 0;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(bytes.data());
  if (i2d_SSL_SESSION(session, &at) == size) self->keep(*name, std::move(bytes));
  return 0;  // the session stays OpenSSL's
}

}  // namespace sluice::net
