// Sends log lines to their targets: UDP and unix syslog, or a descriptor. Never blocks: what the
// target does not take at once is dropped and counted. One per thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/log_target.h"

namespace sluice::proxy {

class LogSender {
 public:
  /// `hostname`: of log-send-hostname, empty without; it must outlive the sender.
  explicit LogSender(const std::string& hostname) : hostname_(hostname) {}
  ~LogSender();
  LogSender(const LogSender&) = delete;
  LogSender& operator=(const LogSender&) = delete;

  /// `level` is syslog's (0 emerg … 7 debug).
  void send(const std::vector<model::LogTarget>& targets, int level, std::string_view tag,
            std::uint32_t pid, std::string_view line) noexcept;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void send_one(const model::LogTarget& target, int level, std::string_view tag, std::uint32_t pid,
                std::string_view line) noexcept;
  [[nodiscard]] std::size_t write_header(const model::LogTarget& target, int level,
                                         std::string_view tag, std::uint32_t pid, char* out,
                                         std::size_t capacity) noexcept;
  [[nodiscard]] int socket_for(int family) noexcept;
  void refresh_time() noexcept;

  const std::string& hostname_;
  int sockets_[3] = {-1, -1, -1};  // IPv4, IPv6, unix
  std::uint64_t dropped_ = 0;
  std::int64_t second_ = -1;
  char rfc3164_[16] = {};  // "Nov 23 07:28:32"
  char rfc5424_[32] = {};  // "2026-11-23T07:28:32+00:00"
};

}  // namespace sluice::proxy
