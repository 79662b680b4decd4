// The text format is ours; prometheus-cpp's serializer is what it is held to.
#include "stats/metric_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <sstream>

#include "support/catch.h"

using namespace sluice;
using Catch::Matchers::Contains;

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using stats::LabelSet;
using stats::MetricKind;
using stats::MetricNumber;

/// Tells the same to a MetricText and, number by number as a double, to prometheus-cpp.
class Both final : public stats::MetricSink {
 public:
  void family(std::string_view name, std::string_view help, MetricKind kind) override {
    ours_.family(name, help, kind);
    const auto type = kind == MetricKind::Counter ? prometheus::MetricType::Counter
                      : kind == MetricKind::Gauge ? prometheus::MetricType::Gauge
                                                  : prometheus::MetricType::Histogram;
    families_.push_back({std::string(name), std::string(help), type, {}});
  }
  void point(const LabelSet& labels, std::string_view label, std::string_view label_value,
             MetricNumber number) override {
    ours_.point(labels, label, label_value, number);
    ClientMetric& metric = add(labels);
    if (!label.empty()) metric.label.push_back({std::string(label), std::string(label_value)});
    metric.counter.value = metric.gauge.value = number.to_double();
  }
  void histogram(const LabelSet& labels, const model::Durations& durations) override {
    ours_.histogram(labels, durations);
    auto& histogram = add(labels).histogram;
    histogram.sample_count = durations.count();
    histogram.sample_sum = static_cast<double>(durations.total_ns) / 1e9;
    for (const auto& edge : stats::kHistogramEdges)
      histogram.bucket.push_back({durations.below(edge.us), static_cast<double>(edge.us) / 1e6});
    histogram.bucket.push_back({histogram.sample_count, std::numeric_limits<double>::infinity()});
  }
  [[nodiscard]] std::string ours() { return ours_.take(); }
  [[nodiscard]] std::string theirs() const {
    std::ostringstream written;
    prometheus::TextSerializer{}.Serialize(written, families_);
    return written.str();
  }

 private:
  ClientMetric& add(const LabelSet& labels) {
    ClientMetric& metric = families_.back().metric.emplace_back();
    for (const auto& [name, value] : labels.pairs()) metric.label.push_back({name, value});
    return metric;
  }
  stats::MetricText ours_{1'000'000};
  std::vector<MetricFamily> families_;
};

/// Heads as they are; points by the bytes of name and labels, with their values. Only the edges of
/// buckets and values are compared as numbers, by 14 digits: prometheus-cpp writes "Nan" and
/// "5.0000000000000001e-04", and no more than 16 digits.
std::string points(const std::string& page) {
  std::map<std::string, std::string> found;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) {
      found[line] = "";
      continue;
    }
    const std::size_t space = line.rfind(' ');
    std::string key = line.substr(0, space);
    if (const std::size_t le = key.find("le=\""); le != std::string::npos)
      key = key.substr(0, le) + std::to_string(std::strtod(key.c_str() + le + 4, nullptr));
    const double value = std::strtod(line.c_str() + space, nullptr);
    std::ostringstream digits;
    digits.precision(14);
    digits << value;
    CHECK(found.emplace(key, std::isnan(value) ? "NaN" : digits.str()).second);
  }
  std::string out;
  for (const auto& [key, value] : found) out.append(key).append(" ").append(value).append("\n");
  return out;
}

LabelSet labels(std::string_view value) {
  LabelSet out;
  out.add("proxy", value);
  out.add("server", "s1");
  return out;
}

std::string one(MetricNumber number) {
  Both both;
  both.family("a", "A", MetricKind::Gauge);
  both.point({}, {}, {}, number);
  const std::string text = both.ours();
  CHECK(points(text) == points(both.theirs()));
  return text.substr(text.rfind("\na ") + 3);
}

}  // namespace

