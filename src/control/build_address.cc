#include <bit>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "control/build_parts.h"

namespace sluice::control {
namespace {

/// "8" or, for IPv4, "255.0.0.0".
std::optional<std::uint8_t> parse_prefix(std::string_view text, std::size_t bytes) {
  if (const auto bits = base::to_unsigned(text)) {
    return *bits <= bytes * 8 ? std::optional(static_cast<std::uint8_t>(*bits)) : std::nullopt;
  }
  const auto mask = base::Address::from_ip(text, 0);
  if (!mask || mask->ip_bytes().size() != 4 || bytes != 4) return std::nullopt;
  std::uint32_t word = 0;
  for (const char byte : mask->ip_bytes()) word = word << 8 | static_cast<unsigned char>(byte);
  const int ones = std::countl_one(word);
  if (std::popcount(word) != ones) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

/// "10.0.0.0/8", "10.0.0.0/255.0.0.0", "192.168.1.1", "2001:db8::/32".
std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = base::Address::from_ip(text.substr(0, slash), 0);
  if (!address) return std::nullopt;
  Network network;
  const std::string_view bytes = address->ip_bytes();
  std::memcpy(network.bytes, bytes.data(), bytes.size());
  network.length = static_cast<std::uint8_t>(bytes.size());
  network.prefix = static_cast<std::uint8_t>(bytes.size() * 8);
  if (slash == std::string_view::npos) return network;
  const auto prefix = parse_prefix(text.substr(slash + 1), bytes.size());
  if (!prefix) return std::nullopt;
  network.prefix = *prefix;
  return network;
}

/// One method of init-addr; nothing when it does not help.
std::optional<base::Address> try_method(model::InitAddress method, const model::Server& server,
                                        const model::ServerLive& live, const BuildInput& input) {
  switch (method) {
    case model::InitAddress::Last: {
      const model::Server* before = input.registry.last_written(live);
      const base::Address last = live.shown_address();
      const bool same_name =
          before == nullptr || before->host == server.host;  // or a saved state's
      if (same_name && last.is_set()) return last;
      return std::nullopt;
    }
    case model::InitAddress::Libc: {
      if (model::is_service_label(server.host)) return std::nullopt;
      auto found = input.resources.resolve(server.host);
      if (!found || found->empty()) return std::nullopt;
      return found->front();
    }
    case model::InitAddress::Ip:
      return server.init_address_ip;
    case model::InitAddress::None:
      break;
  }
  return std::nullopt;
}

}  // namespace

bool Network::contains(const base::Address& address) const noexcept {
  if (!address.is_ip()) return false;
  const std::string_view ip = address.ip_bytes();
  if (ip.size() != length) return false;
  const std::size_t whole = prefix / 8;
  if (std::memcmp(ip.data(), bytes, whole) != 0) return false;
  if (prefix % 8 == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFF << (8 - prefix % 8));
  return (static_cast<unsigned char>(ip[whole]) & mask) == (bytes[whole] & mask);
}

AddressHeaderRuntime build_address_header(const model::AddressHeader& header,
                                          std::string_view default_name,
                                          const base::SourceSpan& span,
                                          base::Diagnostics& diagnostics) {
  AddressHeaderRuntime out;
  out.enabled = header.enabled;
  out.if_none = header.if_none;
  out.name = header.header.empty() ? default_name : header.header;
  for (const std::string& text : header.except) {
    if (const auto network = parse_network(text)) {
      out.except.push_back(*network);
    } else {
      diagnostics.error(span, "'" + text + "' is no address or network", "write it as 10.0.0.0/8");
    }
  }
  return out;
}

void resolve_server(model::Server& server, const model::ServerLive& live, const BuildInput& input) {
  if (server.address.is_set()) return;
  using model::InitAddress;
  static const std::vector<InitAddress> kDefault = {InitAddress::Last, InitAddress::Libc};
  // A name that is followed may have an address later.
  static const std::vector<InitAddress> kFollowed = {InitAddress::Last, InitAddress::Libc,
                                                     InitAddress::None};
  const bool followed = !server.naming.resolvers.empty();
  const bool tells = followed && !model::is_service_label(server.host);
  bool tried = false;
  for (const InitAddress method : !server.init_address.empty() ? server.init_address
                                  : followed                   ? kFollowed
                                                               : kDefault) {
    if (method == InitAddress::None) {
      if (tried && (tells || !followed)) {
        input.diagnostics.warning(server.address_span, "could not resolve address '" + server.host +
                                                           "', disabling server");
      }
      return;
    }
    if (auto address = try_method(method, server, live, input)) {
      server.address = *address;
      server.address.set_port(server.port);
      return;
    }
    tried = tried || method != InitAddress::Last;
  }
  input.diagnostics.error(
      server.address_span, "could not resolve address '" + server.host + "'",
      "correct the name, or let it start without an address: init-addr last,libc,none");
}

}  // namespace sluice::control
