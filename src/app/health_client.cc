#include "app/health_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/commands.h"
#include "base/text.h"

namespace sluice::app {

namespace {

constexpr std::string_view kScheme = "http://";

struct Target {
  std::string host, port, path;
};

base::Result<Target> split(const std::string& url) {
  if (url.compare(0, kScheme.size(), kScheme) != 0) {
    return base::fail(base::ErrorKind::Configuration, "the address must begin with http://");
  }
  const std::string rest = url.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  std::string authority = rest.substr(0, slash);
  Target target{authority, "80", slash == std::string::npos ? "/" : rest.substr(slash)};
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
    target.port = authority.substr(colon + 1);
    target.host = authority.substr(0, colon);
  }
  if (target.host.size() > 2 && target.host.front() == '[')
    target.host = target.host.substr(1, target.host.size() - 2);
  return target;
}

int open_connection(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found) != 0) return -1;
  int descriptor = -1;
  const timeval limit{5, 0};
  for (const addrinfo* each = found; each != nullptr && descriptor < 0; each = each->ai_next) {
    descriptor = ::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) continue;
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (::connect(descriptor, each->ai_addr, each->ai_addrlen) == 0) break;
    ::close(descriptor);
    descriptor = -1;
  }
  ::freeaddrinfo(found);
  return descriptor;
}

}  // namespace

base::Result<int> status_of(const std::string& url) {
  auto target = split(url);
  if (!target) return tl::unexpected(target.error());
  const int descriptor = open_connection(*target);
  if (descriptor < 0)
    return base::fail(base::ErrorKind::Refused,
                      "cannot connect to " + target->host + ':' + target->port);
  const std::string request = "GET " + target->path + " HTTP/1.1\r\nHost: " + target->host +
                              "\r\nConnection: close\r\n\r\n";
  char line[64];
  std::size_t size = 0;
  if (::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(request.size())) {
    while (size < 12) {
      const ssize_t n = ::recv(descriptor, line + size, sizeof(line) - size, 0);
      if (n <= 0) break;
      size += static_cast<std::size_t>(n);
    }
  }
  ::close(descriptor);
  const auto status = size >= 12 ? base::to_unsigned({line + 9, 3}) : std::nullopt;
  if (!status) return base::fail(base::ErrorKind::Protocol, "no HTTP response from " + url);
  return static_cast<int>(*status);
}

int check_health(const HealthcheckCommand& command) {
  const auto status = status_of(command.url);
  if (!status) {
    std::fprintf(stderr, "unhealthy: %s\n", status.error().detail.c_str());
    return 1;
  }
  const bool healthy = *status >= 200 && *status < 400;
  std::printf("%s: %d\n", healthy ? "healthy" : "unhealthy", *status);
  return healthy ? 0 : 1;
}

}  // namespace sluice::app
