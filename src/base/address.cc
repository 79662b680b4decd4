#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstring>

namespace sluice::base {

Address Address::from_sockaddr(const sockaddr* address, socklen_t length) {
  Address out;
  if (length > kCapacity) length = kCapacity;
  std::memcpy(static_cast<void*>(&out.storage_), address, length);
  out.length_ = length;
  return out;
}

Result<Address> Address::from_ip(std::string_view ip, std::uint16_t port) {
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  const std::string text(ip);
  Address out;
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    out = any_ipv4(port);
    out.storage_.v4.sin_addr = v4;
    return out;
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    out = any_ipv6(port);
    out.storage_.v6.sin6_addr = v6;
    return out;
  }
  return fail(ErrorKind::Configuration, "'" + text + "' is not an IP address");
}

Address Address::any_ipv4(std::uint16_t port) {
  Address out;
  out.storage_.v4.sin_family = AF_INET;
  out.storage_.v4.sin_port = htons(port);
  out.length_ = sizeof(sockaddr_in);
  return out;
}

Address Address::any_ipv6(std::uint16_t port) {
  Address out;
  out.storage_.v6.sin6_family = AF_INET6;
  out.storage_.v6.sin6_port = htons(port);
  out.length_ = sizeof(sockaddr_in6);
  return out;
}

Result<Address> Address::from_unix_path(std::string_view path) {
  Address out;
  if (path.empty() || path.size() >= sizeof(out.storage_.local.sun_path)) {
    return fail(ErrorKind::Configuration,
                "a unix socket's path has 1 to " +
                    std::to_string(sizeof(out.storage_.local.sun_path) - 1) + " bytes");
  }
  out.storage_.local.sun_family = AF_UNIX;
  std::memcpy(out.storage_.local.sun_path, path.data(), path.size());
  const bool abstract = path.front() == '\0';
  out.length_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
  return out;
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  if (family() == AF_INET6) return ntohs(storage_.v6.sin6_port);
  return 0;
}

void Address::set_port(std::uint16_t port) {
  if (family() == AF_INET) storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.v6.sin6_port = htons(port);
}

std::string_view Address::ip_bytes() const {
  if (family() == AF_INET) return {reinterpret_cast<const char*>(&storage_.v4.sin_addr), 4};
  if (family() == AF_INET6) return {reinterpret_cast<const char*>(&storage_.v6.sin6_addr), 16};
  return {};
}

std::size_t Address::write_host(char* out) const noexcept {
  if (family() == AF_INET) {
    const auto* octets = reinterpret_cast<const unsigned char*>(&storage_.v4.sin_addr);
    char* at = out;
    for (int i = 0; i < 4; ++i) {
      const unsigned value = octets[i];
      if (i != 0) *at++ = '.';
      if (value >= 100) *at++ = static_cast<char>('0' + value / 100);
      if (value >= 10) *at++ = static_cast<char>('0' + value / 10 % 10);
      *at++ = static_cast<char>('0' + value % 10);
    }
    return static_cast<std::size_t>(at - out);
  }
  if (family() == AF_INET6 && inet_ntop(AF_INET6, &storage_.v6.sin6_addr, out, 64) != nullptr) {
    return std::strlen(out);
  }
  return 0;
}

std::string Address::host() const {
  if (is_ip()) {
    char text[64];
    return {text, write_host(text)};
  }
  if (!is_unix()) return {};
  const std::size_t head = offsetof(sockaddr_un, sun_path);
  if (length_ <= head) return "unix";
  if (storage_.local.sun_path[0] == '\0') {
    return "abns@" + std::string(storage_.local.sun_path + 1, length_ - head - 1);
  }
  return storage_.local.sun_path;
}

std::string Address::to_string() const {
  if (family() == AF_INET) return host() + ':' + std::to_string(port());
  if (family() == AF_INET6) return '[' + host() + "]:" + std::to_string(port());
  return host();
}

bool operator==(const Address& a, const Address& b) {
  if (a.family() != b.family()) return false;
  if (a.is_ip()) return a.port() == b.port() && a.ip_bytes() == b.ip_bytes();
  return a.length_ == b.length_ && std::memcmp(&a.storage_, &b.storage_, a.length_) == 0;
}

}  // namespace sluice::base
