// Sections `resolvers` (manual §5.3.2): name servers, times and holds.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "config/addresses.h"
#include "config/resolv_conf.h"
#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::HoldTimes;
using model::Resolvers;
constexpr Support kYes = Support::Implemented;

bool add(Resolvers& section, model::NameServer server, Arguments& arguments) {
  const auto same = std::ranges::find(section.name_servers, server.name, &model::NameServer::name);
  if (same != section.name_servers.end()) {
    arguments.error(server.span, "the name server '" + server.name + "' was already defined");
    return false;
  }
  if (section.name_servers.size() == base::limits::kMaxNameServers) {
    arguments.error(
        server.span,
        "a section can have " + std::to_string(base::limits::kMaxNameServers) + " name servers");
    return false;
  }
  section.name_servers.push_back(std::move(server));
  return true;
}

/// "udp@…" is what an address without a prefix is too; "tcp@…" asks over TCP alone.
std::string without_udp(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPrefixes[] = {
      {"udp@", ""}, {"udp4@", "ipv4@"}, {"udp6@", "ipv6@"}};
  for (const auto& [prefix, instead] : kPrefixes) {
    if (text.starts_with(prefix))
      return std::string(instead) + std::string(text.substr(prefix.size()));
  }
  return std::string(text);
}

void parse_name_server(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.expect("a name and an address");
  if (name == nullptr) return;
  const base::Word* address = arguments.expect("an address after its name");
  if (address == nullptr) return;
  const auto parsed = parse_address(without_udp(address->text));
  if (!parsed) return arguments.error(address->span, parsed.error().detail);
  if (!parsed->address.is_ip() || parsed->wildcard) {
    return arguments.error(address->span, "a name server's address is an IP address",
                           "write it as 10.0.0.53:53");
  }
  if (parsed->port_form != PortForm::Plain || parsed->port == 0)
    return arguments.error(address->span, "'" + address->text + "' needs a port", "mostly :53");
  if (!arguments.empty()) return arguments.unsupported(*arguments.next());
  model::NameServer server;
  server.span = name->span;
  server.name = name->text;
  server.address = parsed->address;
  server.stream = address->text.starts_with("tcp");
  (void)add(context.resolvers(), std::move(server), arguments);
}

void parse_resolv_conf(Context& context, Arguments& arguments) {
  if (!arguments.finish()) return;
  const auto text = context.read_file(kResolvConf);
  if (!text) return arguments.error("the system's name servers are not known", text.error().detail);
  for (model::NameServer& server : name_servers_of(*text)) {
    server.span = arguments.span();
    if (!add(context.resolvers(), std::move(server), arguments)) return;
  }
}

template <std::uint32_t HoldTimes::*Field>
void parse_hold(Context& context, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (value && arguments.finish()) context.resolvers().hold.*Field = *value;
}

template <std::uint32_t Resolvers::*Field>
void parse_timeout(Context& context, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (!value || !arguments.finish()) return;
  if (*value == 0) return arguments.error("'" + arguments.name() + "' must be above 0");
  context.resolvers().*Field = *value;
}

constexpr std::array<Row, 12> kRows = {{
    {"nameserver", "<name> [tcp@]<address>:<port>", kResolvers, kYes, Negation::No,
     parse_name_server, "a name server; all of a section are asked at the same time"},
    {"parse-resolv-conf", "", kResolvers, kYes, Negation::No, parse_resolv_conf,
     "adds the name servers of /etc/resolv.conf"},
    {"hold valid", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::valid_ms>,
     "the longest that a valid answer is not asked for again"},
    {"hold obsolete", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::obsolete_ms>,
     "how long a record counts that answers do not have any more"},
    {"hold nx", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::nx_ms>,
     "how long a valid answer outweighs that the name does not exist"},
    {"hold refused", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::refused_ms>,
     "the same, that the question was refused"},
    {"hold timeout", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::timeout_ms>,
     "the same, silence"},
    {"hold other", "<time>", kResolvers, kYes, Negation::No, parse_hold<&HoldTimes::other_ms>,
     "the same, any other failure"},
    {"resolve_retries", "<number>", kResolvers, kYes, Negation::No,
     store::number<&Resolvers::retries, 1, 1'000>,
     "how often a name is asked for before it failed"},
    {"timeout resolve", "<time>", kResolvers, kYes, Negation::No,
     parse_timeout<&Resolvers::resolve_ms>, "the longest between two resolutions of a name"},
    {"timeout retry", "<time>", kResolvers, kYes, Negation::No, parse_timeout<&Resolvers::retry_ms>,
     "how long an answer is waited for"},
    {"accepted_payload_size", "<bytes>", kResolvers, kYes, Negation::No,
     store::number<&Resolvers::payload_bytes, 512, 65'535>,
     "the largest answer over UDP that is taken, 4096 at most; TCP brings larger ones"},
}};

}  // namespace

std::span<const Row> resolvers() { return kRows; }

}  // namespace sluice::config::rows
