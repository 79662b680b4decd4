// `server` and `default-server` lines (manual §5.2). Options are in server_options.cc.
#include <array>

#include "base/limits.h"
#include "base/text.h"
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
  server.port_is_clients = !parsed->address.is_unix() && parsed->port == 0 &&
                           !model::is_service_label(server.host);  // its records have ports
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

struct Numbers {
  std::uint32_t first = 1, last = 0;
};

/// "3" is 1 to 3, "5-7" is 5 to 7.
std::optional<Numbers> numbers_of(const base::Word& word, Arguments& arguments) {
  const std::size_t dash = word.text.find('-');
  const auto low = base::to_unsigned(std::string_view(word.text).substr(0, dash));
  const auto high = dash == std::string::npos
                        ? low
                        : base::to_unsigned(std::string_view(word.text).substr(dash + 1));
  const std::uint64_t first = dash == std::string::npos ? 1 : low.value_or(0);
  constexpr std::uint64_t kMost = base::limits::kMaxServersPerBackend;
  if (!low || !high || *high < first || *high == 0 || *high - first >= kMost ||
      *high > 2'147'483'647) {
    arguments.error(word.span, "'" + word.text + "' is neither a number of servers nor a range",
                    "write 3, or 1-3");
    return std::nullopt;
  }
  return Numbers{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(*high)};
}

void parse_server_template(Context& context, Arguments& arguments) {
  const base::Word* prefix = arguments.expect("a prefix, a number and a name");
  if (prefix == nullptr) return;
  const base::Word* number = arguments.expect("a number of servers, or a range, after the prefix");
  if (number == nullptr) return;
  const base::Word* address = arguments.expect("a name after the number of servers");
  if (address == nullptr) return;
  if (const auto bad = bad_name_byte(prefix->text)) {
    return arguments.error(prefix->span,
                           "a server's name cannot contain '" + std::string(1, *bad) + "'",
                           std::string(kNameBytes));
  }
  const auto numbers = numbers_of(*number, arguments);
  if (!numbers) return;
  Server server = context.proxy->default_server;
  server.span = prefix->span;
  if (!parse_server_address(*address, server, arguments)) return;
  parse_server_options(context, server, arguments);
  for (std::uint32_t i = numbers->first; i <= numbers->last; ++i) {
    server.name = prefix->text + std::to_string(i);
    report_same_name(*context.proxy, {server.name, prefix->span}, arguments);
    context.proxy->servers.push_back(server);
    server.numeric_id = 0;  // an `id` is the first one's
  }
}

void parse_default_server(Context& context, Arguments& arguments) {
  if (arguments.empty()) return arguments.error("'default-server' needs an option");
  parse_server_options(context, context.proxy->default_server, arguments);
}

constexpr Where kServers{Place::No, Place::No, Place::No, Place::Yes};

constexpr std::array<Row, 4> kRows = {{
    {"dispatch", "<address>:<port>", kServers, kYes, Negation::No, parse_dispatch,
     "where requests go that neither a cookie nor a rule leads, without an algorithm"},
    {"server", "<name> <address> [<option>…]", kServers, kYes, Negation::No, parse_server,
     "a server of the backend"},
    {"server-template", "<prefix> <number>|<first>-<last> <name>[:<port>] [<option>…]", kServers,
     kYes, Negation::No, parse_server_template, "servers that share a name and options"},
    {"default-server", "<option>…", kBackendsOnly, kYes, Negation::No, parse_default_server,
     "options of the servers below"},
}};

}  // namespace

std::span<const Row> server() { return kRows; }

}  // namespace sluice::config::rows
