#include "stats/metric_walk.h"

#include <algorithm>

#include "stats/fields.h"

namespace sluice::stats {

namespace {

using model::CheckStatus;

constexpr ObjectKind kKinds[] = {ObjectKind::Frontend, ObjectKind::Listener, ObjectKind::Backend,
                                 ObjectKind::Server};
constexpr std::string_view kCodes[] = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};
constexpr CheckStatus kCheckOrder[] = {
    CheckStatus::HanaFail,   CheckStatus::SocketError,  CheckStatus::L4Ok,
    CheckStatus::L4Timeout,  CheckStatus::L4Connection, CheckStatus::L6Ok,
    CheckStatus::L6Timeout,  CheckStatus::L6Response,   CheckStatus::L7Timeout,
    CheckStatus::L7Response, CheckStatus::L7Ok,         CheckStatus::L7OkConditional,
    CheckStatus::L7Status};
constexpr StateLabel kStateOrder[] = {StateLabel::Down, StateLabel::Up, StateLabel::Maint,
                                      StateLabel::Drain, StateLabel::NoLb};
const LabelSet kNoLabels;

/// Whose requests are timed, and what the family is called.
struct DurationRow {
  ObjectKind kind;
  std::string_view name, help;
};
constexpr std::string_view kRequestDuration = "sluice_request_duration_seconds";
constexpr DurationRow kDurations[] = {
    {ObjectKind::Frontend, "sluice_frontend_request_duration_seconds",
     "From a request's first byte to the last of its response, all requests of a frontend"},
    {ObjectKind::Server, kRequestDuration,
     "From a request's first byte to the last of its response, by the server that was asked"},
    {ObjectKind::Backend, kRequestDuration, ""}};  // of the same family: what reached no server

MetricNumber number_of(const Value& value) {
  if (value.empty() || value.is_text()) return {.nan = true};
  if (value.type == Value::Type::S32 && value.as_signed() < 0)
    return {static_cast<std::uint64_t>(-value.as_signed()), 0, true};
  return {value.number};
}

LabelSet labels_of(const Sample& sample, bool descriptions) {
  LabelSet labels;
  labels.add("proxy", sample.proxy->name);
  if (sample.is(ObjectKind::Server)) labels.add("server", sample.object_name());
  if (sample.is(ObjectKind::Listener)) labels.add("listener", sample.object_name());
  if (descriptions && !sample.proxy->description.empty() && !sample.is(ObjectKind::Server))
    labels.add("desc", sample.proxy->description);
  return labels;
}

}  // namespace

bool ScrapeOptions::wants(std::string_view metric) const {
  const auto names = [metric](const std::string& name) { return name == metric; };
  if (std::any_of(without.begin(), without.end(), names)) return false;
  return only.empty() || std::any_of(only.begin(), only.end(), names);
}

MetricWalk::MetricWalk(std::vector<Source> sources, const Moment& moment, ProcessSample process,
                       std::vector<model::ResolversReport> resolvers, ScrapeOptions options)
    : sources_(std::make_shared<const std::vector<Source>>(std::move(sources))),
      moment_(moment),
      process_(std::move(process)),
      options_(std::move(options)) {
  for (const model::ResolversReport& report : resolvers) {
    for (const auto& server : report.servers) {
      LabelSet labels;
      labels.add("resolver", report.name);
      labels.add("nameserver", server.name);
      name_servers_.emplace_back(std::move(labels), server.counts);
    }
  }
  std::size_t servers = 0;
  for (const Source& source : *sources_) servers += source.servers.size();
  if (options_.wants(ObjectKind::Server)) items(ObjectKind::Server).reserve(servers);
}

void MetricWalk::sample_some() {
  Selection selection;
  selection.types = options_.kinds;
  if (options_.no_maint) selection.hide = Selection::kMaint;
  Sample sample;
  for (std::size_t count = 0; count < kSampledAtOnce; ++count) {
    while (!rows_ || !rows_->next(sample)) {
      if (next_source_ == sources_->size()) return next_stage(Stage::Process);
      rows_.emplace((*sources_)[next_source_++], moment_, selection);
    }
    LabelSet labels = labels_of(sample, options_.descriptions);
    items(sample.kind).push_back({std::move(sample), std::move(labels)});
  }
}

