#include "demo/traffic.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::demo {

namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr timeval kPatience{2, 0};
/// Asked for in turn: pages of both sides, and each service.
constexpr std::string_view kPaths[] = {"/", "/api/thoughts/", "/", "/api/thoughts/?search=traffic",
                                       "/"};

/// One request on a connection of its own, read to its end; what fails is no matter.
void ask(std::uint16_t port, std::string_view path) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) return;
  ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET " + std::string(path) +
                                " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: sluice-demo\r\n"
                                "Connection: close\r\n\r\n";
    char reply[4096];
    if (::send(client, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      while (::recv(client, reply, sizeof(reply), 0) > 0) {
      }
    }
  }
  ::close(client);
}

}  // namespace

Traffic::Traffic(std::uint16_t port) : port_(port), thread_([this] { run(); }) {}

Traffic::~Traffic() {
  stopping_.store(true, std::memory_order_relaxed);
  thread_.join();
}

void Traffic::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    for (const std::string_view path : kPaths) {
      if (stopping_.load(std::memory_order_relaxed)) return;
      ask(port_, path);
      std::this_thread::sleep_for(kPause);
    }
  }
}

}  // namespace sluice::demo
