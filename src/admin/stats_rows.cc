#include "admin/stats_rows.h"

#include <array>
#include <string_view>

#include "admin/html.h"
#include "stats/fields.h"
#include "stats/status.h"

namespace sluice::admin {

using model::Counter;
using stats::ObjectKind;
using stats::Sample;
using stats::StateLabel;

namespace {

/// The number of a field as text; empty where the field is.
std::string value(const Sample& sample, std::size_t field) {
  std::string out;
  stats::append_plain(out, stats::fields()[field].of(sample));
  return out;
}

/// Groups of three digits, as people read them.
std::string grouped(std::string_view digits) {
  std::string out;
  const bool plain = digits.empty() || digits.front() == '-';
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (!plain && i != 0 && (digits.size() - i) % 3 == 0) out += "\u2009";
    out += digits[i];
  }
  return out;
}

void append_tip(std::string& out, std::string_view shown, std::string_view tip) {
  if (tip.empty()) {
    out += shown;
    return;
  }
  out += "<u tabindex=\"0\">";
  out += shown;
  out += "<span class=\"tips\" role=\"tooltip\">";
  out += tip;
  out += "</span></u>";
}

void tip_line(std::string& tip, std::string_view label, std::string_view number) {
  if (number.empty()) return;
  if (!tip.empty()) tip += "<br>";
  tip += label;
  tip += ": ";
  tip += number;
}

void tip_count(std::string& tip, std::string_view label, const Sample& sample, Counter counter) {
  tip_line(tip, label, grouped(std::to_string(sample.count(counter))));
}

std::string rate_tip(const Sample& s, bool maximum) {
  if (!s.is(ObjectKind::Frontend)) return {};
  std::string tip;
  tip_line(tip, "Connections per second",
           std::to_string(maximum ? s.connection_rate_max : s.connection_rate));
  tip_line(tip, "Sessions per second",
           std::to_string(maximum ? s.session_rate_max : s.session_rate));
  if (s.is_http()) {
    tip_line(tip, "Requests per second",
             std::to_string(maximum ? s.request_rate_max : s.request_rate));
  }
  return tip;
}

std::string times_tip(const Sample& s) {
  static const std::size_t kTimes[] = {stats::field_index("qtime"), stats::field_index("ctime"),
                                       stats::field_index("rtime"), stats::field_index("ttime")};
  std::string tip;
  tip_line(tip, "Mean time in queue", value(s, kTimes[0]) + " ms");
  tip_line(tip, "Mean time to connect", value(s, kTimes[1]) + " ms");
  tip_line(tip, "Mean time to respond", value(s, kTimes[2]) + " ms");
  tip_line(tip, "Mean total time", value(s, kTimes[3]) + " ms");
  return tip;
}

std::string sessions_tip(const Sample& s) {
  std::string tip;
  if (s.is(ObjectKind::Listener)) return tip;
  if (s.is(ObjectKind::Frontend)) tip_count(tip, "Connections", s, Counter::Connections);
  tip_count(tip, "Sessions", s, Counter::Sessions);
  if (!s.is(ObjectKind::Frontend)) {
    tip_count(tip, "New connections", s, Counter::Connects);
    tip_count(tip, "Reused connections", s, Counter::Reuses);
  }
  if (s.is_http()) {
    tip_count(tip, "HTTP requests", s, Counter::Requests);
    tip_count(tip, "1xx responses", s, Counter::Responses1xx);
    tip_count(tip, "2xx responses", s, Counter::Responses2xx);
    tip_count(tip, "3xx responses", s, Counter::Responses3xx);
    tip_count(tip, "4xx responses", s, Counter::Responses4xx);
    tip_count(tip, "5xx responses", s, Counter::Responses5xx);
    tip_count(tip, "Other responses", s, Counter::ResponsesOther);
  }
  if (s.is(ObjectKind::Frontend))
    tip_count(tip, "Answered by Sluice itself", s, Counter::Intercepted);
  tip_count(tip, "Failed header rewrites", s, Counter::FailedRewrites);
  tip_count(tip, "Internal errors", s, Counter::InternalErrors);
  if (!s.is(ObjectKind::Frontend)) tip += "<br>" + times_tip(s);
  return tip;
}

std::string current_sessions_tip(const Sample& s) {
  std::string tip;
  if (!s.is(ObjectKind::Server)) return tip;
  tip_line(tip, "Connections at work", std::to_string(s.sessions));
  tip_line(tip, "Idle connections", std::to_string(s.idle_connections));
  return tip;
}

std::string aborts_tip(const Sample& s) {
  if (s.is(ObjectKind::Frontend) || s.is(ObjectKind::Listener)) return {};
  std::string tip;
  tip_count(tip, "Transfers broken off by clients", s, Counter::ClientAborts);
  tip_count(tip, "Transfers broken off by servers", s, Counter::ServerAborts);
  return tip;
}

/// A column that shows a field's number, with an optional tip.
struct NumberColumn {
  std::string_view field;
  bool limit;  // an empty limit is shown as "-"
  std::string (*tip)(const Sample&);
};
constexpr NumberColumn kNumbers[] = {
    {"qcur", false, nullptr},
    {"qmax", false, nullptr},
    {"qlimit", true, nullptr},
    {"rate", false, [](const Sample& s) { return rate_tip(s, false); }},
    {"rate_max", false, [](const Sample& s) { return rate_tip(s, true); }},
    {"rate_lim", true, nullptr},
    {"scur", false, current_sessions_tip},
    {"smax", false, nullptr},
    {"slim", true, nullptr},
    {"stot", false, sessions_tip},
    {"lbtot", false, nullptr},
    {"lastsess", false, nullptr},
    {"bin", false, nullptr},
    {"bout", false, nullptr},
    {"dreq", false, nullptr},
    {"dresp", false, nullptr},
    {"ereq", false, nullptr},
    {"econ", false, nullptr},
    {"eresp", false, aborts_tip},
    {"wretr", false, nullptr},
    {"wredis", false, nullptr},
};
constexpr std::size_t kNumberCount = std::size(kNumbers);

void append_number_cells(std::string& out, const Sample& sample) {
  static const auto kFieldOf = [] {
    std::array<std::size_t, kNumberCount> indexes{};
    for (std::size_t i = 0; i < kNumberCount; ++i)
      indexes[i] = stats::field_index(kNumbers[i].field);
    return indexes;
  }();
  for (std::size_t i = 0; i < kNumberCount; ++i) {
    const NumberColumn& column = kNumbers[i];
    const stats::Field& field = stats::fields()[kFieldOf[i]];
    out += "<td>";
    if (field.has(sample.kind)) {
      std::string shown = value(sample, kFieldOf[i]);
      if (column.field == "lastsess") {
        shown = sample.last_session_s < 0
                    ? "?"
                    : short_duration(static_cast<std::uint64_t>(sample.last_session_s));
      } else if (column.limit && (shown.empty() || shown == "0")) {
        shown = "-";
      } else {
        shown = grouped(std::move(shown));
      }
      append_tip(out, shown, column.tip != nullptr ? column.tip(sample) : std::string());
    }
    out += "</td>";
  }
}

void append_check_cell(std::string& out, const Sample& sample) {
  out += "<td class=\"ac\">";
  if (!sample.tracked.empty()) {
    const std::string tracked = escape_html(sample.tracked);
    out += "<a class=\"lfsb\" href=\"#" + tracked + "\">via " + tracked + "</a>";
  } else if (sample.is(ObjectKind::Server) && sample.checks_shown) {
    const model::CheckReport& report = sample.server_live->history.last_check;
    std::string shown = sample.server_live->history.check_running ? "* " : "";
    shown += model::code_of(report.status);
    if (report.code != 0) shown += "/" + std::to_string(report.code);
    if (report.status != model::CheckStatus::Unknown && report.status != model::CheckStatus::Init) {
      shown += " in " + std::to_string(report.duration_ms) + "ms";
    }
    std::string tip = escape_html(model::description_of(report.status));
    if (!report.detail.empty()) tip += ": " + escape_html(report.detail);
    append_tip(out, escape_html(shown), tip);
  }
  out += "</td>";
}

void append_status_cell(std::string& out, const Sample& sample) {
  out += "<td class=\"ac status\">";
  if (sample.is(ObjectKind::Server) || sample.is(ObjectKind::Backend)) {
    if (sample.status != "no check") out += short_duration(sample.last_change_s) + " ";
  }
  out += escape_html(sample.status);
  out += "</td>";
}

/// Weight, act, bck, failed checks, downs, downtime, throttle.
void append_server_cells(std::string& out, const Sample& sample) {
  const auto cell = [&out](const std::string& text) {
    out += "<td class=\"ac\">" + text + "</td>";
  };
  if (sample.is(ObjectKind::Frontend) || sample.is(ObjectKind::Listener)) {
    out += "<td class=\"ac\" colspan=\"7\"></td>";
    return;
  }
  cell(std::to_string(sample.weight) + "/" + std::to_string(sample.user_weight));
  if (sample.is(ObjectKind::Backend)) {
    cell(std::to_string(sample.active));
    cell(std::to_string(sample.backup));
    cell("");
    cell(std::to_string(sample.downs));
    cell(sample.has_servers ? short_duration(sample.down_s) : "");
    cell("");
    return;
  }
  cell(sample.active != 0 ? "Y" : "-");
  cell(sample.backup != 0 ? "Y" : "-");
  const bool checked = sample.server_live->check_enabled;
  cell(checked ? std::to_string(sample.server_live->history.checks_failed) : "");
  cell(checked ? std::to_string(sample.downs) : "");
  cell(checked ? short_duration(sample.down_s) : "");
  cell("-");
}

std::string_view label_of(const Sample& sample) {
  switch (sample.kind) {
    case ObjectKind::Frontend:
      return "Frontend";
    case ObjectKind::Backend:
      return "Backend";
    default:
      return sample.object_name();
  }
}

std::string name_tip(const Sample& sample) {
  std::string tip;
  if (sample.is(ObjectKind::Backend)) {
    tip = "balancing: " + escape_html(sample.proxy->balance.name());
    if (!sample.cookie.empty()) tip_line(tip, "cookie", escape_html(sample.cookie));
    return tip;
  }
  if (sample.is(ObjectKind::Frontend)) return tip;
  tip_line(tip, "address", escape_html(sample.address));
  tip_line(tip, "id", std::to_string(sample.sid));
  if (sample.server != nullptr) tip_line(tip, "cookie", escape_html(sample.cookie));
  return tip;
}

void append_name_cell(std::string& out, const Sample& sample, bool legends) {
  const std::string label = escape_html(label_of(sample));
  const std::string anchor = escape_html(sample.proxy->name) + "/" + label;
  out += "<th scope=\"row\" class=\"ac\">";
  append_tip(out,
             "<a class=\"lfsb\" id=\"" + anchor + "\" href=\"#" + anchor + "\">" + label + "</a>",
             legends ? name_tip(sample) : std::string());
  out += "</th>";
}

}  // namespace

