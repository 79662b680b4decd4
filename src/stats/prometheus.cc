#include "stats/prometheus.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>

#include "base/text.h"
#include "stats/collect.h"
#include "stats/fields.h"
#include "stats/metrics.h"

namespace sluice::stats {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

namespace {

constexpr std::size_t kMetricsPerPiece = 1'024;
constexpr ObjectKind kKinds[] = {ObjectKind::Frontend, ObjectKind::Listener, ObjectKind::Backend,
                                 ObjectKind::Server};
constexpr std::string_view kCodes[] = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};
constexpr model::CheckStatus kCheckOrder[] = {
    model::CheckStatus::HanaFail,     model::CheckStatus::SocketError,
    model::CheckStatus::L4Ok,         model::CheckStatus::L4Timeout,
    model::CheckStatus::L4Connection, model::CheckStatus::L6Ok,
    model::CheckStatus::L6Timeout,    model::CheckStatus::L6Response,
    model::CheckStatus::L7Timeout,    model::CheckStatus::L7Response,
    model::CheckStatus::L7Ok,         model::CheckStatus::L7OkConditional,
    model::CheckStatus::L7Status};
constexpr StateLabel kStateOrder[] = {StateLabel::Down, StateLabel::Up, StateLabel::Maint,
                                      StateLabel::Drain, StateLabel::NoLb};

/// Values that are no UTF-8 would make the whole page unreadable to Prometheus.
std::string as_utf8(std::string_view text) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    bool valid = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k) {
      valid = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    }
    if (valid) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return out;
}

/// The serializer writes help texts as they are; the format wants backslash and line feed escaped.
std::string escaped_help(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

double to_double(const Value& value) {
  if (value.type == Value::Type::S32) return static_cast<double>(value.as_signed());
  if (value.empty() || value.is_text()) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(value.number);
}

void set_value(ClientMetric& metric, MetricKind kind, double value) {
  (kind == MetricKind::Counter ? metric.counter.value : metric.gauge.value) = value;
}

std::vector<ClientMetric::Label> labels_of(const Sample& sample) {
  std::vector<ClientMetric::Label> labels{{"proxy", as_utf8(sample.proxy->name)}};
  if (sample.is(ObjectKind::Server)) labels.push_back({"server", as_utf8(sample.object_name())});
  if (sample.is(ObjectKind::Listener))
    labels.push_back({"listener", as_utf8(sample.object_name())});
  return labels;
}

void add(MetricFamily& family, const Sample& sample, MetricKind kind, double value,
         std::string_view label = {}, std::string_view label_value = {}) {
  ClientMetric metric;
  metric.label = labels_of(sample);
  if (!label.empty()) metric.label.push_back({std::string(label), std::string(label_value)});
  set_value(metric, kind, value);
  family.metric.push_back(std::move(metric));
}

void add_states(MetricFamily& family, const Sample& sample) {
  if (sample.is(ObjectKind::Listener)) {
    for (const std::string_view state : {"WAITING", "OPEN", "FULL"}) {
      add(family, sample, MetricKind::Gauge, sample.status == state ? 1 : 0, "state", state);
    }
    return;
  }
  for (const StateLabel state : kStateOrder) {
    if (!sample.is(ObjectKind::Server) && state != StateLabel::Up && state != StateLabel::Down)
      continue;
    add(family, sample, MetricKind::Gauge, sample.state == state ? 1 : 0, "state", to_text(state));
  }
}

void add_check_states(MetricFamily& family, const Sample& sample) {
  if (!sample.checks_shown) return;
  for (const model::CheckStatus status : kCheckOrder) {
    const bool current = sample.server_live->history.last_check.status == status;
    add(family, sample, MetricKind::Gauge, current ? 1 : 0, "state", model::code_of(status));
  }
}

void add_aggregate(MetricFamily& family, const Sample& sample, MetricForm form) {
  if (!sample.has_servers) return;
  if (form == MetricForm::ServersByState) {
    for (const StateLabel state : kStateOrder) {
      add(family, sample, MetricKind::Gauge,
          sample.servers_by_state[static_cast<std::size_t>(state)], "state", to_text(state));
    }
    return;
  }
  for (const model::CheckStatus status : kCheckOrder) {
    add(family, sample, MetricKind::Gauge,
        sample.servers_by_check[static_cast<std::size_t>(status)], "state", model::code_of(status));
  }
}

void add_sample(MetricFamily& family, const Sample& sample, const MetricRow& row,
                const Field* first) {
  switch (row.form) {
    case MetricForm::State:
      add_states(family, sample);
      return;
    case MetricForm::CheckState:
      add_check_states(family, sample);
      return;
    case MetricForm::ServersByState:
    case MetricForm::ServersByCheck:
      add_aggregate(family, sample, row.form);
      return;
    case MetricForm::Code:
      for (std::size_t i = 0; i < std::size(kCodes); ++i) {
        const Value value = first[i].of(sample);
        if (!value.empty()) add(family, sample, row.kind, to_double(value), "code", kCodes[i]);
      }
      return;
    case MetricForm::Number:
    case MetricForm::Milliseconds:
      break;
  }
  const Value value = first->of(sample);
  if (value.empty() && row.when_empty == WhenEmpty::LeftOut) return;
  const double number = to_double(value);
  add(family, sample, row.kind, row.form == MetricForm::Milliseconds ? number / 1000 : number);
}

prometheus::MetricType type_of(MetricKind kind) {
  return kind == MetricKind::Counter ? prometheus::MetricType::Counter
                                     : prometheus::MetricType::Gauge;
}

std::string_view help_of(const MetricRow& row, const Field& field) {
  return row.form == MetricForm::Code ? "HTTP responses by class of their status"
                                      : field.description;
}

/// A part of a family as text; parts after the first go without its two head lines.
std::string serialize(MetricFamily& family, std::size_t from) {
  const std::size_t end = std::min(from + kMetricsPerPiece, family.metric.size());
  MetricFamily part{family.name, family.help, family.type, {}};
  std::move(family.metric.begin() + static_cast<std::ptrdiff_t>(from),
            family.metric.begin() + static_cast<std::ptrdiff_t>(end),
            std::back_inserter(part.metric));
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, {part});
  std::string text = out.str();
  if (from == 0) return text;
  std::size_t at = 0;
  while (text.compare(at, 2, "# ") == 0) at = text.find('\n', at) + 1;
  return text.substr(at);
}

