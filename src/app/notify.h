// Tells the service manager how the process is: the protocol of sd_notify(3), datagrams of
// NAME=VALUE lines to the socket that NOTIFY_SOCKET names (a path, or '@' and an abstract name).
// Where that is not set, nobody asked, and every call here does nothing. Connected while the
// process has its rights and its root, so that a chroot does not cut it off. Used by one thread at
// a time: the main thread, which becomes the control thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::app {

class Notifier {
 public:
  /// Says nothing to nobody.
  Notifier() = default;
  /// Fails where NOTIFY_SOCKET names what cannot be reached.
  [[nodiscard]] static base::Result<Notifier> from_environment();
  Notifier(Notifier&& other) noexcept;
  Notifier& operator=(Notifier&& other) noexcept;
  ~Notifier();

  /// READY=1 and MAINPID=, and `status` as what `systemctl status` shows. The manager waits for
  /// this one, so it waits in turn, a second at most, while the manager's queue is full; all other
  /// calls drop their message then.
  void ready(std::string_view status) noexcept;
  /// RELOADING=1 and MONOTONIC_USEC=, until the next ready().
  void reloading(std::string_view status) noexcept;
  /// STOPPING=1.
  void stopping(std::string_view status) noexcept;
  /// STATUS= alone. Line feeds become spaces, and what the manager would not take is cut off.
  void status(std::string_view text) noexcept;
  /// WATCHDOG=1.
  void alive() noexcept;
  /// How often alive() should be called: half of WATCHDOG_USEC; 0 where nobody watches, or where
  /// WATCHDOG_PID means another process.
  [[nodiscard]] std::uint64_t alive_period_ms() const noexcept { return alive_period_ms_; }

  /// Lines as they stand, each ended by a line feed; false when they did not arrive.
  bool send(std::string_view lines) noexcept { return deliver(lines, 0); }

 private:
  [[nodiscard]] bool connect() noexcept;  // errno says why not
  bool deliver(std::string_view lines, int wait_ms) noexcept;

  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_bytes_ = 0;
  std::uint64_t alive_period_ms_ = 0;
};

}  // namespace sluice::app
