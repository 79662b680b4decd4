#include "admin/api_events.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sluice::admin {

namespace {

constexpr std::uint64_t kUnknown = UINT64_MAX;  // a cursor that no event follows

}  // namespace

/// Owned by its reply's closures. The ring may end before it: then `ring_` is null.
class EventStream {
 public:
  EventStream(EventRing& ring, std::uint64_t cursor, RatesWanted rates, std::uint64_t now_ms)
      : ring_(&ring),
        cursor_(cursor),
        rates_(rates),
        now_ms_(now_ms),
        asked_ms_(now_ms),
        said_ms_(now_ms) {
    ring.streams_.push_back(this);
  }
  ~EventStream() { leave(); }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  [[nodiscard]] std::string more() {
    std::string out = std::exchange(comment_, {});
    if (ring_ != nullptr) gather(out);
    if (!out.empty()) said_ms_ = now_ms_;
    asked_ms_ = now_ms_;
    reading_ = false;
    return out;
  }
  [[nodiscard]] bool wait(std::function<void()> wake) {
    reading_ = true;
    if (ring_ == nullptr) return false;
    wake_ = std::move(wake);
    return true;
  }
  void wake() {
    if (auto wake = std::exchange(wake_, nullptr)) wake();
  }
  void beat(std::uint64_t now_ms) {
    now_ms_ = now_ms;
    if (!reading_) {
      if (now_ms - std::max(asked_ms_, said_ms_) > EventRing::kUnreadMs) leave();
      return;
    }
    if (now_ms - said_ms_ < EventRing::kSilenceMs) return;
    comment_ = ": \n\n";
    wake();
  }
  /// From here on it only ends.
  void leave() {
    if (ring_ == nullptr) return;
    std::erase(ring_->streams_, this);
    ring_ = nullptr;
  }
  [[nodiscard]] bool wants(RatesWanted least) const { return rates_ <= least; }

 private:
  void gather(std::string& out) {
    const auto& events = ring_->events_;
    const std::uint64_t oldest = events.empty() ? ring_->number_ + 1 : events.front().number;
    if (cursor_ == kUnknown || cursor_ + 1 < oldest) {
      out += "event: reset\ndata: {}\n\n";
      cursor_ = ring_->number_;
      return;
    }
    for (auto i = static_cast<std::size_t>(cursor_ + 1 - oldest); i < events.size(); ++i) {
      const EventRing::Event& event = events[i];
      cursor_ = event.number;
      if (!event.rates || rates_ == RatesWanted::All)
        out += event.text;
      else if (rates_ == RatesWanted::Proxies)
        out += event.proxies;
      if (out.size() >= EventRing::kPieceBytes) return;
    }
  }

  EventRing* ring_;
  std::uint64_t cursor_;
  RatesWanted rates_;
  std::string comment_ = ": hello\n\n";
  std::function<void()> wake_;
  bool reading_ = false;  // it has asked, and waits
  std::uint64_t now_ms_, asked_ms_, said_ms_;
};

EventRing::~EventRing() { close(); }

std::string EventRing::framed(std::string_view name, const std::string& data) const {
  return "id: " + latest() + "\nevent: " + std::string(name) + "\ndata: " + data + "\n\n";
}

void EventRing::keep(Event event) {
  bytes_ += event.bytes();
  events_.push_back(std::move(event));
  while (events_.size() > 1 && (events_.size() > kMaxEvents || bytes_ > kMaxBytes)) {
    bytes_ -= events_.front().bytes();
    events_.pop_front();
  }
}

void EventRing::publish(std::string_view name, const std::string& data) {
  ++number_;
  keep({number_, framed(name, data), {}, false});
  const auto streams = streams_;
  for (EventStream* stream : streams) stream->wake();
}

void EventRing::publish_rates(const std::string& all, const std::string& proxies) {
  ++number_;
  keep({number_, framed("rates", all), framed("rates", proxies), true});
  const auto streams = streams_;
  for (EventStream* stream : streams) {
    if (stream->wants(RatesWanted::Proxies)) stream->wake();
  }
}

void EventRing::beat(std::uint64_t now_ms) {
  const auto streams = streams_;
  for (EventStream* stream : streams) stream->beat(now_ms);
}

void EventRing::close() {
  closed_ = true;
  while (!streams_.empty()) {
    EventStream* stream = streams_.back();
    stream->leave();
    stream->wake();
  }
}

std::uint64_t EventRing::cursor_of(std::string_view after) const {
  if (after.empty()) return number_;
  const std::size_t dash = after.rfind('-');
  if (dash == std::string_view::npos || after.substr(0, dash) != boot_) return kUnknown;
  const auto number = base::to_unsigned(after.substr(dash + 1));
  return number && *number <= number_ ? *number : kUnknown;
}

std::optional<http::ServiceReply> EventRing::open(std::string_view after, RatesWanted rates,
                                                  std::uint64_t now_ms) {
  if (closed_ || streams_.size() >= kMaxStreams) return std::nullopt;
  auto stream = std::make_shared<EventStream>(*this, cursor_of(after), rates, now_ms);
  http::ServiceReply reply;
  reply.fields = {{"content-type", "text/event-stream"},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"},
                  {"x-accel-buffering", "no"}};
  reply.more = [stream] { return stream->more(); };
  reply.wait = [stream](std::function<void()> wake) { return stream->wait(std::move(wake)); };
  return reply;
}

}  // namespace sluice::admin