void MetricWalk::tell(MetricSink& sink, const Head& head) {
  if (!at_.told) sink.family(head.name, head.help, head.kind);
  at_.told = true;
}

void MetricWalk::run(MetricSink& sink) {
  if (at_.stage == Stage::Sample) sample_some();
  if (at_.stage == Stage::Sample) return;
  while (at_.stage != Stage::End && !sink.full()) {
    switch (at_.stage) {
      case Stage::Sample:
        break;
      case Stage::Process:
        step_process(sink);
        break;
      case Stage::Usage:
        step_usage(sink);
        break;
      case Stage::Objects:
        step_objects(sink);
        break;
      case Stage::Durations:
        step_durations(sink);
        break;
      case Stage::Resolvers:
        step_resolvers(sink);
        break;
      case Stage::End:
        break;
    }
  }
}

void MetricWalk::step_process(MetricSink& sink) {
  const auto rows = process_metric_rows();
  if (!options_.global || at_.row == rows.size()) return next_stage(Stage::Usage);
  const ProcessMetricRow& row = rows[at_.row];
  const InfoField& info = info_fields()[info_index(row.info)];
  const Head head{metric_name(row), info.description, row.kind};
  const Value value = info.value(process_);
  const bool shown = !value.empty() || row.when_empty == WhenEmpty::NotANumber;
  if (shown && options_.wants(head.name)) {
    tell(sink, head);
    if (row.text_label.empty()) {
      sink.point(kNoLabels, {}, {}, number_of(value));
    } else {
      LabelSet labels;
      labels.add(row.text_label, value.text);
      sink.point(labels, {}, {}, {1});
    }
  }
  next_row();
}

void MetricWalk::step_usage(MetricSink& sink) {
  const auto rows = usage_metric_rows();
  if (!options_.global || at_.row == rows.size()) return next_stage(Stage::Objects);
  const UsageMetricRow& row = rows[at_.row];
  if (const auto& digits = process_.usage.*row.value; digits && options_.wants(row.name)) {
    tell(sink, {std::string(row.name), row.help, row.kind});
    sink.point(kNoLabels, {}, {}, {*digits, row.decimals});
  }
  next_row();
}

void MetricWalk::step_objects(MetricSink& sink) {
  if (at_.kind == std::size(kKinds)) return next_stage(Stage::Durations);
  const ObjectKind kind = kKinds[at_.kind];
  const auto rows = metric_rows();
  if (!options_.wants(kind) || at_.row == rows.size()) {
    at_ = {Stage::Objects, at_.kind + 1};
    return;
  }
  const MetricRow& row = rows[at_.row];
  const unsigned bit = 1U << static_cast<unsigned>(kind);
  const auto& items = this->items(kind);
  if ((row.kinds & bit) == 0 || at_.item == items.size()) return next_row();
  if (at_.item == 0) {  // the name is put together once, not for each of thousands
    head_ = {metric_name(kind, row), help_of(row), row.kind};
    if (!options_.wants(head_.name)) return next_row();
  }
  for (; at_.item != items.size() && !sink.full(); ++at_.item)
    tell_item(sink, items[at_.item], row, head_);
}

void MetricWalk::tell_item(MetricSink& sink, const Item& item, const MetricRow& row,
                           const Head& head) {
  const Field* field = &fields()[row.index()];
  switch (row.form) {
    case MetricForm::State:
      return tell_states(sink, item, head);
    case MetricForm::CheckState:
      return tell_checks(sink, item, head, false);
    case MetricForm::AgentState:
      return tell_checks(sink, item, head, true);
    case MetricForm::ServersByState:
    case MetricForm::ServersByCheck:
      return tell_aggregate(sink, item, head, row.form);
    case MetricForm::Code:
      for (std::size_t i = 0; i < std::size(kCodes); ++i) {
        const Value value = field[i].of(item.sample);
        if (value.empty()) continue;
        tell(sink, head);
        sink.point(item.labels, "code", kCodes[i], number_of(value));
      }
      return;
    case MetricForm::Number:
    case MetricForm::Milliseconds:
      break;
  }
  const Value value = field->of(item.sample);
  if (value.empty() && row.when_empty == WhenEmpty::LeftOut) return;
  MetricNumber number = number_of(value);
  if (row.form == MetricForm::Milliseconds) number.decimals = 3;
  tell(sink, head);
  sink.point(item.labels, {}, {}, number);
}

