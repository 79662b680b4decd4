#include "admin/runtime_names.h"

#include <optional>

#include "base/text.h"

namespace sluice::admin {

namespace {

constexpr std::string_view kBySocket = " by 'stats socket command'";

std::string host_of(const base::Address& address) { return address.is_ip() ? address.host() : ""; }

bool same_host(const base::Address& a, const base::Address& b) {
  return a.is_ip() && a.family() == b.family() && a.ip_bytes() == b.ip_bytes();
}

void append_counts(std::string& out, const model::NameServerCounts& counts) {
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"sent:        ", counts.sent},     {"snd_error:   ", counts.send_errors},
      {"valid:       ", counts.valid},    {"update:      ", counts.updates},
      {"cname:       ", counts.aliases},  {"cname_error: ", counts.alias_errors},
      {"any_err:     ", counts.empty},    {"nx:          ", counts.nx},
      {"timeout:     ", counts.timeouts}, {"refused:     ", counts.refused},
      {"other:       ", counts.other},    {"invalid:     ", counts.invalid},
      {"too_big:     ", counts.too_big},  {"truncated:   ", counts.truncated},
      {"outdated:    ", counts.outdated}};
  for (const auto& [name, value] : rows)
    out += std::string("  ") + name + std::to_string(value) + "\n";
}

CommandReply show_resolvers(CommandContext& context) {
  const std::string_view wanted = context.argument(0);
  std::string out;
  bool found = wanted.empty();
  if (context.view.resolvers) {
    for (const model::ResolversReport& section : context.view.resolvers()) {
      if (!wanted.empty() && section.name != wanted) continue;
      found = true;
      out += "Resolvers section " + section.name + "\n";
      for (const auto& server : section.servers) {
        out += " nameserver " + server.name + ":\n";
        append_counts(out, server.counts);
      }
    }
  }
  if (!found) return failure("Can't find that resolvers section");
  return {std::move(out), {}, std::nullopt};
}

constexpr Command kNames[] = {
    {"show resolvers", Level::User, "show resolvers [<id>]",
     "list what name servers were asked and answered", show_resolvers},
};

}  // namespace

std::span<const Command> name_commands() { return kNames; }

CommandReply set_server_address(const CommandContext& context,
                                const control::BackendRuntime& backend,
                                const control::ServerRuntime& server) {
  const std::string_view text = context.argument(2);
  if (text.empty())
    return failure("set server <b>/<s> addr requires an address and optionally a port.");
  auto address = base::Address::from_ip(text, 0);
  if (!address) return failure("Invalid addr '" + std::string(text) + "'" + std::string(kBySocket));
  const base::Address before = server.live->shown_address();
  const std::uint16_t port_before = before.is_ip() ? before.port() : server.live->kept_port;
  address->set_port(port_before);
  std::string said = same_host(before, *address)
                         ? std::string("no need to change the addr")
                         : "IP changed from '" + host_of(before) + "' to '" + address->host() + "'";
  if (context.argument(3) == "port") {
    const std::string_view written = context.argument(4);
    const auto port = base::to_unsigned(written);
    if (!port || *port == 0 || *port > 65'535) {
      return failure(said + ", problem converting port '" + std::string(written) + "' to an int" +
                     std::string(kBySocket));
    }
    address->set_port(static_cast<std::uint16_t>(*port));
    said += *port == port_before ? std::string(", no need to change the port")
                                 : ", port changed from '" + std::to_string(port_before) +
                                       "' to '" + std::to_string(*port) + "'";
  }
  control::Change change;
  change.who = "socket";
  change.from = control::ChangeSource::Socket;
  change.target = {backend.config->name, server.config->name};
  change.action = control::SetAddress{*address, ""};
  const auto done = context.view.changes->apply(std::move(change), nullptr);
  return done ? message(said + std::string(kBySocket)) : failure(done.error().detail);
}

CommandReply set_server_name(const CommandContext& context, const control::BackendRuntime& backend,
                             const control::ServerRuntime& server) {
  const std::string name(context.argument(2));
  if (name.empty()) return failure("set server <b>/<s> fqdn requires a FQDN.");
  const std::string before = server.live->name_in_dns;
  const std::string who = backend.config->name + "/" + server.config->name;
  if (!context.view.rename || !context.view.rename(*server.live, name))
    return failure("set server <b>/<s> fqdn failed because no resolution is configured.");
  if (before == name) return message("no need to change the FDQN");
  return message(who + " changed its FQDN from " + (before.empty() ? "(null)" : before) + " to " +
                 name + std::string(kBySocket));
}

}  // namespace sluice::admin
