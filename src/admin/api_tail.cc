#include "admin/api_tail.h"

#include <algorithm>
#include <utility>

#include "admin/api.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

Json sample_object(const model::RequestSample& sample) {
  Json out = {{"at", WallClock::seconds(sample.at_us)},
              {"client", sample.client},
              {"frontend", sample.frontend},
              {"method", sample.method},
              {"path", sample.path},
              {"status", sample.status},
              {"time", sample.time_ms},
              {"bytes", sample.bytes},
              {"term", sample.termination},
              {"server", sample.server.empty() ? Json(nullptr) : Json(sample.server)}};
  if (!sample.backend.empty()) out["backend"] = sample.backend;
  return out;
}

std::string framed(std::string_view name, const std::string& data) {
  return "event: " + std::string(name) + "\ndata: " + data + "\n\n";
}

}  // namespace

/// Owned by its reply's closures. The tail may end before it: then `tail_` is null.
class TailStream {
 public:
  TailStream(Tail& tail, std::shared_ptr<model::RequestFilter> filter, std::uint64_t now_ms)
      : tail_(&tail), filter_(std::move(filter)), said_ms_(now_ms) {
    tail.streams_.push_back(this);
    tail.tell_workers();
  }
  ~TailStream() { leave(); }
  TailStream(const TailStream&) = delete;
  TailStream& operator=(const TailStream&) = delete;

  [[nodiscard]] std::string more() { return std::exchange(text_, {}); }
  [[nodiscard]] bool wait(std::function<void()> wake) {
    if (tail_ == nullptr) return false;
    wake_ = std::move(wake);
    return true;
  }
  void wake() {
    if (auto wake = std::exchange(wake_, nullptr)) wake();
  }
  void leave() {
    if (tail_ == nullptr) return;
    std::erase(tail_->streams_, this);
    std::exchange(tail_, nullptr)->tell_workers();
  }
  /// More than one worker may have found the same second's share.
  void offer(const std::string& event) {
    if (given_ >= filter_->rate || text_.size() > Tail::kMostUnreadBytes) {
      filter_->dropped.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    ++given_;
    text_ += event;
    wake();
  }
  void second(std::uint64_t now_ms) {
    if (given_ != 0) said_ms_ = now_ms;
    given_ = 0;
    if (const auto dropped = filter_->dropped.exchange(0, std::memory_order_relaxed)) {
      // Who does not read is told when it does.
      if (text_.size() > Tail::kMostUnreadBytes)
        filter_->dropped.fetch_add(dropped, std::memory_order_relaxed);
      else
        text_ += framed("dropped", "{\"dropped\":" + std::to_string(dropped) + "}");
    } else if (now_ms - said_ms_ >= Tail::kSilenceMs && text_.empty()) {
      text_ = ": \n\n";
      said_ms_ = now_ms;
    }
    if (!text_.empty()) wake();
  }
  [[nodiscard]] const std::shared_ptr<model::RequestFilter>& filter() const { return filter_; }

 private:
  Tail* tail_;
  std::shared_ptr<model::RequestFilter> filter_;
  std::string text_ = ": hello\n\n";
  std::function<void()> wake_;
  std::uint32_t given_ = 0;  // within the present second
  std::uint64_t said_ms_;
};

Tail::~Tail() { close(); }

void Tail::tell_workers() {
  if (closed_ || !watch_) return;
  if (streams_.empty()) return watch_(nullptr);
  auto all = std::make_shared<model::RequestWatch>();
  for (const TailStream* stream : streams_) all->push_back(stream->filter());
  watch_(std::move(all));
}

std::optional<http::ServiceReply> Tail::open(std::shared_ptr<model::RequestFilter> filter,
                                             std::uint64_t now_ms) {
  if (closed_ || streams_.size() >= kMostStreams) return std::nullopt;
  filter->id = ++last_id_;
  auto stream = std::make_shared<TailStream>(*this, std::move(filter), now_ms);
  http::ServiceReply reply;
  reply.fields = {{"content-type", "text/event-stream"},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"},
                  {"x-accel-buffering", "no"}};
  reply.more = [stream] { return stream->more(); };
  reply.wait = [stream](std::function<void()> wake) { return stream->wait(std::move(wake)); };
  return reply;
}

void Tail::take(const std::vector<std::uint64_t>& ids, const model::RequestSample& sample) {
  const std::string event = framed("request", dump(sample_object(sample)));
  const auto streams = streams_;
  for (TailStream* stream : streams) {
    if (std::ranges::find(ids, stream->filter()->id) != ids.end()) stream->offer(event);
  }
}

void Tail::second(std::uint64_t now_ms) {
  const auto streams = streams_;
  for (TailStream* stream : streams) stream->second(now_ms);
}

void Tail::close() {
  closed_ = true;
  while (!streams_.empty()) {
    TailStream* stream = streams_.back();
    stream->leave();
    stream->wake();
  }
}

namespace {

/// "404" or "5xx"; false: neither.
bool read_status(std::string_view text, model::RequestFilter& filter) {
  if (text.empty()) return true;
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') return false;
  if (text.substr(1) == "xx") {
    filter.lowest_status = static_cast<std::uint16_t>((text[0] - '0') * 100);
    filter.highest_status = static_cast<std::uint16_t>(filter.lowest_status + 99);
    return true;
  }
  const auto status = base::to_unsigned(text);
  if (!status) return false;
  filter.lowest_status = filter.highest_status = static_cast<std::uint16_t>(*status);
  return true;
}

bool read_target(std::string_view key, model::RequestFilter& filter) {
  if (key.empty()) return true;
  const std::string_view name = key.size() > 2 && key[1] == ':' ? key.substr(2) : "";
  if (name.empty()) return false;
  if (key[0] == 'f') filter.frontend = name;
  if (key[0] == 'b') filter.backend = name;
  ServerName parts;
  if (key[0] == 's' && parse_server_name(name, parts)) {
    filter.backend = parts.backend;
    filter.server = parts.server;
  }
  return !filter.frontend.empty() || !filter.backend.empty();
}

}  // namespace

http::ServiceReply get_tail(Api& api, const ApiCall& call) {
  auto filter = std::make_shared<model::RequestFilter>();
  const auto bad = [](std::string_view text) {
    return problem_reply(refuse(400, "bad-request", std::string(text)));
  };
  if (!read_status(call.parameter("status"), *filter))
    return bad("'status' is a status or a class: 404, 5xx.");
  if (!read_target(call.parameter("target"), *filter))
    return bad("'target' is the key of a frontend, a backend or a server.");
  filter->path = call.parameter("path");
  if (const std::string_view text = call.parameter("rate"); !text.empty()) {
    const auto rate = base::to_unsigned(text);
    if (!rate || *rate == 0 || *rate > Tail::kMostRate) return bad("'rate' is 1 to 100.");
    filter->rate = static_cast<std::uint32_t>(*rate);
  }
  auto reply = api.tail().open(std::move(filter), api.view().now_ms());
  if (reply) return std::move(*reply);
  return problem_reply(refuse(503, "too-many", "There are too many streams of requests."));
}

}  // namespace sluice::admin
