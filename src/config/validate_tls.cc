// TLS: the global defaults are merged into bind and server lines, and verification is decided.
#include <string>

#include "config/validate.h"

namespace sluice::config {
namespace {

using model::TlsOptions;

void merge(TlsOptions& options, const TlsOptions& defaults) {
  const bool own_versions = options.min_version != model::TlsVersion::Unset ||
                            options.max_version != model::TlsVersion::Unset;
  if (!own_versions) {
    options.min_version = defaults.min_version;
    options.max_version = defaults.max_version;
  }
  if (options.ciphers.empty()) options.ciphers = defaults.ciphers;
  if (options.ciphersuites.empty()) options.ciphersuites = defaults.ciphersuites;
  if (options.curves.empty()) options.curves = defaults.curves;
  options.no_tickets = options.no_tickets || defaults.no_tickets;
  options.prefer_client_ciphers = options.prefer_client_ciphers || defaults.prefer_client_ciphers;
}

}  // namespace

void complete_tls(model::Config& config, base::Diagnostics& diagnostics) {
  const model::Global& global = config.global;
  for (model::Proxy& proxy : config.proxies) {
    for (model::Bind& bind : proxy.binds) merge(bind.tls_options, global.default_bind_tls);
    for (model::Server& server : proxy.servers) {
      merge(server.tls.options, global.default_server_tls);
      if (!server.tls.verify_set) server.tls.verify = global.default_server_verify;
      const bool speaks_tls = server.tls.enabled || server.check.tls;
      if (!speaks_tls || !server.tls.verify || !server.tls.ca_file.empty()) continue;
      diagnostics.error(server.span,
                        "the certificate of the server '" + server.name +
                            "' is to be verified, but there is no ca-file",
                        "add 'ca-file <file>' or 'ca-file @system-ca'; 'verify none' where the "
                        "network is to be trusted");
    }
  }
}

}  // namespace sluice::config
