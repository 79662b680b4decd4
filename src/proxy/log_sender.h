// Sends log lines to their targets: UDP and unix syslog, or a descriptor. Never blocks: what a
// receiver of syslog does not take at once waits for it (log_peer.h), what a descriptor does not
// take is dropped and counted. One per thread.
#pragma once

#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/log_target.h"
#include "proxy/log_peer.h"

namespace sluice::proxy {

struct LogLine {
  std::string_view text;
  std::string_view structured = {};  // of RFC 5424 lines; empty: none
};

class LogSender {
 public:
  /// `dropped` counts the lines that no target took; those of all threads may share it.
  LogSender(net::Loop& loop, std::atomic<std::uint64_t>& dropped)
      : loop_(loop), dropped_(dropped) {}
  LogSender(const LogSender&) = delete;
  LogSender& operator=(const LogSender&) = delete;

  /// `level` is syslog's (0 emerg … 7 debug).
  void send(const std::vector<model::LogTarget>& targets, int level, std::string_view tag,
            std::uint32_t pid, const LogLine& line) noexcept;
  void send(const std::vector<model::LogTarget>& targets, int level, std::string_view tag,
            std::uint32_t pid, std::string_view text) noexcept {
    send(targets, level, tag, pid, LogLine{text});
  }
  /// Gives receivers until then (the monotonic clock's) for what waits. Blocks: nobody is served
  /// any more.
  void finish(std::uint64_t end_ms) noexcept;
  /// That of log-send-hostname; empty without.
  void set_hostname(const std::string& hostname);

 private:
  void send_one(const model::LogTarget& target, int level, std::string_view tag, std::uint32_t pid,
                const LogLine& line) noexcept;
  [[nodiscard]] std::size_t write_header(const model::LogTarget& target, int level,
                                         std::string_view tag, std::uint32_t pid, char* out,
                                         std::size_t capacity) noexcept;
  [[nodiscard]] std::string_view header_of(const model::LogTarget& target, int level,
                                           std::string_view tag, std::uint32_t pid) noexcept;
  [[nodiscard]] LogPeer& peer_of(const base::Address& address) noexcept;
  void refresh_time() noexcept;

  static constexpr std::size_t kMaxHeader = 512;
  /// What stands before the lines of one second, of one level.
  struct Header {
    std::int64_t second = -1;
    model::LogFormatKind format{};
    int facility = 0;
    int level = -1;
    std::uint32_t pid = 0;
    std::string tag;
    std::size_t size = 0;
    char text[kMaxHeader];
  };
  net::Loop& loop_;
  std::string hostname_;
  static constexpr std::size_t kHeaders = 4, kPeers = 32;
  std::array<Header, kHeaders> headers_;
  std::array<std::unique_ptr<LogPeer>, kPeers> peers_;
  std::size_t next_peer_ = 0;
  std::atomic<std::uint64_t>& dropped_;
  std::int64_t second_ = -1;
  char rfc3164_[16] = {};  // "Nov 23 07:28:32"
  char rfc5424_[32] = {};  // "2026-11-23T07:28:32+00:00"
};

}  // namespace sluice::proxy
