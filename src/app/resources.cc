#include "app/resources.h"

#include "net/tls/tls_client_context.h"
#include "net/tls/tls_server_context.h"

namespace sluice::app {

namespace {

net::TlsProtocol to_net(model::TlsVersion version) {
  switch (version) {
    case model::TlsVersion::Unset:
      return net::TlsProtocol::Unset;
    case model::TlsVersion::Ssl3:
      return net::TlsProtocol::Ssl3;
    case model::TlsVersion::Tls10:
      return net::TlsProtocol::Tls10;
    case model::TlsVersion::Tls11:
      return net::TlsProtocol::Tls11;
    case model::TlsVersion::Tls12:
      return net::TlsProtocol::Tls12;
    case model::TlsVersion::Tls13:
      return net::TlsProtocol::Tls13;
  }
  return net::TlsProtocol::Unset;
}

net::TlsProfile to_net(const model::TlsOptions& options) {
  return {to_net(options.min_version),
          to_net(options.max_version),
          options.ciphers,
          options.ciphersuites,
          options.curves,
          options.no_tickets,
          options.prefer_client_ciphers};
}

/// Warnings and the error, if any, at the line; the context without its type.
template <class Context>
std::shared_ptr<void> finish(base::Result<std::shared_ptr<const Context>> made,
                             std::vector<std::string> warnings, const base::SourceSpan& span,
                             base::Diagnostics& diagnostics) {
  for (std::string& warning : warnings) diagnostics.warning(span, std::move(warning));
  if (made) return std::const_pointer_cast<Context>(*made);
  diagnostics.error(span, std::move(made.error().detail));
  return nullptr;
}

}  // namespace

std::shared_ptr<void> Resources::bind_tls(const model::Bind& bind, const model::Global& global,
                                          base::Diagnostics& diagnostics) {
  net::TlsServerOptions options;
  options.profile = to_net(bind.tls_options);
  options.certificates = bind.certificates;
  options.alpn = bind.alpn;
  options.strict_sni = bind.strict_sni;
  options.dh_param_bits = global.dh_param_bits;
  options.session_cache_size = global.tune_ssl_cachesize;
  options.session_lifetime_s = global.tune_ssl_lifetime_s;
  std::vector<std::string> warnings;
  auto made = net::TlsServerContext::create(options, certificates_, warnings);
  return finish(std::move(made), std::move(warnings), bind.span, diagnostics);
}

std::shared_ptr<void> Resources::server_tls(const model::Server& server, const model::Global&,
                                            base::Diagnostics& diagnostics) {
  net::TlsClientOptions options;
  options.profile = to_net(server.tls.options);
  // A server may be old; by OpenSSL's default ciphers it still has to speak TLS 1.2.
  options.profile.default_min = net::TlsProtocol::Tls10;
  options.verify = server.tls.verify;
  options.ca_file = server.tls.ca_file;
  options.certificate = server.tls.certificate;
  options.verify_host = server.tls.verify_host;
  options.alpn = server.tls.alpn;
  std::vector<std::string> warnings;
  auto made = net::TlsClientContext::create(options, certificates_, warnings);
  return finish(std::move(made), std::move(warnings), server.span, diagnostics);
}

base::Result<std::vector<base::Address>> Resources::resolve(std::string_view host) {
  return surroundings_.resolve(std::string(host));
}

}  // namespace sluice::app
