// A syslog receiver, by a connected socket: UDP or UNIX datagrams. What it does not take at once (a
// UNIX socket's queue holds ten datagrams by Linux's default) waits in a bounded buffer, in order,
// until it can be written to; what finds no room there is dropped and counted. One thread: its
// loop's.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/address.h"
#include "net/loop.h"

namespace sluice::proxy {

class LogPeer final : net::Watch::Events {
 public:
  /// `dropped` counts lines. Without descriptors to watch (in simulation) nothing waits.
  LogPeer(net::Loop& loop, const base::Address& address, std::atomic<std::uint64_t>& dropped)
      : loop_(loop), address_(address), dropped_(dropped) {}
  /// What still waits is tried once more, then dropped.
  ~LogPeer();
  LogPeer(const LogPeer&) = delete;
  LogPeer& operator=(const LogPeer&) = delete;

  [[nodiscard]] const base::Address& address() const noexcept { return address_; }
  /// One line of several parts.
  void send(const iovec* parts, int count) noexcept;
  /// Waits until all was taken, or until then (the monotonic clock's): for a process that ends.
  void finish(std::uint64_t end_ms) noexcept;

 private:
  static constexpr std::size_t kRoomBytes = 65'536;
  enum class Sent : std::uint8_t { Yes, Later, Never, Gone };

  void on_watch_ready(int descriptor, bool readable, bool writable) noexcept override;
  [[nodiscard]] Sent send_now(const iovec* parts, int count) noexcept;
  /// A receiver that went away (a syslog that restarts leaves its socket's name to the next) is
  /// connected to again.
  [[nodiscard]] bool reopen() noexcept;
  void close() noexcept;
  [[nodiscard]] bool keep(const iovec* parts, int count) noexcept;
  [[nodiscard]] bool make_room(std::size_t size) noexcept;
  /// Sends what waits, until the socket is full.
  void flush() noexcept;
  void drop_waiting() noexcept;
  void count_dropped(std::uint64_t lines) noexcept {
    dropped_.fetch_add(lines, std::memory_order_relaxed);
  }

  net::Loop& loop_;
  base::Address address_;
  std::atomic<std::uint64_t>& dropped_;
  int socket_ = -1;
  std::unique_ptr<net::Watch> watch_;
  std::unique_ptr<std::byte[]> room_;  // of each line its length (4 bytes), then its text
  std::size_t begin_ = 0, end_ = 0;    // of what waits
  std::uint64_t waiting_ = 0;          // lines
};

}  // namespace sluice::proxy
