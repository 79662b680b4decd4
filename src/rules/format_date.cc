#include "rules/format_date.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sluice::rules {

namespace {

struct Second {
  std::int64_t seconds = -1;
  std::array<char, 48> local{};
  std::array<char, 48> universal{};
  std::array<char, 8> offset{};
  std::size_t local_length = 0;
  std::size_t universal_length = 0;
};

std::size_t write_date(const std::tm& parts, std::array<char, 48>& out) noexcept {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int length = std::snprintf(out.data(), out.size(), "%02d/%s/%04d:%02d:%02d:%02d",
                                   parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

/// A line names up to two seconds (of the connection and of the request): four slots hold both.
const Second& broken_down(std::int64_t seconds) noexcept {
  thread_local std::array<Second, 4> cache;
  Second& slot = cache[static_cast<std::size_t>(seconds & 3)];
  if (slot.seconds == seconds) return slot;
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  localtime_r(&time, &parts);
  slot.local_length = write_date(parts, slot.local);
  const long minutes = parts.tm_gmtoff / 60;
  const long size = minutes < 0 ? -minutes : minutes;
  std::snprintf(slot.offset.data(), slot.offset.size(), "%c%02d%02d", minutes < 0 ? '-' : '+',
                static_cast<int>(size / 60 % 24), static_cast<int>(size % 60));
  gmtime_r(&time, &parts);
  slot.universal_length = write_date(parts, slot.universal);
  slot.seconds = seconds;
  return slot;
}

}  // namespace

std::string_view local_date(std::int64_t seconds) noexcept {
  const Second& slot = broken_down(seconds);
  return {slot.local.data(), slot.local_length};
}

std::string_view local_offset(std::int64_t seconds) noexcept {
  return {broken_down(seconds).offset.data(), 5};
}

std::string_view universal_date(std::int64_t seconds) noexcept {
  const Second& slot = broken_down(seconds);
  return {slot.universal.data(), slot.universal_length};
}

}  // namespace sluice::rules
