// The options of server lines by which a name is followed while the process runs (manual §5.2,
// "resolvers" and "resolve-…").
#include <array>
#include <bit>

#include "base/text.h"
#include "config/rows/rows.h"

namespace sluice::config::rows {
namespace {

using model::Server;
constexpr Support kYes = Support::Implemented;

void parse_resolvers(Context&, Server& server, Arguments& arguments) {
  const base::Word* name = arguments.expect("the name of a resolvers section");
  if (name == nullptr) return;
  server.naming.resolvers = name->text;
  server.naming.span = name->span;
}

void parse_prefer(Context&, Server& server, Arguments& arguments) {
  const base::Word* family = arguments.expect("ipv4 or ipv6");
  if (family == nullptr) return;
  constexpr std::array<std::string_view, 2> kChoices = {"ipv4", "ipv6"};
  if (family->text != "ipv4" && family->text != "ipv6")
    return arguments.error_choice(*family, kChoices);
  server.naming.prefer_ipv4 = family->text == "ipv4";
}

/// "8" or, for IPv4, "255.0.0.0".
std::optional<std::uint8_t> prefix_of(std::string_view text, std::size_t most) {
  if (const auto bits = base::to_unsigned(text))
    return *bits <= most ? std::optional(static_cast<std::uint8_t>(*bits)) : std::nullopt;
  const auto mask = base::Address::from_ip(text, 0);
  if (!mask || mask->family() != AF_INET || most != 32) return std::nullopt;
  std::uint32_t word = 0;
  for (const char byte : mask->ip_bytes()) word = word << 8 | static_cast<unsigned char>(byte);
  const int ones = std::countl_one(word);
  if (std::popcount(word) != ones) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

/// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1", "2001:db8::/32".
std::optional<model::Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = base::Address::from_ip(text.substr(0, slash), 0);
  if (!address) return std::nullopt;
  const std::size_t most = address->ip_bytes().size() * 8;
  model::Network out{*address, static_cast<std::uint8_t>(most)};
  if (slash == std::string_view::npos) return out;
  const auto bits = prefix_of(text.substr(slash + 1), most);
  if (!bits) return std::nullopt;
  out.prefix_bits = *bits;
  return out;
}

void parse_net(Context&, Server& server, Arguments& arguments) {
  const base::Word* list = arguments.expect("networks, such as 10.0.0.0/8");
  if (list == nullptr) return;
  server.naming.networks.clear();
  base::for_each_element(list->text, [&](std::string_view text) {
    if (const auto network = network_of(text)) {
      server.naming.networks.push_back(*network);
    } else {
      arguments.error(list->span, "'" + std::string(text) + "' is no address or network",
                      "write it as 10.0.0.0/8");
    }
  });
}

void parse_opts(Context&, Server& server, Arguments& arguments) {
  const base::Word* list = arguments.expect("a list of options");
  if (list == nullptr) return;
  base::for_each_element(list->text, [&](std::string_view option) {
    if (option == "allow-dup-ip") {
      server.naming.allow_duplicates = true;
    } else if (option == "prevent-dup-ip") {
      server.naming.allow_duplicates = false;
    } else if (option == "ignore-weight") {
      server.naming.ignore_weight = true;
    } else {
      arguments.error(list->span, "'resolve-opts' has no option '" + std::string(option) + "'",
                      "it has allow-dup-ip, prevent-dup-ip and ignore-weight");
    }
  });
}

}  // namespace

std::vector<OptionRow<Server>> naming_options() {
  return {
      {"resolvers", "<section>", kYes, parse_resolvers,
       "follows its name by the name servers of that section"},
      {"resolve-prefer", "ipv4|ipv6", kYes, parse_prefer, "the family that is asked for first"},
      {"resolve-net", "<network>[,…]", kYes, parse_net, "networks whose addresses are preferred"},
      {"resolve-opts", "<option>[,…]", kYes, parse_opts,
       "allow-dup-ip, prevent-dup-ip: whether two servers may get one address; ignore-weight: "
       "weights of SRV records do not count"},
  };
}

}  // namespace sluice::config::rows
