// What the control API remembers of the process between two requests: for each object the revision
// of its last change and who made it, the figures of each second, and the events that tell of both.
// Control thread: the owner calls second() once a second, and settle() soon after something moved.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_events.h"
#include "admin/api_latency.h"
#include "admin/api_objects.h"
#include "admin/api_series.h"
#include "admin/view.h"

namespace sluice::admin {

class ApiModel {
 public:
  explicit ApiModel(const View& view);

  /// A server's state or weight is another one.
  void moved(const model::ServerLive& server);
  /// A change is complete, was confirmed, or was undone.
  void told(const control::LoggedChange& change);
  /// A drain began, holds something else, or is over.
  void drained(const control::Drain& drain, control::DrainHooks::News news);
  /// Says what moved since the last call.
  void settle();
  /// Samples the figures, and says what changed by itself.
  void second();
  void close();

  [[nodiscard]] std::uint64_t rev() const { return rev_; }
  /// When somebody last set something of the object, or it went UP or DOWN, a server of a backend
  /// included. 0: there is no such object.
  [[nodiscard]] std::uint64_t settled_rev(const std::string& key) const;
  [[nodiscard]] EventRing& events() { return events_; }
  [[nodiscard]] const WallClock& clock() const { return clock_; }
  [[nodiscard]] double now_s() const;

  /// Everything, or only the proxies of that name.
  [[nodiscard]] Json state(const Picture& picture, std::string_view scope,
                           const std::string& classic) const;
  [[nodiscard]] Json server(const stats::Source& source, const stats::ServerSource& server,
                            const stats::Moment& moment) const;
  [[nodiscard]] Json frontend(const stats::Source& source, const stats::Moment& moment) const;
  [[nodiscard]] Json backend(const stats::Source& source, const stats::Moment& moment) const;

  /// The seconds that there are figures of, `since` (wall clock) and later.
  [[nodiscard]] Json series(const std::vector<std::string>& keys, double since) const;
  [[nodiscard]] bool knows(const std::string& key) const { return objects_.contains(key); }
  /// Requests a second, over the last minute.
  [[nodiscard]] double mean_rate(const std::string& key) const;

 private:
  struct Counts {
    std::uint64_t requests = 0, r4xx = 0, r5xx = 0, errors = 0;
  };
  struct Object {
    std::uint64_t rev = 1;          // of whatever is shown of it
    std::uint64_t settled_rev = 1;  // as settled_rev()
    std::uint64_t settings = 0;     // a server's settings_print()
    Json last;                      // an Act, or null
    std::string status;
    std::uint64_t print = 0;
    Counts counts;
    LatencyWatch latency;
    Figures figures;
    Series series;
    std::uint64_t seen = 0;  // the walk that last met it
  };
  struct Marker {
    double at;
    std::string text;
    std::string key;
  };

  Object& object(const std::string& key);
  void decorate(Json& out, const std::string& key) const;
  [[nodiscard]] Json shown_server(const stats::Source& source, const stats::ServerSource& server,
                                  const stats::Moment& moment) const;
  void touch(const std::string& key) { touched_.insert(key); }
  void publish(const std::string& key, Json shown);
  void note_settings(const std::string& key, const std::string& backend,
                     const model::ServerLive& server);
  void note_last(const control::LoggedChange& change);
  void publish_touched(const Picture& picture);
  void mark(const std::string& key, const std::string& before, const std::string& after);
  /// `timed`: durations of the requests that ended meanwhile.
  void sample(const std::string& key, const Counts& counts, std::uint32_t scur, std::uint32_t qcur,
              const model::Durations& timed);
  void walk(const Picture& picture);
  void walk_backend(const stats::Source& source, std::vector<std::string>& changed);
  void walk_servers(const stats::Source& source, model::Durations& of_backend,
                    std::vector<std::string>& changed);
  void forget_gone();

  const View& view_;
  WallClock clock_;
  EventRing events_;
  std::uint64_t rev_ = 1;
  std::map<std::string, Object, std::less<>> objects_;
  std::set<std::string> touched_;    // to be told
  std::set<std::string> by_change_;  // touched by a change, not by a check
  std::deque<Marker> markers_;
  std::uint64_t second_ = 0;  // of `series`, counted from the start
  std::uint64_t sampled_ms_ = 0;
  std::string rows_, proxy_rows_;
  std::int64_t first_second_s_ = 0;  // wall clock of second_ == 0
  std::uint64_t start_ms_ = 0;
};

/// A change as the contract shows it.
[[nodiscard]] Json change_object(const control::LoggedChange& change);
/// What one item did: "weight 100 → 50".
[[nodiscard]] std::string item_words(const control::LoggedItem& item);
/// The same by the runtime socket; empty where there is no such command.
[[nodiscard]] std::string item_command(const control::LoggedItem& item);

}  // namespace sluice::admin
