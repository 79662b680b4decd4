#include "net/tls/tls_server_context.h"

#include "base/text.h"
#include "net/tls/tls_settings.h"

namespace sluice::net {

namespace {

// Sessions of one bind line may be resumed under any of its contexts.
constexpr unsigned char kSessionIdContext[] = "sluice";
constexpr std::size_t kMaxNameBytes = 255;  // RFC 1035 2.3.4

void apply_sessions(SSL_CTX* context, const TlsServerOptions& options) {
  SSL_CTX_set_session_id_context(context, kSessionIdContext, sizeof(kSessionIdContext) - 1);
  SSL_CTX_set_timeout(context, static_cast<long>(options.session_lifetime_s));
  if (options.session_cache_size == 0) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (options.profile.no_tickets)
      SSL_CTX_set_num_tickets(context, 0);  // nothing could be resumed
    return;
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, options.session_cache_size);
}

std::size_t slot_of(const Certificate& certificate) {
  return static_cast<std::size_t>(certificate.key_type());
}

}  // namespace

base::Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(
    const TlsServerOptions& options, CertificateStore& store, std::vector<std::string>& warnings) {
  std::shared_ptr<TlsServerContext> made(new TlsServerContext);
  for (const std::string& path : options.certificates) {
    base::Result<CertificateStore::List> list = store.load(path, warnings);
    if (!list) return tl::unexpected(list.error());
    made->certificates_.insert(made->certificates_.end(), list->begin(), list->end());
  }
  if (made->certificates_.empty()) {
    return base::fail(base::ErrorKind::Tls,
                      "no certificate: name a PEM file or a directory of them with crt");
  }
  base::Result<std::string> alpn = alpn_wire(options.alpn);
  if (!alpn) return tl::unexpected(alpn.error());
  made->alpn_ = std::move(*alpn);
  made->strict_sni_ = options.strict_sni;
  if (base::Result<> done = made->build(options); !done) return tl::unexpected(done.error());
  return made;
}

base::Result<> TlsServerContext::build(const TlsServerOptions& options) {
  Candidates first{};
  first[slot_of(*certificates_.front())] = certificates_.front().get();
  base::Result<SslCtxPointer> front = make_context(options, first);
  if (!front) return tl::unexpected(front.error());
  front_ = std::move(*front);
  SSL_CTX_set_tlsext_servername_callback(front_.get(), &TlsServerContext::on_server_name);
  SSL_CTX_set_tlsext_servername_arg(front_.get(), this);

  std::map<std::string, Candidates> wanted;
  for (const auto& certificate : certificates_) {
    for (const std::string& name : certificate->names()) {
      const Certificate*& place = wanted[name][slot_of(*certificate)];
      if (place == nullptr) place = certificate.get();  // the first one loaded wins
    }
  }
  std::map<Candidates, SSL_CTX*> made{{first, front_.get()}};
  for (const auto& [name, candidates] : wanted) {
    SSL_CTX*& context = made[candidates];
    if (context == nullptr) {
      base::Result<SslCtxPointer> next = make_context(options, candidates);
      if (!next) return tl::unexpected(next.error());
      context = contexts_.emplace_back(std::move(*next)).get();
    }
    by_name_[name] = context;
  }
  return {};
}

base::Result<SslCtxPointer> TlsServerContext::make_context(const TlsServerOptions& options,
                                                           const Candidates& certificates) {
  SslCtxPointer context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr)
    return base::fail(base::ErrorKind::Resource, "no memory for a TLS context");
  base::Result<> done = apply_profile(context.get(), options.profile);
  for (const Certificate* certificate : certificates) {
    if (certificate == nullptr) continue;
    if (done) done = certificate->install(context.get());
    if (done) done = certificate->install_dh(context.get(), options.dh_param_bits);
  }
  if (!done) return tl::unexpected(done.error());
  apply_sessions(context.get(), options);
  if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context.get(), &TlsServerContext::on_alpn, this);
  return context;
}

SslPointer TlsServerContext::start() const {
  SslPointer ssl(SSL_new(front_.get()));
  if (ssl != nullptr) SSL_set_accept_state(ssl.get());
  return ssl;
}

SSL_CTX* TlsServerContext::find(std::string_view name) const {
  char lower[kMaxNameBytes];
  if (name.size() > sizeof(lower)) return nullptr;
  for (std::size_t i = 0; i < name.size(); ++i) lower[i] = base::to_lower(name[i]);
  std::string_view key(lower, name.size());
  if (const auto exact = by_name_.find(key); exact != by_name_.end()) return exact->second;
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos || dot == 0) return nullptr;
  lower[dot - 1] = '*';  // "*.example.org" stands for one label
  const auto wildcard = by_name_.find(key.substr(dot - 1));
  return wildcard != by_name_.end() ? wildcard->second : nullptr;
}

int TlsServerContext::on_server_name(SSL* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto& server = *static_cast<const TlsServerContext*>(self);
  SSL_CTX* context = name != nullptr ? server.find(name) : nullptr;
  if (context != nullptr)
    SSL_set_SSL_CTX(ssl, context);
  else if (server.strict_sni_)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  return SSL_TLSEXT_ERR_OK;
}

int TlsServerContext::on_alpn(SSL*, const unsigned char** out, unsigned char* out_length,
                              const unsigned char* in, unsigned in_length, void* self) {
  const std::string& ours = static_cast<const TlsServerContext*>(self)->alpn_;
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_length,
                                           reinterpret_cast<const unsigned char*>(ours.data()),
                                           static_cast<unsigned>(ours.size()), in, in_length);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;  // go on without
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace sluice::net
