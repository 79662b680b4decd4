#include "proxy/log_sender.h"

#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/clock.h"

namespace sluice::proxy {

namespace {

/// False: nothing could be written without waiting. The descriptor is not ours to make
/// non-blocking: others may share it (a terminal, a pipe of the parent's).
bool write_at_once(int descriptor, const iovec* parts, int count) noexcept {
  ssize_t written = ::pwritev2(descriptor, parts, count, -1, RWF_NOWAIT);
  if (written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)) {
    // Files and terminals of older kernels: one that is writable takes a line.
    pollfd ready{descriptor, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
    written = ::writev(descriptor, parts, count);
  }
  return written >= 0;
}

}  // namespace

LogPeer& LogSender::peer_of(const base::Address& address) noexcept {
  const auto known = std::find_if(peers_.begin(), peers_.end(), [&](const auto& each) {
    return each && each->address() == address;
  });
  if (known != peers_.end()) return **known;
  auto& fresh = peers_[next_peer_];
  next_peer_ = (next_peer_ + 1) % kPeers;
  fresh = std::make_unique<LogPeer>(loop_, address, dropped_);
  return *fresh;
}

void LogSender::finish(std::uint64_t end_ms) noexcept {
  for (const auto& peer : peers_) {
    if (peer) peer->finish(end_ms);
  }
}

void LogSender::set_hostname(const std::string& hostname) {
  if (hostname == hostname_) return;
  hostname_ = hostname;
  for (Header& header : headers_) header.second = -1;
}

void LogSender::refresh_time() noexcept {
  const std::int64_t now = base::wall_now_us() / 1'000'000;
  if (now == second_) return;
  second_ = now;
  const std::time_t seconds = now;
  tm local{};
  localtime_r(&seconds, &local);
  std::strftime(rfc3164_, sizeof(rfc3164_), "%b %e %H:%M:%S", &local);
  char zone[8];
  std::strftime(rfc5424_, sizeof(rfc5424_), "%Y-%m-%dT%H:%M:%S", &local);
  std::strftime(zone, sizeof(zone), "%z", &local);
  const std::size_t length = std::strlen(rfc5424_);
  std::snprintf(rfc5424_ + length, sizeof(rfc5424_) - length, "%.3s:%.2s", zone, zone + 3);
}

std::size_t LogSender::write_header(const model::LogTarget& target, int level, std::string_view tag,
                                    std::uint32_t pid, char* out, std::size_t capacity) noexcept {
  const int priority = target.facility * 8 + level;
  const int tag_size = static_cast<int>(tag.size());
  int size = 0;
  switch (target.format) {
    case model::LogFormatKind::Raw:
      return 0;
    case model::LogFormatKind::Short:
      size = std::snprintf(out, capacity, "<%d>", level);
      break;
    case model::LogFormatKind::Rfc5424:
      refresh_time();
      size = std::snprintf(out, capacity, "<%d>1 %s %s %.*s %u - ", priority, rfc5424_,
                           hostname_.empty() ? "-" : hostname_.c_str(), tag_size, tag.data(), pid);
      break;
    case model::LogFormatKind::Iso:
      refresh_time();
      size = std::snprintf(out, capacity, "%s %.*s[%u]: ", rfc5424_, tag_size, tag.data(), pid);
      break;
    case model::LogFormatKind::Timed:
      refresh_time();
      size = std::snprintf(out, capacity, "<%d>%s ", level, rfc3164_);
      break;
    case model::LogFormatKind::Default:
    case model::LogFormatKind::Rfc3164:
      if (target.format == model::LogFormatKind::Rfc3164 || !hostname_.empty()) {
        refresh_time();
        size = std::snprintf(out, capacity, "<%d>%s %s %.*s[%u]: ", priority, rfc3164_,
                             hostname_.empty() ? "localhost" : hostname_.c_str(), tag_size,
                             tag.data(), pid);
        break;
      }
      [[fallthrough]];
    case model::LogFormatKind::Local:
      refresh_time();
      size = std::snprintf(out, capacity, "<%d>%s %.*s[%u]: ", priority, rfc3164_, tag_size,
                           tag.data(), pid);
      break;
  }
  return std::min(static_cast<std::size_t>(std::max(size, 0)), capacity - 1);
}

std::string_view LogSender::header_of(const model::LogTarget& target, int level,
                                      std::string_view tag, std::uint32_t pid) noexcept {
  if (target.format == model::LogFormatKind::Raw) return {};
  const std::int64_t second = base::wall_now_us() / 1'000'000;
  Header& header = headers_[static_cast<std::size_t>(target.facility + level) % kHeaders];
  if (header.second != second || header.format != target.format || header.level != level ||
      header.facility != target.facility || header.pid != pid || header.tag != tag) {
    header.second = second;
    header.format = target.format;
    header.level = level;
    header.facility = target.facility;
    header.pid = pid;
    header.tag.assign(tag);
    header.size = write_header(target, level, tag, pid, header.text, sizeof(header.text));
  }
  return {header.text, header.size};
}

void LogSender::send(const std::vector<model::LogTarget>& targets, int level, std::string_view tag,
                     std::uint32_t pid, const LogLine& line) noexcept {
  for (const model::LogTarget& target : targets) {
    if (level > target.max_level) continue;
    send_one(target, std::max(level, target.min_level), tag, pid, line);
  }
}

void LogSender::send_one(const model::LogTarget& target, int level, std::string_view tag,
                         std::uint32_t pid, const LogLine& line) noexcept {
  const std::string_view header = header_of(target, level, tag, pid);
  std::size_t room = SIZE_MAX;
  if (target.max_length > header.size() + 1) room = target.max_length - header.size() - 1;
  iovec parts[5] = {{const_cast<char*>(header.data()), header.size()}};
  int count = 1;
  const auto add = [&](std::string_view piece) {
    const std::size_t size = std::min(room, piece.size());
    parts[count++] = {const_cast<char*>(piece.data()), size};
    room -= size;
  };
  if (target.format == model::LogFormatKind::Rfc5424) {
    add(line.structured.empty() ? "-" : line.structured);
    add(" ");
  }
  add(line.text);
  char feed = '\n';
  parts[count++] = {&feed, 1};
  if (target.transport != model::LogTransport::Fd) {
    peer_of(target.address).send(parts, count);
  } else if (!write_at_once(target.fd, parts, count)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace sluice::proxy
