// A socket address: IPv4, IPv6 or unix (also abstract). A value; copying is cheap (128 bytes).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::base {

class Address {
 public:
  Address() = default;

  [[nodiscard]] static Address from_sockaddr(const sockaddr* address, socklen_t length);
  /// A literal "127.0.0.1", "::1" or "[::1]"; no name is looked up.
  [[nodiscard]] static Result<Address> from_ip(std::string_view ip, std::uint16_t port);
  [[nodiscard]] static Address any_ipv4(std::uint16_t port);
  [[nodiscard]] static Address any_ipv6(std::uint16_t port);
  /// A path, or an abstract name when it begins with '\0'. Fails past sun_path's size.
  [[nodiscard]] static Result<Address> from_unix_path(std::string_view path);

  [[nodiscard]] sa_family_t family() const { return storage_.any.sa_family; }
  [[nodiscard]] bool is_set() const { return length_ != 0; }
  [[nodiscard]] bool is_ip() const { return family() == AF_INET || family() == AF_INET6; }
  /// 0.0.0.0 or ::, which a listener takes for every address of the machine.
  [[nodiscard]] bool is_wildcard() const {
    return is_ip() && ip_bytes().find_first_not_of('\0') == std::string_view::npos;
  }
  [[nodiscard]] bool is_unix() const { return family() == AF_UNIX; }
  [[nodiscard]] std::uint16_t port() const;
  void set_port(std::uint16_t port);

  [[nodiscard]] const sockaddr* data() const { return &storage_.any; }
  [[nodiscard]] sockaddr* data() { return &storage_.any; }
  [[nodiscard]] socklen_t length() const { return length_; }
  void set_length(socklen_t length) { length_ = length; }
  static constexpr socklen_t kCapacity = sizeof(sockaddr_un);

  /// 4 or 16 bytes in network order (IP only); an IPv4-mapped IPv6 address stays IPv6.
  [[nodiscard]] std::string_view ip_bytes() const;
  /// "127.0.0.1", "::1", a unix path, "abns@name".
  [[nodiscard]] std::string host() const;
  /// host() written into `out` (at least 64 bytes) without allocating; returns its length. IP only.
  [[nodiscard]] std::size_t write_host(char* out) const noexcept;
  /// "127.0.0.1:80", "[::1]:80", a unix path.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Address& a, const Address& b);

 private:
  union Storage {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
    Storage() : local{} {}
  } storage_;
  socklen_t length_ = 0;
};

}  // namespace sluice::base