TEST_CASE("numbers are exact, and the ones that prometheus-cpp writes") {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CHECK(one({0}) == "0\n");
  CHECK(one({1'234'567}) == "1234567\n");
  CHECK(one({(std::uint64_t{1} << 53) + 1}) == "9007199254740993\n");
  CHECK(one({most}) == "18446744073709551615\n");
  CHECK(one({1, 0, true}) == "-1\n");
  CHECK(one({.nan = true}) == "NaN\n");
  CHECK(one({0, 3}) == "0\n");
  CHECK(one({5, 3}) == "0.005\n");
  CHECK(one({120, 3}) == "0.12\n");
  CHECK(one({1'000, 3}) == "1\n");
  CHECK(one({1'050, 3}) == "1.05\n");
  CHECK(one({20'000, 3}) == "20\n");
  CHECK(one({1, 9}) == "0.000000001\n");
  CHECK(one({1'500, 3, true}) == "-1.5\n");
  CHECK(one({most, 9}) == "18446744073.709551615\n");
}

TEST_CASE("labels and heads are byte by byte those of prometheus-cpp") {
  Both both;
  both.family("plain_total", "What it counts", MetricKind::Counter);
  both.point({}, {}, {}, {1});
  both.point({}, "code", "2xx", {2});
  for (const auto* value :
       {"web", "", "a\"b", "a\\b", "a\nb", "\\n\"\n\\", "caf\xC3\xA9", "{},= #"})
    both.point(labels(value), {}, {}, {3});
  both.family("by_state", "By state", MetricKind::Gauge);
  both.point(labels("a\"b"), "state", "UP", {.nan = true});
  const std::string text = both.ours();
  CHECK(points(text) == points(both.theirs()));
  CHECK_THAT(text, Contains("plain_total 1\nplain_total{code=\"2xx\"} 2\n"));
  CHECK_THAT(text, Contains("by_state{proxy=\"a\\\"b\",server=\"s1\",state=\"UP\"} NaN\n"));
}

TEST_CASE("a help text keeps to its line") {
  stats::MetricText text(100);
  text.family("a", "one\ntwo \\ \"three\"", MetricKind::Gauge);
  CHECK(text.take() == "# HELP a one\\ntwo \\\\ \"three\"\n# TYPE a gauge\n");
}

TEST_CASE("histograms have the buckets, the sum and the count of prometheus-cpp's") {
  for (const std::uint64_t us : {0ULL, 499ULL, 500ULL, 59'999'999ULL, 60'000'000ULL, 1ULL << 40}) {
    model::Durations durations;
    durations.buckets[model::durations::bucket_of(us)] = 3;
    durations.buckets[model::durations::bucket_of(7'000)] += 1;
    durations.total_ns = 3 * us * 1'000 + 7'000'001;
    Both both;
    both.family("took_seconds", "How long it took", MetricKind::Histogram);
    both.histogram(labels("a\"b"), durations);
    both.histogram({}, durations);
    const std::string text = both.ours();
    CHECK(points(text) == points(both.theirs()));
    CHECK_THAT(text, Contains("_bucket{proxy=\"a\\\"b\",server=\"s1\",le=\"+Inf\"} 4\n"));
    CHECK_THAT(text, Contains("\ntook_seconds_bucket{le=\"0.0005\"} "));
  }
}

TEST_CASE("what is taken begins anew, and long lines have their room") {
  stats::MetricText text(50);
  CHECK_FALSE(text.full());
  CHECK(text.take().empty());
  text.family("a", "A", MetricKind::Gauge);
  const std::string name(10'000, 'x');
  text.point(labels(name), {}, {}, {7});
  CHECK(text.full());
  CHECK(text.take() == "# HELP a A\n# TYPE a gauge\na{proxy=\"" + name + "\",server=\"s1\"} 7\n");
  CHECK_FALSE(text.full());
  text.point({}, {}, {}, {8});
  CHECK(text.take() == "a 8\n");
}
