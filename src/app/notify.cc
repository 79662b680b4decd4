#include "app/notify.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/clock.h"

namespace sluice::app {

namespace {

constexpr int kReadyWaitMs = 1'000;
/// The manager throws away datagrams of more than 4,096 bytes as a whole.
constexpr std::size_t kMostStatusBytes = 1'024;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// A number of the environment; 0 where there is none.
std::uint64_t number(const char* name) {
  const std::string_view text = environment(name);
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? out : 0;
}

std::uint64_t alive_period() {
  const std::uint64_t pid = number("WATCHDOG_PID");
  if (pid != 0 && pid != static_cast<std::uint64_t>(::getpid())) return 0;
  const std::uint64_t limit_us = number("WATCHDOG_USEC");
  if (limit_us == 0) return 0;
  return limit_us / 2'000 != 0 ? limit_us / 2'000 : 1;
}

/// One line, cut between two characters of UTF-8: the manager refuses a half one.
std::string status_line(std::string_view text) {
  if (text.size() > kMostStatusBytes) {
    std::size_t end = kMostStatusBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  std::string out = "STATUS=";
  for (const char c : text) out += c == '\n' ? ' ' : c;
  return out + '\n';
}

}  // namespace

base::Result<Notifier> Notifier::from_environment() {
  Notifier out;
  const std::string_view name = environment("NOTIFY_SOCKET");
  if (name.empty()) return out;
  const bool abstract = name.front() == '@';
  if (!abstract && name.front() != '/') {
    return base::fail(base::ErrorKind::Configuration,
                      "NOTIFY_SOCKET is neither a path nor an abstract name: " + std::string(name));
  }
  if (name.size() + (abstract ? 0 : 1) > sizeof(out.address_.sun_path)) {
    return base::fail(base::ErrorKind::Configuration,
                      "NOTIFY_SOCKET is too long: " + std::string(name));
  }
  out.address_.sun_family = AF_UNIX;
  std::memcpy(out.address_.sun_path, name.data(), name.size());
  if (abstract) out.address_.sun_path[0] = '\0';
  out.address_bytes_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
  out.socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (out.socket_ < 0 || !out.connect()) {
    const int code = errno;
    return base::fail(base::ErrorKind::System,
                      "NOTIFY_SOCKET " + std::string(name) + ": " + std::strerror(code), code);
  }
  out.alive_period_ms_ = alive_period();
  return out;
}

Notifier::Notifier(Notifier&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      address_(other.address_),
      address_bytes_(other.address_bytes_),
      alive_period_ms_(std::exchange(other.alive_period_ms_, 0)) {}

Notifier& Notifier::operator=(Notifier&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(address_, other.address_);
  std::swap(address_bytes_, other.address_bytes_);
  std::swap(alive_period_ms_, other.alive_period_ms_);
  return *this;
}

Notifier::~Notifier() {
  if (socket_ >= 0) ::close(socket_);
}

void Notifier::ready(std::string_view status) noexcept {
  deliver("READY=1\nMAINPID=" + std::to_string(::getpid()) + '\n' + status_line(status),
          kReadyWaitMs);
}

void Notifier::reloading(std::string_view status) noexcept {
  deliver("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(base::monotonic_now_ns() / 1'000) + '\n' +
              status_line(status),
          0);
}

void Notifier::stopping(std::string_view status) noexcept {
  deliver("STOPPING=1\n" + status_line(status), 0);
}

void Notifier::status(std::string_view text) noexcept { deliver(status_line(text), 0); }

void Notifier::alive() noexcept { deliver("WATCHDOG=1\n", 0); }

bool Notifier::connect() noexcept {
  return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address_), address_bytes_) == 0;
}

bool Notifier::deliver(std::string_view lines, int wait_ms) noexcept {
  bool connected_again = false;
  while (socket_ >= 0) {
    if (::send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EAGAIN && wait_ms > 0) {
      pollfd room{socket_, POLLOUT, 0};
      (void)::poll(&room, 1, std::exchange(wait_ms, 0));
      continue;
    }
    // A manager that was started anew has a new socket under the old name.
    const bool lost = errno == ECONNREFUSED || errno == ECONNRESET || errno == ENOTCONN;
    if (!lost || std::exchange(connected_again, true) || !connect()) return false;
  }
  return false;
}

}  // namespace sluice::app
