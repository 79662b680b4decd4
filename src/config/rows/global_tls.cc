// The global section: defaults of TLS.
#include <array>

#include "config/rows/rows.h"
#include "config/store.h"
#include "config/tls_words.h"

namespace sluice::config::rows {
namespace {

using model::Global;
using model::TlsOptions;
constexpr Support kYes = Support::Implemented;

template <TlsOptions Global::*Options, std::string TlsOptions::*Field>
void parse_text(Context& context, Arguments& arguments) {
  const base::Word* value = arguments.expect("a list");
  if (value != nullptr && arguments.finish()) context.global().*Options.*Field = value->text;
}

template <bool TlsOptions::*Field>
void set(Context&, TlsOptions& options, Arguments&) {
  options.*Field = true;
}

template <TlsOptions Global::*Options, TlsSide Side>
void parse_words(Context& context, Arguments& arguments) {
  const auto rows =
      Side == TlsSide::Bind ? ssl_default_bind_options() : ssl_default_server_options();
  if (arguments.empty()) return arguments.error("'" + arguments.name() + "' needs an option");
  TlsVersionWords versions(Side);
  context.tls_versions = &versions;
  parse_options<TlsOptions>(context, context.global().*Options, arguments, rows);
  context.tls_versions = nullptr;
  versions.apply(context.global().*Options, arguments);
}

void parse_server_verify(Context& context, Arguments& arguments) {
  const base::Word* value = arguments.expect("none or required");
  if (value == nullptr) return;
  constexpr std::array<std::string_view, 2> kChoices = {"none", "required"};
  if (value->text != "none" && value->text != "required") {
    return arguments.error_choice(*value, kChoices);
  }
  if (arguments.finish()) context.global().default_server_verify = value->text == "required";
}

constexpr auto kBind = &Global::default_bind_tls;
constexpr auto kServer = &Global::default_server_tls;

constexpr std::array<Row, 13> kRows = {{
    {"crt-base", "<directory>", kGlobal, kYes, Negation::No, store::word<&Global::crt_base>,
     "where relative names of certificates begin"},
    {"ca-base", "<directory>", kGlobal, kYes, Negation::No, store::word<&Global::ca_base>,
     "where relative names of CA files begin"},
    {"ssl-default-bind-ciphers", "<ciphers>", kGlobal, kYes, Negation::No,
     parse_text<kBind, &TlsOptions::ciphers>, "ciphers of bind lines up to TLS 1.2"},
    {"ssl-default-bind-ciphersuites", "<suites>", kGlobal, kYes, Negation::No,
     parse_text<kBind, &TlsOptions::ciphersuites>, "cipher suites of bind lines for TLS 1.3"},
    {"ssl-default-bind-curves", "<curves>", kGlobal, kYes, Negation::No,
     parse_text<kBind, &TlsOptions::curves>, "elliptic curves of bind lines"},
    {"ssl-default-bind-options", "<option>…", kGlobal, kYes, Negation::No,
     parse_words<kBind, TlsSide::Bind>, "versions and tickets of bind lines"},
    {"ssl-default-server-ciphers", "<ciphers>", kGlobal, kYes, Negation::No,
     parse_text<kServer, &TlsOptions::ciphers>, "ciphers of server lines up to TLS 1.2"},
    {"ssl-default-server-ciphersuites", "<suites>", kGlobal, kYes, Negation::No,
     parse_text<kServer, &TlsOptions::ciphersuites>, "cipher suites of server lines for TLS 1.3"},
    {"ssl-default-server-options", "<option>…", kGlobal, kYes, Negation::No,
     parse_words<kServer, TlsSide::Server>, "versions and tickets of server lines"},
    {"ssl-server-verify", "none|required", kGlobal, kYes, Negation::No, parse_server_verify,
     "whether servers' certificates are verified where their line does not say"},
    {"tune.ssl.default-dh-param", "<bits>", kGlobal, kYes, Negation::No,
     store::number<&Global::dh_param_bits, 1024, 16384>, "size of the Diffie-Hellman parameters"},
    {"tune.ssl.cachesize", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::tune_ssl_cachesize, 0, 2'000'000'000>, "sessions kept for resumption"},
    {"tune.ssl.lifetime", "<time>", kGlobal, kYes, Negation::No,
     store::seconds<&Global::tune_ssl_lifetime_s>, "how long a TLS session may be resumed"},
}};

}  // namespace

std::span<const Row> global_tls() { return kRows; }

std::span<const OptionRow<TlsOptions>> ssl_default_bind_options() {
  static const std::vector<OptionRow<TlsOptions>> rows = joined<TlsOptions>(
      {{"no-tls-tickets", "", kYes, set<&TlsOptions::no_tickets>},
       {"prefer-client-ciphers", "", kYes, set<&TlsOptions::prefer_client_ciphers>},
       {"strict-sni", "", Support::Unsupported}},
      tls_version_rows<TlsOptions>());
  return rows;
}

std::span<const OptionRow<TlsOptions>> ssl_default_server_options() {
  static const std::vector<OptionRow<TlsOptions>> rows = joined<TlsOptions>(
      {{"no-tls-tickets", "", kYes, set<&TlsOptions::no_tickets>}}, tls_version_rows<TlsOptions>());
  return rows;
}

}  // namespace sluice::config::rows
