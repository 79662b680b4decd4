#include "stats/prometheus.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <limits>

#include "base/text.h"
#include "stats/metrics.h"

namespace sluice::stats {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

namespace {

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter:
      return prometheus::MetricType::Counter;
    case MetricKind::Gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::Histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

class FamilySink final : public MetricSink {
 public:
  void family(std::string_view name, std::string_view help, MetricKind kind) override {
    families_.push_back({std::string(name), std::string(help), type_of(kind), {}});
  }
  void point(const LabelSet& labels, std::string_view label, std::string_view label_value,
             MetricNumber number) override {
    ClientMetric& metric = add(labels);
    if (!label.empty()) metric.label.push_back({std::string(label), std::string(label_value)});
    const bool counted = families_.back().type == prometheus::MetricType::Counter;
    (counted ? metric.counter.value : metric.gauge.value) = number.to_double();
  }
  void histogram(const LabelSet& labels, const model::Durations& durations) override {
    auto& histogram = add(labels).histogram;
    histogram.sample_count = durations.count();
    histogram.sample_sum = static_cast<double>(durations.total_ns) / 1e9;
    for (const HistogramEdge& edge : kHistogramEdges)
      histogram.bucket.push_back({durations.below(edge.us), static_cast<double>(edge.us) / 1e6});
    histogram.bucket.push_back({histogram.sample_count, std::numeric_limits<double>::infinity()});
  }
  [[nodiscard]] std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  ClientMetric& add(const LabelSet& labels) {
    ClientMetric& metric = families_.back().metric.emplace_back();
    for (const auto& [name, value] : labels.pairs()) metric.label.push_back({name, value});
    return metric;
  }
  std::vector<MetricFamily> families_;
};

bool set_scope(ScrapeOptions& options, std::string_view scope) {
  if (scope == "*") {
    options.global = options.resolvers = true;
    options.kinds = 0xF;
    return true;
  }
  if (scope == "global") return options.global = true;
  if (scope == "resolver") return options.resolvers = true;
  if (scope == "sticktable") return true;  // known to HAProxy; there are no tables to show
  for (unsigned kind = 0; kind < 4; ++kind) {
    if (scope_of(static_cast<ObjectKind>(kind)) != scope) continue;
    options.kinds |= 1U << kind;
    return true;
  }
  return false;
}

void take_metrics(ScrapeOptions& options, std::string_view list) {
  base::for_each_element(list, [&options](std::string_view element) {
    if (element.front() == '-')
      options.without.emplace_back(element.substr(1));
    else
      options.only.emplace_back(element);
  });
}

}  // namespace

base::Result<ScrapeOptions> parse_scrape_options(
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  ScrapeOptions options;
  bool scope_given = false;
  for (const auto& [name, value] : parameters) {
    if (name == "scope") {
      if (!scope_given || value.empty()) {
        options.global = options.resolvers = false;
        options.kinds = 0;
      }
      scope_given = true;
      if (!value.empty() && !set_scope(options, value)) {
        return base::fail(base::ErrorKind::Protocol, "unknown scope");
      }
    } else if (name == "no-maint") {
      options.no_maint = true;
    } else if (name == "desc-labels") {
      options.descriptions = true;
    } else if (name == "metrics") {
      take_metrics(options, value);
    }
  }
  return options;
}

Scrape::Scrape(std::vector<Source> sources, const Moment& moment, ProcessSample process,
               std::vector<model::ResolversReport> resolvers, ScrapeOptions options)
    : walk_(std::move(sources), moment, std::move(process), std::move(resolvers),
            std::move(options)) {}

std::string Scrape::next() {
  walk_.run(text_);
  return text_.take();
}

std::vector<MetricFamily> Scrape::families() const {
  // A walk of its own, so that reading families does not disturb the text.
  MetricWalk walk = walk_;
  walk.rewind();
  FamilySink sink;
  while (!walk.done()) walk.run(sink);
  return sink.take();
}

namespace {

class SluiceCollectable : public prometheus::Collectable {
 public:
  explicit SluiceCollectable(std::function<Scrape()> take_scrape)
      : take_scrape_(std::move(take_scrape)) {}
  std::vector<MetricFamily> Collect() const override { return take_scrape_().families(); }

 private:
  std::function<Scrape()> take_scrape_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_collectable(std::function<Scrape()> take_scrape) {
  return std::make_shared<SluiceCollectable>(std::move(take_scrape));
}

}  // namespace sluice::stats
