// Tells a service manager how the process is (sd_notify(3): datagrams of VARIABLE=value lines to
// the socket that $NOTIFY_SOCKET names). Without that variable nothing is sent. Connected while the
// socket's path can be seen, so that it works under chroot. Control thread.
#pragma once

#include <string_view>

namespace sluice::app {

class Notifier {
 public:
  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void ready(std::string_view status) noexcept;
  /// Until the next ready().
  void reloading() noexcept;
  void stopping(std::string_view status) noexcept;

 private:
  void send(std::string_view text) noexcept;
  int socket_ = -1;
};

}  // namespace sluice::app
