#include "stats/metric_text.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

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

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

constexpr std::size_t kMostDecimals = 9;
/// A sign, 20 digits, a point, and as many zeros as may come before the first digit.
constexpr std::size_t kNumberBytes = 22 + kMostDecimals;

/// With its decimals but for zeros at the end.
char* put_fraction(char* at, std::uint64_t digits, std::size_t decimals) {
  assert(decimals <= kMostDecimals);
  char buffer[kMostDecimals + 20];
  std::memset(buffer, '0', kMostDecimals);
  char* const first = buffer + kMostDecimals;
  char* const end = first + base::write_unsigned(digits, first);
  char* const point = end - decimals;
  const char* begin = std::min(first, point - 1);  // at least one digit before the point
  char* last = end;
  while (last != point && last[-1] == '0') --last;
  at = put(at, {begin, point});
  if (last == point) return at;
  *at++ = '.';
  return put(at, {point, last});
}

char* put_number(char* at, MetricNumber number) {
  if (number.nan) return put(at, "NaN");
  if (number.negative) *at++ = '-';
  if (number.decimals != 0) return put_fraction(at, number.digits, number.decimals);
  return at + base::write_unsigned(number.digits, at);
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

char* MetricText::room(std::size_t bytes) {
  if (text_.size() < used_ + bytes) text_.resize(std::max(used_ + bytes, piece_bytes_ * 5 / 4));
  return text_.data() + used_;
}

std::string MetricText::take() {
  text_.resize(std::exchange(used_, 0));
  return std::exchange(text_, {});
}

void MetricText::family(std::string_view name, std::string_view help, MetricKind kind) {
  name_ = name;
  if (kind == MetricKind::Histogram) {
    bucket_ = name_ + "_bucket";
    sum_ = name_ + "_sum";
    count_ = name_ + "_count";
  }
  std::string head = "# HELP " + name_ + ' ';
  append_escaped(head, help, false);
  head += "\n# TYPE " + name_ + ' ';
  head += type_word(kind);
  head += '\n';
  used_ = static_cast<std::size_t>(put(room(head.size()), head) - text_.data());
}

void MetricText::line(std::string_view name, const LabelSet& labels, std::string_view label,
                      std::string_view label_value, MetricNumber number) {
  constexpr std::size_t kAround = sizeof("{,=\"\"} \n") + kNumberBytes;
  const std::string& text = labels.text();
  char* at = room(name.size() + text.size() + label.size() + label_value.size() + kAround);
  at = put(at, name);
  if (!text.empty() || !label.empty()) {
    *at++ = '{';
    at = put(at, text);
    if (!label.empty()) {
      if (!text.empty()) *at++ = ',';
      at = put(at, label);
      *at++ = '=';
      *at++ = '"';
      at = put(at, label_value);
      *at++ = '"';
    }
    *at++ = '}';
  }
  *at++ = ' ';
  at = put_number(at, number);
  *at++ = '\n';
  used_ = static_cast<std::size_t>(at - text_.data());
}

void MetricText::point(const LabelSet& labels, std::string_view label, std::string_view label_value,
                       MetricNumber number) {
  line(name_, labels, label, label_value, number);
}

void MetricText::histogram(const LabelSet& labels, const model::Durations& durations) {
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  const auto count_to = [&](std::size_t end) {
    for (; bucket < end; ++bucket) below += durations.buckets[bucket];
  };
  for (const HistogramEdge& edge : kHistogramEdges) {
    count_to(model::durations::bucket_of(edge.us));
    line(bucket_, labels, "le", edge.seconds, {below});
  }
  count_to(durations.buckets.size());
  line(bucket_, labels, "le", "+Inf", {below});
  line(sum_, labels, {}, {}, {durations.total_ns, 9});
  line(count_, labels, {}, {}, {below});
}

}  // namespace sluice::stats
