// What a walk over the metrics (stats/metric_walk) tells, one family after the other: a text page
// (stats/metric_text) and prometheus-cpp's families (stats/prometheus) are made from the same
// calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/times.h"

namespace sluice::stats {

enum class MetricKind : std::uint8_t { Counter, Gauge, Histogram };

/// An exact number: `digits` with so many of them behind the point, or none at all.
struct MetricNumber {
  std::uint64_t digits = 0;
  std::uint8_t decimals = 0;
  bool negative = false;
  bool nan = false;
  [[nodiscard]] double to_double() const;
};

/// The labels of an object, made once for all its metrics; in UTF-8 whatever the names are.
class LabelSet {
 public:
  void add(std::string_view name, std::string_view value);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& pairs() const {
    return pairs_;
  }
  /// `proxy="a",server="b"`, escaped.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
  std::string text_;
};

class MetricSink {
 public:
  MetricSink() = default;
  MetricSink(const MetricSink&) = delete;
  MetricSink& operator=(const MetricSink&) = delete;
  virtual ~MetricSink() = default;
  virtual void family(std::string_view name, std::string_view help, MetricKind kind) = 0;
  /// Of the family that was told last; an empty `label` is none. Its value needs no escaping.
  virtual void point(const LabelSet& labels, std::string_view label, std::string_view label_value,
                     MetricNumber number) = 0;
  virtual void histogram(const LabelSet& labels, const model::Durations& durations) = 0;
  /// It has enough for now: the walk pauses.
  [[nodiscard]] virtual bool full() const { return false; }
};

/// Upper edges of the histograms' buckets, all of them edges of model::durations.
struct HistogramEdge {
  std::uint64_t us;
  std::string_view seconds;
};
inline constexpr HistogramEdge kHistogramEdges[] = {
    {500, "0.0005"},   {1'000, "0.001"},   {2'500, "0.0025"},  {5'000, "0.005"},
    {10'000, "0.01"},  {25'000, "0.025"},  {50'000, "0.05"},   {100'000, "0.1"},
    {250'000, "0.25"}, {500'000, "0.5"},   {1'000'000, "1"},   {2'500'000, "2.5"},
    {5'000'000, "5"},  {10'000'000, "10"}, {30'000'000, "30"}, {60'000'000, "60"},
};

}  // namespace sluice::stats