std::string short_duration(std::uint64_t seconds) {
  struct Unit {
    std::uint64_t seconds;
    char letter;
  };
  constexpr Unit kUnits[] = {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}};
  for (std::size_t i = 0; i + 1 < std::size(kUnits); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    std::string out = std::to_string(seconds / kUnits[i].seconds) + kUnits[i].letter;
    const std::uint64_t rest = seconds % kUnits[i].seconds / kUnits[i + 1].seconds;
    if (rest != 0) out += std::to_string(rest) + kUnits[i + 1].letter;
    return out;
  }
  return std::to_string(seconds) + 's';
}

std::string row_class(const Sample& sample) {
  switch (sample.kind) {
    case ObjectKind::Frontend:
      return "frontend";
    case ObjectKind::Backend:
      return "backend";
    case ObjectKind::Listener:
      return "socket";
    case ObjectKind::Server:
      break;
  }
  if (sample.state == StateLabel::Maint) return "maintain";
  const std::string side = sample.backup != 0 ? "backup_" : "active_";
  const stats::CheckSettings check = stats::check_settings(*sample.server_live);
  const auto trend = stats::server_trend(sample.word, check);
  switch (sample.state) {
    case StateLabel::Down:
      return side + (trend == stats::Trend::GoingUp ? "going_up" : "down");
    case StateLabel::NoLb:
      return side + "nolb";
    case StateLabel::Drain:
      return side + "draining";
    case StateLabel::Maint:
    case StateLabel::Up:
      break;
  }
  if (sample.word.weight == 0) return side + "draining";
  if (!check.enabled) return side + "no_check";
  return side + (trend == stats::Trend::GoingDown ? "going_down" : "up");
}

void append_row(std::string& out, const Sample& sample, const RowStyle& style) {
  out += "<tr class=\"" + row_class(sample) + "\">";
  if (style.buttons == Buttons::Shown) {
    out += "<td class=\"ac\">";
    if (sample.is(ObjectKind::Server)) {
      const std::string name = escape_html(sample.object_name());
      out +=
          "<input type=\"checkbox\" name=\"s\" value=\"" + name + "\" aria-label=\"" + name + "\">";
    }
    out += "</td>";
  }
  append_name_cell(out, sample, style.legends);
  append_number_cells(out, sample);
  append_status_cell(out, sample);
  append_check_cell(out, sample);
  append_server_cells(out, sample);
  out += "</tr>\n";
}

}  // namespace sluice::admin
