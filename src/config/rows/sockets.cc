// Where connections to servers come from, and how TCP watches over silent peers (manual §4.2).
#include <net/if.h>

#include <array>

#include "base/text.h"
#include "config/addresses.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::KeepAliveProbes;
using model::Proxy;
using model::Source;
constexpr Support kYes = Support::Implemented;

/// "*", an IPv4 or IPv6 address, with a port or none; a range of ports where one may stand.
bool read_source_address(const base::Word& word, base::Address& address, std::uint16_t* last_port,
                         Arguments& arguments) {
  const auto parsed = parse_address(word.text);
  if (!parsed) {
    arguments.error(word.span, parsed.error().detail);
    return false;
  }
  if (parsed->fd || parsed->address.is_unix() || (!parsed->address.is_set() && !parsed->wildcard)) {
    arguments.error(word.span,
                    "'" + word.text + "' is no IP address that connections can come from");
    return false;
  }
  const bool range = parsed->port_form == PortForm::Range;
  if (parsed->port_form == PortForm::Offset || (range && last_port == nullptr)) {
    arguments.error(word.span, range ? "a range of ports stands on server lines only"
                                     : "a source has a port, not an offset");
    return false;
  }
  address = parsed->wildcard ? base::Address::any_ipv4(0) : parsed->address;
  address.set_port(parsed->port);
  if (range) *last_port = parsed->port_end;
  return true;
}

/// "hdr_ip(X-Forwarded-For,-1)".
bool read_header(const base::Word& word, Source& source, Arguments& arguments) {
  constexpr std::string_view kBegin = "hdr_ip(";
  std::string_view inside = word.text;
  inside.remove_prefix(kBegin.size());
  if (inside.ends_with(')')) {
    inside.remove_suffix(1);
    const std::size_t comma = inside.find(',');
    source.header = inside.substr(0, comma);
    const auto number = comma == std::string_view::npos ? std::optional<std::int64_t>(-1)
                                                        : base::to_signed(inside.substr(comma + 1));
    if (!source.header.empty() && number && *number >= -10 && *number <= 1'000) {
      source.occurrence = static_cast<int>(*number);
      source.foreign = number == 0 ? Source::Foreign::None : Source::Foreign::Header;
      return true;
    }
  }
  arguments.error(word.span, "'" + word.text + "' is not the address in a header",
                  "write it as hdr_ip(X-Forwarded-For), with the number of the value behind a "
                  "comma if it is not the last one");
  return false;
}

bool read_usesrc(Source& source, Arguments& arguments) {
  const base::Word* word = arguments.expect("client, clientip, hdr_ip(<name>) or an address");
  if (word == nullptr) return false;
  if (word->text == "client" || word->text == "clientip") {
    source.foreign = word->text == "client" ? Source::Foreign::Client : Source::Foreign::ClientIp;
    return true;
  }
  if (word->text.starts_with("hdr_ip(")) return read_header(*word, source, arguments);
  source.foreign = Source::Foreign::Address;
  return read_source_address(*word, source.foreign_address, nullptr, arguments);
}

void parse_source_line(Context& context, Arguments& arguments) {
  parse_source(context.proxy->source, arguments, SourcePorts::One);
  (void)arguments.finish();
}

template <KeepAliveProbes Proxy::*Side, std::uint32_t KeepAliveProbes::*Field>
void parse_probe_count(Context& context, Arguments& arguments) {
  const auto value = arguments.number(1, 127);  // the kernel's bound
  if (value && arguments.finish()) context.proxy->*Side.*Field = *value;
}

template <KeepAliveProbes Proxy::*Side, std::uint32_t KeepAliveProbes::*Field>
void parse_probe_time(Context& context, Arguments& arguments) {
  const auto value = arguments.seconds();
  if (!value || !arguments.finish()) return;
  if (*value == 0 || *value > 32'767)
    return arguments.error("'" + arguments.name() + "' needs a time from 1 s to 32767 s");
  context.proxy->*Side.*Field = *value;
}

constexpr std::array<Row, 7> kRows = {{
    {"source",
     "<address>[:<port>] [usesrc client|clientip|hdr_ip(<name>)|<address>] "
     "[interface <name>]",
     kBackends, kYes, Negation::No, parse_source_line, "where connections to servers come from"},
    {"clitcpka-cnt", "<number>", kFrontends, kYes, Negation::No,
     parse_probe_count<&Proxy::client_probes, &KeepAliveProbes::count>,
     "probes without an answer before a client is given up"},
    {"clitcpka-idle", "<time>", kFrontends, kYes, Negation::No,
     parse_probe_time<&Proxy::client_probes, &KeepAliveProbes::idle_s>,
     "silence before a client is probed"},
    {"clitcpka-intvl", "<time>", kFrontends, kYes, Negation::No,
     parse_probe_time<&Proxy::client_probes, &KeepAliveProbes::interval_s>,
     "time between two probes of a client"},
    {"srvtcpka-cnt", "<number>", kBackends, kYes, Negation::No,
     parse_probe_count<&Proxy::server_probes, &KeepAliveProbes::count>,
     "probes without an answer before a server's connection is given up"},
    {"srvtcpka-idle", "<time>", kBackends, kYes, Negation::No,
     parse_probe_time<&Proxy::server_probes, &KeepAliveProbes::idle_s>,
     "silence before a server is probed"},
    {"srvtcpka-intvl", "<time>", kBackends, kYes, Negation::No,
     parse_probe_time<&Proxy::server_probes, &KeepAliveProbes::interval_s>,
     "time between two probes of a server"},
}};

}  // namespace

std::span<const Row> sockets() { return kRows; }

const base::Word* interface_name(Arguments& arguments) {
  const base::Word* name = arguments.expect("the name of a network interface");
  if (name == nullptr || (!name->text.empty() && name->text.size() < IFNAMSIZ)) return name;
  arguments.error(name->span, "'" + name->text + "' is no name of a network interface");
  return nullptr;
}

void parse_source(Source& source, Arguments& arguments, SourcePorts ports) {
  const base::Word* word = arguments.expect("an address");
  if (word == nullptr) return;
  Source made;
  made.span = word->span;
  std::uint16_t* last_port = ports == SourcePorts::Range ? &made.last_port : nullptr;
  if (!read_source_address(*word, made.address, last_port, arguments)) return;
  for (;;) {
    if (arguments.take("usesrc")) {
      if (!read_usesrc(made, arguments)) return;
    } else if (arguments.take("interface")) {
      const base::Word* name = interface_name(arguments);
      if (name == nullptr) return;
      made.interface = name->text;
    } else {
      break;
    }
  }
  source = std::move(made);
}

}  // namespace sluice::config::rows
