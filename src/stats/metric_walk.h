// The walk over all metrics of a moment, which pauses when its sink is full, so that a page of any
// size is made piece by piece: the process, each kind of object row by row, durations, name
// servers. Control thread. First it samples all objects, and pauses after every few; durations are
// read when their turn comes. The sources' objects must live as long as the walk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/resolvers.h"
#include "stats/collect.h"
#include "stats/info.h"
#include "stats/metric_sink.h"
#include "stats/metrics.h"
#include "stats/sample.h"

namespace sluice::stats {

/// What a scrape asks for.
struct ScrapeOptions {
  bool global = true, resolvers = true;
  unsigned kinds = 0xF;
  bool no_maint = false;
  bool descriptions = false;      // a label "desc" with a proxy's or server's description
  std::vector<std::string> only;  // empty: all
  std::vector<std::string> without;
  [[nodiscard]] bool wants(std::string_view metric) const;
  [[nodiscard]] bool wants(ObjectKind kind) const {
    return (kinds >> static_cast<unsigned>(kind) & 1U) != 0;
  }
};

class MetricWalk {
 public:
  MetricWalk(std::vector<Source> sources, const Moment& moment, ProcessSample process,
             std::vector<model::ResolversReport> resolvers, ScrapeOptions options);
  /// Samples kSampledAtOnce more objects; once there are none left, tells until the sink is full.
  void run(MetricSink& sink);
  [[nodiscard]] bool done() const { return at_.stage == Stage::End; }
  /// The same samples are told again.
  void rewind() {
    if (at_.stage != Stage::Sample) at_ = {Stage::Process};
  }

  /// Some 100 us: other threads of the core may run in between.
  static constexpr std::size_t kSampledAtOnce = 128;

 private:
  enum class Stage : std::uint8_t { Sample, Process, Usage, Objects, Durations, Resolvers, End };
  /// One object: its numbers and its labels.
  struct Item {
    Sample sample;
    LabelSet labels;
  };
  struct Position {
    Stage stage = Stage::Sample;
    std::size_t kind = 0, row = 0, item = 0;
    bool told = false;  // the present family's head was
  };
  struct Head {
    std::string name;
    std::string_view help;
    MetricKind kind = MetricKind::Gauge;
  };

  void next_stage(Stage stage) { at_ = {stage}; }
  void next_row() {
    ++at_.row;
    at_.item = 0;
    at_.told = false;
  }
  void sample_some();
  /// Before a family's first point.
  void tell(MetricSink& sink, const Head& head);
  /// Each tells a row, of objects as many as fit.
  void step_process(MetricSink& sink);
  void step_usage(MetricSink& sink);
  void step_objects(MetricSink& sink);
  void step_durations(MetricSink& sink);
  void step_resolvers(MetricSink& sink);
  void tell_item(MetricSink& sink, const Item& item, const MetricRow& row, const Head& head);
  void tell_states(MetricSink& sink, const Item& item, const Head& head);
  void tell_checks(MetricSink& sink, const Item& item, const Head& head, bool agent);
  void tell_aggregate(MetricSink& sink, const Item& item, const Head& head, MetricForm form);
  [[nodiscard]] std::vector<Item>& items(ObjectKind kind) {
    return items_[static_cast<std::size_t>(kind)];
  }

  std::shared_ptr<const std::vector<Source>> sources_;  // a copy of the walk has the same
  std::size_t next_source_ = 0;
  std::optional<RowCursor> rows_;  // of the source before that one
  Moment moment_;
  std::vector<Item> items_[4];  // by ObjectKind
  ProcessSample process_;
  std::vector<std::pair<LabelSet, model::NameServerCounts>> name_servers_;
  ScrapeOptions options_;
  Position at_;
  Head head_;  // of the row of objects at hand
};

}  // namespace sluice::stats
