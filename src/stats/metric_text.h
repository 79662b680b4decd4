// Metrics in Prometheus' text format 0.0.4. Appends to a text that its owner takes piece by piece.
#pragma once

#include <string>

#include "stats/metric_sink.h"

namespace sluice::stats {

class MetricText final : public MetricSink {
 public:
  void family(std::string_view name, std::string_view help, MetricKind kind) override;
  void point(const LabelSet& labels, std::string_view label, std::string_view label_value,
             MetricNumber number) override;
  void histogram(const LabelSet& labels, const model::Durations& durations) override;

  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

 private:
  void line(std::string_view suffix, const LabelSet& labels, std::string_view label,
            std::string_view label_value, MetricNumber number);

  std::string name_;  // of the present family
  std::string text_;
};

}  // namespace sluice::stats