void MetricWalk::tell_states(MetricSink& sink, const Item& item, const Head& head) {
  const Sample& sample = item.sample;
  tell(sink, head);
  if (sample.is(ObjectKind::Listener)) {
    for (const std::string_view state : {"WAITING", "OPEN", "FULL"})
      sink.point(item.labels, "state", state, {sample.status == state ? 1U : 0U});
    return;
  }
  for (const StateLabel state : kStateOrder) {
    if (!sample.is(ObjectKind::Server) && state != StateLabel::Up && state != StateLabel::Down)
      continue;
    sink.point(item.labels, "state", to_text(state), {sample.state == state ? 1U : 0U});
  }
}

void MetricWalk::tell_checks(MetricSink& sink, const Item& item, const Head& head, bool agent) {
  const Sample& sample = item.sample;
  const model::ServerHistory& history = sample.server_live->history;
  if (agent ? !sample.server_live->agent_enabled : !sample.checks_shown) return;
  const CheckStatus now = (agent ? history.last_agent : history.last_check).status;
  tell(sink, head);
  for (const CheckStatus status : kCheckOrder)
    sink.point(item.labels, "state", model::code_of(status), {now == status ? 1U : 0U});
}

void MetricWalk::tell_aggregate(MetricSink& sink, const Item& item, const Head& head,
                                MetricForm form) {
  const Sample& sample = item.sample;
  if (!sample.has_servers) return;
  tell(sink, head);
  if (form == MetricForm::ServersByState) {
    for (const StateLabel state : kStateOrder) {
      sink.point(item.labels, "state", to_text(state),
                 {sample.servers_by_state[static_cast<std::size_t>(state)]});
    }
    return;
  }
  for (const CheckStatus status : kCheckOrder) {
    sink.point(item.labels, "state", model::code_of(status),
               {sample.servers_by_check[static_cast<std::size_t>(status)]});
  }
}

/// Servers and their backends are one family, so that a sum over it counts each request once.
void MetricWalk::step_durations(MetricSink& sink) {
  if (at_.row == std::size(kDurations)) return next_stage(Stage::Resolvers);
  const DurationRow& row = kDurations[at_.row];
  const auto& items = this->items(row.kind);
  if (at_.item == items.size() || !options_.wants(row.kind) || !options_.wants(row.name)) {
    const bool told = at_.told && row.kind == ObjectKind::Server;
    next_row();
    at_.told = told;
    return;
  }
  const Item& item = items[at_.item++];
  const model::Durations durations = item.sample.counted_in->durations();
  if (durations.total_ns == 0) return;
  const bool no_server = row.kind == ObjectKind::Backend;
  const DurationRow& named = no_server ? kDurations[at_.row - 1] : row;
  tell(sink, {std::string(named.name), named.help, MetricKind::Histogram});
  if (!no_server) return sink.histogram(item.labels, durations);
  LabelSet labels;
  labels.add("proxy", item.sample.proxy->name);
  labels.add("server", "<NOSRV>");
  sink.histogram(labels, durations);
}

void MetricWalk::step_resolvers(MetricSink& sink) {
  const auto rows = resolver_metric_rows();
  if (!options_.resolvers || at_.row == rows.size()) return next_stage(Stage::End);
  const ResolverMetricRow& row = rows[at_.row];
  const std::string name = "haproxy_resolver_" + std::string(row.suffix);
  if (options_.wants(name)) {
    for (const auto& [labels, counts] : name_servers_) {
      tell(sink, {name, row.help, MetricKind::Gauge});
      sink.point(labels, {}, {}, {counts.*row.value});
    }
  }
  next_row();
}

}  // namespace sluice::stats
