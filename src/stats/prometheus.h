// The metrics page: every family of stats/metric_walk in Prometheus' text format 0.0.4, piece by
// piece, or as prometheus-cpp's families for whoever has a registry. Control thread. Never on the
// path of a request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "stats/metric_text.h"
#include "stats/metric_walk.h"

namespace prometheus {
struct MetricFamily;
class Collectable;
}  // namespace prometheus

namespace sluice::stats {

/// HAProxy's query parameters:
/// `scope=global|frontend|backend|server|listener|sticktable|resolver|*` (several; an empty one
/// drops those before it), `no-maint`, `desc-labels`, and `metrics=NAME,-NAME` (3.x). Error
/// Protocol: an unknown scope (a 400 for the client).
[[nodiscard]] base::Result<ScrapeOptions> parse_scrape_options(
    const std::vector<std::pair<std::string, std::string>>& parameters);

class Scrape {
 public:
  /// The sources' objects must live as long as the scrape.
  Scrape(std::vector<Source> sources, const Moment& moment, ProcessSample process,
         std::vector<model::ResolversReport> resolvers, ScrapeOptions options);

  /// The next piece of text, a little over kPieceBytes. Empty while it takes samples, which is cut
  /// to pieces too, and at the end.
  [[nodiscard]] std::string next();
  [[nodiscard]] bool done() const { return walk_.done(); }
  /// The same families for a prometheus-cpp registry.
  [[nodiscard]] std::vector<prometheus::MetricFamily> families() const;

  static constexpr std::size_t kPieceBytes = 65'536;

 private:
  MetricWalk walk_;
  MetricText text_{kPieceBytes};
};

/// For embedding in a prometheus::Registry: collects afresh at every call.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_collectable(
    std::function<Scrape()> take_scrape);

}  // namespace sluice::stats
