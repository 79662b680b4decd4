#include "stats/metric_text.h"

#include <cmath>
#include <limits>

#include "base/text.h"

namespace sluice::stats {

namespace {

/// How many bytes of UTF-8 begin here; 0: none that are valid.
std::size_t valid_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((static_cast<unsigned char>(text[k]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

/// Values that are no UTF-8 would make the whole page unreadable to Prometheus.
std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = valid_length(text);
    if (length != 0)
      out.append(text.substr(0, length));
    else
      out += "\xEF\xBF\xBD";
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

/// What help texts and label values have in common; quotes matter in the latter only.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
}

void append_number(std::string& out, MetricNumber number) {
  if (number.nan) {
    out += "NaN";
    return;
  }
  if (number.negative) out += '-';
  char digits[20];
  std::size_t size = base::write_unsigned(number.digits, digits);
  if (number.decimals == 0) {
    out.append(digits, size);
    return;
  }
  std::string padded(digits, size);
  if (size <= number.decimals) padded.insert(0, number.decimals + 1 - size, '0');
  padded.insert(padded.size() - number.decimals, 1, '.');
  while (padded.back() == '0') padded.pop_back();
  if (padded.back() == '.') padded.pop_back();
  out += padded;
}

std::string_view type_word(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter:
      return "counter";
    case MetricKind::Gauge:
      return "gauge";
    case MetricKind::Histogram:
      return "histogram";
  }
  return "untyped";
}

}  // namespace

double MetricNumber::to_double() const {
  if (nan) return std::numeric_limits<double>::quiet_NaN();
  const double value = static_cast<double>(digits) / std::pow(10.0, decimals);
  return negative ? -value : value;
}

void LabelSet::add(std::string_view name, std::string_view value) {
  const auto& pair = pairs_.emplace_back(std::string(name), as_utf8(value));
  if (!text_.empty()) text_ += ',';
  text_ += name;
  text_ += "=\"";
  append_escaped(text_, pair.second, true);
  text_ += '"';
}

void MetricText::family(std::string_view name, std::string_view help, MetricKind kind) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ';
  append_escaped(text_, help, false);
  text_ += "\n# TYPE " + name_ + ' ';
  text_ += type_word(kind);
  text_ += '\n';
}

void MetricText::line(std::string_view suffix, const LabelSet& labels, std::string_view label,
                      std::string_view label_value, MetricNumber number) {
  text_ += name_;
  text_ += suffix;
  if (!labels.text().empty() || !label.empty()) {
    text_ += '{';
    text_ += labels.text();
    if (!label.empty()) {
      if (!labels.text().empty()) text_ += ',';
      text_ += label;
      text_ += "=\"";
      text_ += label_value;
      text_ += '"';
    }
    text_ += '}';
  }
  text_ += ' ';
  append_number(text_, number);
  text_ += '\n';
}

void MetricText::point(const LabelSet& labels, std::string_view label, std::string_view label_value,
                       MetricNumber number) {
  line({}, labels, label, label_value, number);
}

void MetricText::histogram(const LabelSet& labels, const model::Durations& durations) {
  const std::uint64_t count = durations.count();
  for (const HistogramEdge& edge : kHistogramEdges)
    line("_bucket", labels, "le", edge.seconds, {durations.below(edge.us)});
  line("_bucket", labels, "le", "+Inf", {count});
  line("_sum", labels, {}, {}, {durations.total_ns, 9});
  line("_count", labels, {}, {}, {count});
}

}  // namespace sluice::stats