bool set_scope(ScrapeOptions& options, std::string_view scope) {
  if (scope == "*") {
    options.global = true;
    options.kinds = 0xF;
  } else if (scope == "global") {
    options.global = true;
  } else if (scope != "sticktable") {  // known to HAProxy; there are no tables to show
    for (const ObjectKind kind : kKinds) {
      if (scope_of(kind) != scope) continue;
      options.kinds |= 1U << static_cast<unsigned>(kind);
      return true;
    }
    return false;
  }
  return true;
}

}  // namespace

bool ScrapeOptions::wants(std::string_view metric) const {
  const auto names = [metric](const std::string& name) { return name == metric; };
  if (std::any_of(without.begin(), without.end(), names)) return false;
  return only.empty() || std::any_of(only.begin(), only.end(), names);
}

base::Result<ScrapeOptions> parse_scrape_options(
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  ScrapeOptions options;
  bool scope_given = false;
  for (const auto& [name, value] : parameters) {
    if (name == "scope") {
      if (!scope_given || value.empty()) {
        options.global = false;
        options.kinds = 0;
      }
      scope_given = true;
      if (!value.empty() && !set_scope(options, value)) {
        return base::fail(base::ErrorKind::Protocol, "unknown scope");
      }
    } else if (name == "no-maint") {
      options.no_maint = true;
    } else if (name == "metrics") {
      base::for_each_element(value, [&options](std::string_view element) {
        if (element.front() == '-')
          options.without.emplace_back(element.substr(1));
        else
          options.only.emplace_back(element);
      });
    }
  }
  return options;
}

