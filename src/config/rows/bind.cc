// `bind` lines and their options (manual §4.2 bind, §5.1).
#include <array>

#include "base/text.h"
#include "config/addresses.h"
#include "config/rows/rows.h"
#include "config/tls_words.h"

namespace sluice::config::rows {
namespace {

using model::Bind;
constexpr Support kYes = Support::Implemented;
constexpr Support kNot = Support::Unsupported;

template <auto Field>
void text(Context&, Bind& bind, Arguments& arguments) {
  if (const base::Word* word = arguments.expect("a value")) bind.*Field = word->text;
}
template <auto Field, std::uint32_t Max>
void number(Context&, Bind& bind, Arguments& arguments) {
  if (const auto value = arguments.number(Field == &Bind::numeric_id ? 1 : 0, Max)) {
    bind.*Field = *value;
  }
}
template <auto Field>
void flag(Context&, Bind& bind, Arguments&) {
  bind.*Field = true;
}
template <std::string model::TlsOptions::*Field>
void tls_text(Context&, Bind& bind, Arguments& arguments) {
  if (const base::Word* word = arguments.expect("a list")) bind.tls_options.*Field = word->text;
}
template <bool model::TlsOptions::*Field>
void tls_flag(Context&, Bind& bind, Arguments&) {
  bind.tls_options.*Field = true;
}

void parse_tcp_ut(Context&, Bind& bind, Arguments& arguments) {
  if (const auto value = arguments.milliseconds()) bind.user_timeout_ms = *value;
}

void parse_mss(Context&, Bind& bind, Arguments& arguments) {
  const base::Word* word = arguments.expect("a number of bytes");
  if (word == nullptr) return;
  const auto value = base::to_signed(word->text);
  if (!value || *value == 0 || *value < -65'535 || *value > 65'535) {
    return arguments.error(word->span,
                           "'" + word->text + "' is no size of segments, from 1 to 65535",
                           "a negative number is taken from what each client announces");
  }
  bind.max_segment_bytes = static_cast<std::int32_t>(*value);
}

void parse_interface(Context&, Bind& bind, Arguments& arguments) {
  if (const auto* name = interface_name(arguments)) bind.interface = name->text;
}

template <std::optional<std::uint32_t> Bind::*Field>
void parse_owner(Context&, Bind& bind, Arguments& arguments) {
  if (const auto value = arguments.number(0, 2'147'483'647)) bind.*Field = *value;
}

void parse_mode(Context&, Bind& bind, Arguments& arguments) { bind.unix_mode = arguments.octal(); }

void parse_crt(Context& context, Bind& bind, Arguments& arguments) {
  const base::Word* file = arguments.expect("a file or a directory");
  if (file != nullptr) {
    bind.certificates.push_back(based_on(context.global().crt_base, file->text));
  }
}

void parse_alpn(Context&, Bind& bind, Arguments& arguments) {
  if (const base::Word* list = arguments.expect("a list of protocols")) {
    bind.alpn = alpn_list(*list, arguments);
  }
}

void parse_verify(Context&, Bind&, Arguments& arguments) {
  const base::Word* value = arguments.expect("none");
  if (value == nullptr || value->text == "none") return;
  constexpr std::array<std::string_view, 1> kChoices = {"none"};
  if (value->text == "required" || value->text == "optional")
    arguments.unsupported(*value);
  else
    arguments.error_choice(*value, kChoices);
}

constexpr std::uint32_t kMaxCount = 2'000'000'000;

const std::vector<OptionRow<Bind>>& option_rows() {
  static const std::vector<OptionRow<Bind>> rows = joined<Bind>(
      {
          {"name", "<name>", kYes, text<&Bind::name>, "the socket's name in statistics"},
          {"id", "<number>", kYes, number<&Bind::numeric_id, 2'147'483'647>,
           "the socket's number in statistics"},
          {"maxconn", "<number>", kYes, number<&Bind::maxconn, kMaxCount>,
           "connections through this socket"},
          {"backlog", "<number>", kYes, number<&Bind::backlog, kMaxCount>,
           "length of the socket's queue"},
          {"tfo", "", kYes, flag<&Bind::tcp_fast_open>, "TCP Fast Open"},
          {"defer-accept", "", kYes, flag<&Bind::defer_accept>,
           "accepts a connection when its first bytes are there"},
          {"tcp-ut", "<time>", kYes, parse_tcp_ut,
           "how long clients may leave what they were sent unacknowledged"},
          {"mss", "<bytes>", kYes, parse_mss, "largest TCP segment"},
          {"interface", "<name>", kYes, parse_interface, "the network interface of its clients"},
          {"transparent", "", kYes, flag<&Bind::transparent>,
           "the address may be another machine's"},
          {"v4v6", "", kYes, flag<&Bind::v4v6>, "an IPv6 wildcard takes IPv4 as well"},
          {"v6only", "", kYes, flag<&Bind::v6only>, "an IPv6 wildcard takes IPv6 only"},
          {"user", "<name>", kYes, text<&Bind::unix_user>, "owner of a unix socket"},
          {"group", "<name>", kYes, text<&Bind::unix_group>, "group of a unix socket"},
          {"uid", "<number>", kYes, parse_owner<&Bind::unix_uid>, "owner of a unix socket"},
          {"gid", "<number>", kYes, parse_owner<&Bind::unix_gid>, "group of a unix socket"},
          {"mode", "<octal>", kYes, parse_mode, "rights of a unix socket"},
          {"ssl", "", kYes, flag<&Bind::tls>, "TLS"},
          {"strict-sni", "", kYes, flag<&Bind::strict_sni>,
           "refuses a TLS client whose server name no certificate has"},
          {"crt", "<file>|<directory>", kYes, parse_crt, "certificates with their keys"},
          {"alpn", "<protocols>", kYes, parse_alpn, "protocols that TLS offers"},
          {"verify", "none", kYes, parse_verify, "clients show no certificate (the default)"},
          {"ciphers", "<ciphers>", kYes, tls_text<&model::TlsOptions::ciphers>,
           "ciphers up to TLS 1.2"},
          {"ciphersuites", "<suites>", kYes, tls_text<&model::TlsOptions::ciphersuites>,
           "cipher suites for TLS 1.3"},
          {"curves", "<curves>", kYes, tls_text<&model::TlsOptions::curves>, "elliptic curves"},
          {"no-tls-tickets", "", kYes, tls_flag<&model::TlsOptions::no_tickets>,
           "no stateless resumption"},
          {"prefer-client-ciphers", "", kYes, tls_flag<&model::TlsOptions::prefer_client_ciphers>,
           "the client's order of ciphers counts"},
          {"accept-netscaler-cip", "", kNot},
          {"accept-proxy", "", kNot},
          {"allow-0rtt", "", kNot},
          {"ca-file", "", kNot},
          {"ca-ignore-err", "", kNot},
          {"ca-sign-file", "", kNot},
          {"ca-sign-pass", "", kNot},
          {"ca-verify-file", "", kNot},
          {"crl-file", "", kNot},
          {"crt-ignore-err", "", kNot},
          {"crt-list", "", kNot},
          {"ecdhe", "", kNot},
          {"expose-fd", "", kNot},
          {"generate-certificates", "", kNot},
          {"level", "", kNot},
          {"namespace", "", kNot},
          {"nice", "", kNot},
          {"no-ca-names", "", kNot},
          {"npn", "", kNot},
          {"process", "", kNot},
          {"proto", "", kNot},
          {"quic-cc-algo", "", kNot},
          {"quic-force-retry", "", kNot},
          {"severity-output", "", kNot},
          {"shards", "", kNot},
          {"thread", "", kNot},
          {"tls-ticket-keys", "", kNot},
      },
      tls_version_rows<Bind>());
  return rows;
}

/// The binds that one element of the address list makes: one a port of its range.
void add_binds(const AddressText& address, Bind bind, std::vector<Bind>& out) {
  bind.inherited_fd = address.fd;
  if (address.fd || address.address.is_unix()) {
    bind.address = address.address;
    out.push_back(std::move(bind));
    return;
  }
  for (unsigned port = address.port; port <= address.port_end; ++port) {
    bind.port = static_cast<std::uint16_t>(port);
    bind.address = address.address;
    if (bind.address.is_set())
      bind.address.set_port(bind.port);
    else
      bind.host = address.host;
    out.push_back(bind);
  }
}

std::vector<Bind> parse_addresses(const base::Word& list, Arguments& arguments) {
  std::vector<Bind> out;
  Bind bind;
  bind.span = list.span;
  base::for_each_element(list.text, [&](std::string_view element) {
    const auto address = parse_address(element);
    if (!address) return arguments.error(list.span, address.error().detail);
    if (!address->fd && !address->address.is_unix()) {
      if (address->port_form == PortForm::None) {
        return arguments.error(list.span, "'" + std::string(element) + "' has no port",
                               "write it as address:port, an IPv6 address as [::1]:80");
      }
      if (address->port_form == PortForm::Offset || address->port == 0) {
        return arguments.error(list.span, "a bind line needs a port from 1 to 65535");
      }
    }
    add_binds(*address, bind, out);
  });
  return out;
}

void parse_bind(Context& context, Arguments& arguments) {
  const base::Word* list = arguments.expect("an address");
  if (list == nullptr) return;
  std::vector<Bind> binds = parse_addresses(*list, arguments);
  Bind options;
  TlsVersionWords versions(TlsSide::Bind);
  context.tls_versions = &versions;
  parse_options(context, options, arguments, bind_options());
  context.tls_versions = nullptr;
  versions.apply(options.tls_options, arguments);
  if (options.tls && options.certificates.empty()) {
    arguments.error(list->span, "this TLS socket has no certificate", "add 'crt <file>'");
  }
  for (Bind& bind : binds) {
    Bind complete = options;
    complete.span = bind.span;
    complete.address = bind.address;
    complete.host = bind.host;
    complete.port = bind.port;
    complete.inherited_fd = bind.inherited_fd;
    context.proxy->binds.push_back(std::move(complete));
  }
}

constexpr std::array<Row, 1> kRows = {{
    {"bind", "<address>[,…] [<option>…]", kFrontendsNoDefaults, kYes, Negation::No, parse_bind,
     "an address where clients are accepted"},
}};

}  // namespace

std::span<const Row> bind() { return kRows; }
std::span<const OptionRow<Bind>> bind_options() { return option_rows(); }

}  // namespace sluice::config::rows
