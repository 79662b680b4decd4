// Metrics in Prometheus' text format 0.0.4. Made for pages of some 100,000 lines: a line is copied
// from what was put together before (the family's name, the object's labels) and a number, into
// room that is looked at once a line. Its owner takes the text piece by piece.
#pragma once

#include <cstddef>
#include <string>

#include "stats/metric_sink.h"

namespace sluice::stats {

class MetricText final : public MetricSink {
 public:
  /// It is full with so much, which the last object told may exceed by its share of a family.
  explicit MetricText(std::size_t piece_bytes) : piece_bytes_(piece_bytes) {}

  void family(std::string_view name, std::string_view help, MetricKind kind) override;
  void point(const LabelSet& labels, std::string_view label, std::string_view label_value,
             MetricNumber number) override;
  void histogram(const LabelSet& labels, const model::Durations& durations) override;
  [[nodiscard]] bool full() const override { return used_ >= piece_bytes_; }

  [[nodiscard]] std::string take();

 private:
  /// Where so many bytes may be written.
  [[nodiscard]] char* room(std::size_t bytes);
  void line(std::string_view name, const LabelSet& labels, std::string_view label,
            std::string_view label_value, MetricNumber number);

  std::size_t piece_bytes_;
  std::string name_;                  // of the present family
  std::string bucket_, sum_, count_;  // of a histogram
  std::string text_;                  // its first used_ bytes; the rest is room
  std::size_t used_ = 0;
};

}  // namespace sluice::stats