struct Scrape::State {
  std::vector<Sample> samples[4];  // by ObjectKind
  ProcessSample process;
  ScrapeOptions options;
  std::size_t next_process = 0;
  std::size_t next_kind = 0, next_row = 0;
  MetricFamily current;
  std::size_t offset = 0;

  [[nodiscard]] MetricFamily process_family(const ProcessMetricRow& row) const;
  [[nodiscard]] MetricFamily object_family(ObjectKind kind, const MetricRow& row) const;
  /// The next family that is wanted and has samples; false at the end.
  [[nodiscard]] bool advance(MetricFamily& family);
};

MetricFamily Scrape::State::process_family(const ProcessMetricRow& row) const {
  const InfoField& info = info_fields()[info_index(row.info)];
  MetricFamily family{metric_name(row), escaped_help(info.description), type_of(row.kind), {}};
  const Value value = info.value(process);
  ClientMetric metric;
  double number = to_double(value);
  if (!row.text_label.empty()) {
    metric.label.push_back({std::string(row.text_label), as_utf8(value.text)});
    number = 1;
  }
  set_value(metric, row.kind, number);
  family.metric.push_back(std::move(metric));
  return family;
}

MetricFamily Scrape::State::object_family(ObjectKind kind, const MetricRow& row) const {
  const Field* field = &fields()[field_index(row.field)];
  MetricFamily family{
      metric_name(kind, row), escaped_help(help_of(row, *field)), type_of(row.kind), {}};
  for (const Sample& sample : samples[static_cast<std::size_t>(kind)])
    add_sample(family, sample, row, field);
  return family;
}

bool Scrape::State::advance(MetricFamily& family) {
  const auto process_rows = process_metric_rows();
  while (options.global && next_process < process_rows.size()) {
    const ProcessMetricRow& row = process_rows[next_process++];
    if (!options.wants(metric_name(row))) continue;
    family = process_family(row);
    return true;
  }
  const auto rows = metric_rows();
  for (; next_kind < std::size(kKinds); ++next_kind, next_row = 0) {
    const ObjectKind kind = kKinds[next_kind];
    const unsigned bit = 1U << static_cast<unsigned>(kind);
    if ((options.kinds & bit) == 0) continue;
    while (next_row < rows.size()) {
      const MetricRow& row = rows[next_row++];
      if ((row.kinds & bit) == 0 || !options.wants(metric_name(kind, row))) continue;
      family = object_family(kind, row);
      if (!family.metric.empty()) return true;
    }
  }
  return false;
}

Scrape::Scrape(const std::vector<Source>& sources, const Moment& moment,
               const ProcessSample& process, ScrapeOptions options)
    : state_(std::make_unique<State>()) {
  state_->process = process;
  state_->options = std::move(options);
  Selection selection;
  selection.types = state_->options.kinds;
  if (state_->options.no_maint) selection.hide = Selection::kMaint;
  for (const Source& source : sources) {
    RowCursor cursor(source, moment, selection);
    Sample sample;
    while (cursor.next(sample))
      state_->samples[static_cast<std::size_t>(sample.kind)].push_back(std::move(sample));
  }
}

Scrape::~Scrape() = default;
Scrape::Scrape(Scrape&&) noexcept = default;
Scrape& Scrape::operator=(Scrape&&) noexcept = default;

std::string Scrape::next() {
  State& state = *state_;
  if (state.offset >= state.current.metric.size()) {
    state.offset = 0;
    state.current = {};
    if (!state.advance(state.current)) return {};
  }
  std::string text = serialize(state.current, state.offset);
  state.offset += kMetricsPerPiece;
  return text;
}

std::vector<MetricFamily> Scrape::families() const {
  // A walk of its own, so that reading families does not disturb the text.
  State walk = *state_;
  walk.next_process = walk.next_kind = walk.next_row = 0;
  std::vector<MetricFamily> all;
  MetricFamily family;
  while (walk.advance(family)) all.push_back(std::move(family));
  return all;
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
