// The metrics page: every family of stats/metrics over samples taken once at the beginning, written
// family by family in Prometheus' text format 0.0.4 through prometheus-cpp's serializer. Control
// thread. Never on the path of a request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "stats/info.h"
#include "stats/sample.h"

namespace prometheus {
struct MetricFamily;
class Collectable;
}  // namespace prometheus

namespace sluice::stats {

/// HAProxy's query parameters: `scope=global|frontend|backend|server|listener|sticktable|*`
/// (several; an empty one drops those before it), `no-maint`, `metrics=NAME,-NAME` (3.x).
struct ScrapeOptions {
  bool global = true;
  unsigned kinds = 0xF;
  bool no_maint = false;
  std::vector<std::string> only;  // empty: all
  std::vector<std::string> without;
  [[nodiscard]] bool wants(std::string_view metric) const;
};
/// Error Protocol: an unknown scope (a 400 for the client).
[[nodiscard]] base::Result<ScrapeOptions> parse_scrape_options(
    const std::vector<std::pair<std::string, std::string>>& parameters);

class Scrape {
 public:
  /// Samples everything now; the sources' objects must live as long as the scrape.
  Scrape(const std::vector<Source>& sources, const Moment& moment, const ProcessSample& process,
         ScrapeOptions options);
  ~Scrape();
  Scrape(Scrape&&) noexcept;
  Scrape& operator=(Scrape&&) noexcept;

  /// The next piece of text: one family, or a part of a very large one. Empty at the end.
  [[nodiscard]] std::string next();
  /// The same families for a prometheus-cpp registry.
  [[nodiscard]] std::vector<prometheus::MetricFamily> families() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// For embedding in a prometheus::Registry: collects afresh at every call.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_collectable(
    std::function<Scrape()> take_scrape);

}  // namespace sluice::stats
