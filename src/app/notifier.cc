#include "app/notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/clock.h"

namespace sluice::app {

Notifier::Notifier() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  const std::size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length < 2 || length >= sizeof(address.sun_path)) return;
  if (path[0] != '/' && path[0] != '@') return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (::connect(made, reinterpret_cast<const sockaddr*>(&address), size) == 0)
    socket_ = made;
  else
    ::close(made);
}

Notifier::~Notifier() {
  if (socket_ >= 0) ::close(socket_);
}

void Notifier::send(std::string_view text) noexcept {
  if (socket_ >= 0) (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
}

void Notifier::ready(std::string_view status) noexcept {
  send("READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=" + std::string(status) + "\n");
}

void Notifier::reloading() noexcept {
  const std::uint64_t now_us = base::monotonic_now_ns() / 1'000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_us) +
       "\nSTATUS=reading the configuration again\n");
}

void Notifier::stopping(std::string_view status) noexcept {
  send("STOPPING=1\nSTATUS=" + std::string(status) + "\n");
}

}  // namespace sluice::app
