// The tables of metrics: HAProxy's names (haproxy_SCOPE_SUFFIX) over the statistics fields and the
// rows of information about the process, with type and unit; what the process uses, by the names
// that every exporter gives it; name servers. stats/metric_walk turns rows into families.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/resolvers.h"
#include "stats/info.h"
#include "stats/metric_sink.h"
#include "stats/sample.h"

namespace sluice::stats {

/// How a row becomes samples: the number; milliseconds shown as seconds; one sample per state with
/// a `state` label; per result of a check or of the agent; servers counted per state or result; or
/// one `code` of six.
enum class MetricForm : std::uint8_t {
  Number,
  Milliseconds,
  State,
  CheckState,
  AgentState,
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
  std::size_t field_at = 0;  // its position among stats/fields

  [[nodiscard]] std::size_t index() const { return field_at; }
};
[[nodiscard]] std::span<const MetricRow> metric_rows();
[[nodiscard]] std::string_view help_of(const MetricRow& row);

struct ProcessMetricRow {
  std::string_view suffix;
  MetricKind kind;
  std::string_view info;          // of stats/info
  std::string_view text_label{};  // a text row is a sample of 1 with its text in this label
  WhenEmpty when_empty = WhenEmpty::NotANumber;
};
[[nodiscard]] std::span<const ProcessMetricRow> process_metric_rows();

/// What could not be measured is left out.
struct UsageMetricRow {
  std::string_view name;
  MetricKind kind;
  std::optional<std::uint64_t> ProcessUsage::*value;
  std::uint8_t decimals;
  std::string_view help;
};
[[nodiscard]] std::span<const UsageMetricRow> usage_metric_rows();

/// haproxy_resolver_SUFFIX, by resolver and nameserver; HAProxy has them as gauges.
struct ResolverMetricRow {
  std::string_view suffix;
  std::uint64_t model::NameServerCounts::*value;
  std::string_view help;
};
[[nodiscard]] std::span<const ResolverMetricRow> resolver_metric_rows();

/// "frontend", "backend", "server", "listener".
[[nodiscard]] std::string_view scope_of(ObjectKind kind);
[[nodiscard]] std::string metric_name(ObjectKind kind, const MetricRow& row);
[[nodiscard]] std::string metric_name(const ProcessMetricRow& row);

}  // namespace sluice::stats
