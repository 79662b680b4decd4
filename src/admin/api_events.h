// Server-sent events of /api/events: a bounded ring of what happened, and the streams that read it.
// Whoever falls out of the ring is told to read the state again; whoever does not read for a while
// is dropped. Control thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/service.h"

namespace sluice::admin {

/// Of which objects a stream wants the figures each second.
enum class RatesWanted : std::uint8_t { All, Proxies, None };

class EventStream;

class EventRing {
 public:
  static constexpr std::size_t kMaxEvents = 4'096;
  static constexpr std::size_t kMaxBytes = 4'194'304;
  static constexpr std::size_t kMaxStreams = 256;
  static constexpr std::uint64_t kSilenceMs = 10'000;  // then a comment is sent
  static constexpr std::uint64_t kUnreadMs = 30'000;   // then a stream is dropped
  static constexpr std::size_t kPieceBytes = 65'536;

  explicit EventRing(std::string boot) : boot_(std::move(boot)) {}
  ~EventRing();
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  void publish(std::string_view name, const std::string& data);
  /// The figures of a second: of everything, and without the servers.
  void publish_rates(const std::string& all, const std::string& proxies);
  /// Once a second: comments for quiet streams, and an end for those that do not read.
  void beat(std::uint64_t now_ms);
  /// Every stream ends.
  void close();

  /// Nothing when there are too many.
  [[nodiscard]] std::optional<http::ServiceReply> open(std::string_view after, RatesWanted rates,
                                                       std::uint64_t now_ms);
  /// "BOOT-NUMBER" of the newest event.
  [[nodiscard]] std::string latest() const { return boot_ + "-" + std::to_string(number_); }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  friend class EventStream;
  struct Event {
    std::uint64_t number;
    std::string text;
    std::string proxies;  // of figures: the same without servers
    bool rates;
    [[nodiscard]] std::size_t bytes() const { return text.size() + proxies.size(); }
  };
  void keep(Event event);
  [[nodiscard]] std::string framed(std::string_view name, const std::string& data) const;
  [[nodiscard]] std::uint64_t cursor_of(std::string_view after) const;

  std::string boot_;
  std::deque<Event> events_;
  std::size_t bytes_ = 0;
  std::uint64_t number_ = 0;
  std::vector<EventStream*> streams_;
  bool closed_ = false;
};

}  // namespace sluice::admin
