// `server` and `default-server` lines (manual §5.2). Options are in server_options.cc.
#include <array>

#include "config/addresses.h"
#include "config/names.h"
#include "config/rows/rows.h"
#include "config/tls_words.h"

namespace sluice::config::rows {
namespace {

using model::Server;
constexpr Support kYes = Support::Implemented;

void parse_server_options(Context& context, Server& server, Arguments& arguments) {
  TlsVersionWords versions(TlsSide::Server);
  context.tls_versions = &versions;
  parse_options(context, server, arguments, server_options());
  context.tls_versions = nullptr;
  versions.apply(server.tls.options, arguments);
}

bool parse_server_address(const base::Word& word, Server& server, Arguments& arguments) {
  const auto parsed = parse_address(word.text);
  if (!parsed) {
    arguments.error(word.span, parsed.error().detail);
    return false;
  }
  if (parsed->fd || parsed->port_form == PortForm::Range) {
    arguments.error(word.span, parsed->fd ? "a server cannot be a descriptor"
                                          : "a server has one port, not a range");
    return false;
  }
  server.host = parsed->host;
  server.address = parsed->address;
  server.address_span = word.span;
  server.port = parsed->port;
  server.port_offset = parsed->port_offset;
  // HAProxy reads a port of 0 as none: the port that the client came to.
  server.port_is_clients = !parsed->address.is_unix() && parsed->port == 0;
  if (parsed->wildcard && !server.address.is_set())
    server.address = base::Address::any_ipv4(parsed->port);
  server.address_is_clients = server.address.is_wildcard();
  return true;
}

void report_same_name(const model::Proxy& proxy, const base::Word& name, Arguments& arguments) {
  for (const Server& other : proxy.servers) {
    if (other.name != name.text) continue;
    arguments.error(name.span, "the server '" + name.text + "' was already defined in line " +
                                   std::to_string(other.span.line) + " of " +
                                   std::string(other.span.file_name()));
    return;
  }
}

void parse_server(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a name and an address");
  if (name == nullptr) return;
  const base::Word* address = arguments.expect("an address after its name");
  if (address == nullptr) return;
  if (const auto bad = bad_name_byte(name->text)) {
    return arguments.error(name->span,
                           "a server's name cannot contain '" + std::string(1, *bad) + "'",
                           std::string(kNameBytes));
  }
  report_same_name(*context.proxy, *name, arguments);
  Server server = context.proxy->default_server;
  server.name = name->text;
  server.span = name->span;
  if (!parse_server_address(*address, server, arguments)) return;
  parse_server_options(context, server, arguments);
  context.proxy->servers.push_back(std::move(server));
}

// A server without a name, which no statistics and no command show.
void parse_dispatch(Context& context, Arguments& arguments) {
  const base::Word* address = arguments.expect("an address and a port");
  if (address == nullptr || !arguments.finish()) return;
  Server server;
  server.span = address->span;
  if (!parse_server_address(*address, server, arguments)) return;
  if (server.port_is_clients || server.port_offset != 0) {
    return arguments.error(address->span, "'dispatch' needs a port, and no offset");
  }
  context.proxy->dispatch = std::move(server);
}

void parse_default_server(Context& context, Arguments& arguments) {
  if (arguments.empty()) return arguments.error("'default-server' needs an option");
  parse_server_options(context, context.proxy->default_server, arguments);
}

constexpr Where kServers{Place::No, Place::No, Place::No, Place::Yes};

constexpr std::array<Row, 3> kRows = {{
    {"dispatch", "<address>:<port>", kServers, kYes, Negation::No, parse_dispatch,
     "where requests go that neither a cookie nor a rule leads, without an algorithm"},
    {"server", "<name> <address> [<option>…]", kServers, kYes, Negation::No, parse_server,
     "a server of the backend"},
    {"default-server", "<option>…", kBackendsOnly, kYes, Negation::No, parse_default_server,
     "options of the servers below"},
}};

}  // namespace

std::span<const Row> server() { return kRows; }

}  // namespace sluice::config::rows
