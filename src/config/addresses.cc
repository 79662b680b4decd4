#include "config/addresses.h"

#include "base/text.h"

namespace sluice::config {
namespace {

using base::Address;
using base::ErrorKind;
using base::Result;

enum class Family : unsigned char { Any, V4, V6 };

tl::unexpected<base::Error> wrong(std::string why) {
  return base::fail(ErrorKind::Configuration, std::move(why));
}

Result<std::uint16_t> port_number(std::string_view text) {
  const auto value = base::to_unsigned(text);
  if (!value || *value > 65'535) {
    return wrong("'" + std::string(text) + "' is not a port from 0 to 65535");
  }
  return static_cast<std::uint16_t>(*value);
}

Result<void> read_port(std::string_view text, AddressText& out) {
  if (text.empty()) return {};
  if (text.front() == '+' || text.front() == '-') {
    const auto offset = base::to_signed(text);
    if (!offset || *offset < -65'535 || *offset > 65'535) {
      return wrong("'" + std::string(text) + "' is not a port offset");
    }
    out.port_form = PortForm::Offset;
    out.port_offset = static_cast<int>(*offset);
    return {};
  }
  const std::size_t dash = text.find('-');
  const Result<std::uint16_t> first = port_number(text.substr(0, dash));
  if (!first) return tl::unexpected(first.error());
  out.port = out.port_end = *first;
  out.port_form = PortForm::Plain;
  if (dash == std::string_view::npos) return {};
  const Result<std::uint16_t> last = port_number(text.substr(dash + 1));
  if (!last) return tl::unexpected(last.error());
  if (*last < *first) return wrong("'" + std::string(text) + "' is not a range of ports");
  out.port_end = *last;
  out.port_form = PortForm::Range;
  return {};
}

Result<void> read_host(Family family, AddressText& out) {
  if (out.host.empty() || out.host == "*") {
    out.host.clear();
    out.wildcard = true;
    out.address = family == Family::V6 ? Address::any_ipv6(out.port) : Address::any_ipv4(out.port);
    return {};
  }
  const Result<Address> literal = Address::from_ip(out.host, out.port);
  if (!literal) {
    if (out.host.find_first_of("[]: \t/") != std::string::npos) {
      return wrong("'" + out.host + "' is neither an address nor a host name");
    }
    return {};
  }
  const bool is_v4 = literal->family() == AF_INET;
  if (family != Family::Any && is_v4 != (family == Family::V4)) {
    return wrong("'" + out.host + "' is not of the family that is asked for before the '@'");
  }
  out.address = *literal;
  return {};
}

Result<AddressText> unix_address(std::string path) {
  AddressText out;
  const Result<Address> address = Address::from_unix_path(path);
  if (!address) return tl::unexpected(address.error());
  out.address = *address;
  out.host = std::move(path);
  return out;
}

Result<AddressText> network_address(std::string_view text, Family family) {
  AddressText out;
  const std::size_t mark = text.find_last_of(":]");
  std::string_view port;
  if (mark != std::string_view::npos && text[mark] == ':') {
    port = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const auto read = read_port(port, out); !read) return tl::unexpected(read.error());
  out.host = std::string(text);
  if (const auto read = read_host(family, out); !read) return tl::unexpected(read.error());
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  return out;
}

}  // namespace

Result<AddressText> parse_address(std::string_view text) {
  if (text.starts_with('/')) return unix_address(std::string(text));
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return network_address(text, Family::Any);
  const std::string_view prefix = text.substr(0, at);
  const std::string_view rest = text.substr(at + 1);
  if (prefix == "unix") return unix_address(std::string(rest));
  if (prefix == "abns") return unix_address('\0' + std::string(rest));
  if (prefix == "tcp") return network_address(rest, Family::Any);
  if (prefix == "ipv4" || prefix == "tcp4") return network_address(rest, Family::V4);
  if (prefix == "ipv6" || prefix == "tcp6") return network_address(rest, Family::V6);
  if (prefix == "fd") {
    const auto number = base::to_unsigned(rest);
    if (!number || *number > 1'000'000) {
      return wrong("'" + std::string(rest) + "' is not the number of a descriptor");
    }
    AddressText out;
    out.fd = static_cast<int>(*number);
    out.host = std::string(text);
    return out;
  }
  return wrong("addresses of the form '" + std::string(prefix) +
               "@' are not supported by Sluice yet");
}

}  // namespace sluice::config
