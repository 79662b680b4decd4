// The table of metrics: HAProxy's names (haproxy_SCOPE_SUFFIX) over the statistics fields and the
// rows of information about the process, with type and unit. stats/prometheus turns rows into
// families.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "stats/sample.h"

namespace sluice::stats {

enum class MetricKind : std::uint8_t { Counter, Gauge };
/// How a row becomes samples: the number; milliseconds shown as seconds; one sample per state with
/// a `state` label; per check result; servers counted per state or result; or one `code` of six.
enum class MetricForm : std::uint8_t {
  Number,
  Milliseconds,
  State,
  CheckState,
  ServersByState,
  ServersByCheck,
  Code
};
/// What to do where a field is empty: HAProxy writes NaN, or leaves the sample out.
enum class WhenEmpty : std::uint8_t { NotANumber, LeftOut };

struct MetricRow {
  std::string_view suffix;
  unsigned kinds;  // bits as in stats/fields.h
  MetricKind kind;
  std::string_view field;  // of stats/fields; "hrsp_1xx" stands for all six
  MetricForm form = MetricForm::Number;
  WhenEmpty when_empty = WhenEmpty::NotANumber;
};
[[nodiscard]] std::span<const MetricRow> metric_rows();

struct ProcessMetricRow {
  std::string_view suffix;
  MetricKind kind;
  std::string_view info;          // of stats/info
  std::string_view text_label{};  // a text row is a sample of 1 with its text in this label
};
[[nodiscard]] std::span<const ProcessMetricRow> process_metric_rows();

/// "frontend", "backend", "server", "listener".
[[nodiscard]] std::string_view scope_of(ObjectKind kind);
[[nodiscard]] std::string metric_name(ObjectKind kind, const MetricRow& row);
[[nodiscard]] std::string metric_name(const ProcessMetricRow& row);

}  // namespace sluice::stats
