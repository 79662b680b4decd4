// GET /api/tail: streams of a sample of the requests as they end. Workers choose by each stream's
// filter and send what it wants, a few a second; what more matched is counted. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "http/service.h"
#include "model/request_sample.h"

namespace sluice::admin {

class TailStream;

class Tail {
 public:
  static constexpr std::size_t kMostStreams = 32;
  static constexpr std::size_t kMostUnreadBytes = 262'144;  // then samples are dropped
  static constexpr std::uint32_t kMostRate = 100;
  /// Then a comment is sent: that somebody has left is noticed by writing to them.
  static constexpr std::uint64_t kSilenceMs = 2'000;

  /// `watch` gives every worker its filters; null: nobody watches any more.
  using Watch = std::function<void(std::shared_ptr<const model::RequestWatch>)>;
  explicit Tail(const Watch& watch) : watch_(watch) {}
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  /// Nothing when there are too many. The filter's id is given here.
  [[nodiscard]] std::optional<http::ServiceReply> open(std::shared_ptr<model::RequestFilter> filter,
                                                       std::uint64_t now_ms);
  /// From a worker: for the filters of those ids.
  void take(const std::vector<std::uint64_t>& ids, const model::RequestSample& sample);
  /// Once a second: what was dropped, and comments for quiet streams.
  void second(std::uint64_t now_ms);
  void close();
  /// Gives the workers the filters that there are: also those that were made since.
  void tell_workers();
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }

 private:
  friend class TailStream;

  const Watch& watch_;
  std::vector<TailStream*> streams_;
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
};

}  // namespace sluice::admin
