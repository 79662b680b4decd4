// `log` lines and the formats of access logs (manual §4.2 log, §8).
#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/addresses.h"
#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::LogFormatKind;
using model::LogTarget;
using model::LogTransport;
using model::Proxy;
constexpr Support kYes = Support::Implemented;

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",   "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "auth2",  "ftp",    "ntp",    "audit",  "alert",  "cron2",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> kLevels = {"emerg",   "alert",  "crit", "err",
                                                     "warning", "notice", "info", "debug"};
constexpr std::array<std::string_view, 7> kFormats = {"rfc3164", "rfc5424", "raw",  "short",
                                                      "timed",   "iso",     "local"};

/// The position of the word in the list; complains when it is not there.
std::optional<int> index_of(const base::Word& word, std::span<const std::string_view> choices,
                            Arguments& arguments) {
  const auto found = std::ranges::find(choices, word.text);
  if (found != choices.end()) return static_cast<int>(found - choices.begin());
  arguments.error_choice(word, choices);
  return std::nullopt;
}

bool parse_target(const base::Word& word, LogTarget& target, Arguments& arguments) {
  if (word.text == "stdout" || word.text == "stderr") {
    target.transport = LogTransport::Fd;
    target.fd = word.text == "stdout" ? 1 : 2;
    return true;
  }
  std::string_view text = word.text;
  if (text.starts_with("ring@")) {
    arguments.unsupported(word);
    return false;
  }
  if (text.starts_with("udp@")) text.remove_prefix(4);
  const auto address = parse_address(text);
  if (!address || address->port_form > PortForm::Plain) {
    arguments.error(word.span, address ? "a log target has one port" : address.error().detail);
    return false;
  }
  target.address = address->address;
  if (address->fd) {
    target.transport = LogTransport::Fd;
    target.fd = *address->fd;
  } else if (address->address.is_unix()) {
    target.transport = LogTransport::UnixDatagram;
  } else {
    target.transport = LogTransport::Udp;
    if (address->port != 0) target.port = address->port;
    if (target.address.is_set())
      target.address.set_port(target.port);
    else
      target.host = address->host;
  }
  return true;
}

bool parse_target_options(LogTarget& target, Arguments& arguments) {
  for (;;) {
    if (arguments.take("len")) {
      const auto length = arguments.number(80, 65'535, "a length");
      if (!length) return false;
      target.max_length = *length;
    } else if (arguments.take("format")) {
      const base::Word* name = arguments.expect("a format");
      const auto format = name ? index_of(*name, kFormats, arguments) : std::nullopt;
      if (!format) return false;
      target.format = static_cast<LogFormatKind>(*format);
    } else if (!arguments.empty() && arguments.rest().front().text == "sample") {
      arguments.unsupported(arguments.rest().front());
      return false;
    } else {
      return true;
    }
  }
}

std::optional<LogTarget> parse_log_target(const base::Word& address, Arguments& arguments) {
  LogTarget target;
  target.span = address.span;
  if (!parse_target(address, target, arguments)) return std::nullopt;
  if (!parse_target_options(target, arguments)) return std::nullopt;
  const base::Word* facility = arguments.expect("a facility, such as local0");
  const auto number = facility ? index_of(*facility, kFacilities, arguments) : std::nullopt;
  if (!number) return std::nullopt;
  target.facility = *number;
  if (const base::Word* level = arguments.next()) {
    const auto max = index_of(*level, kLevels, arguments);
    if (!max) return std::nullopt;
    target.max_level = *max;
  }
  if (const base::Word* level = arguments.next()) {
    const auto min = index_of(*level, kLevels, arguments);
    if (!min) return std::nullopt;
    target.min_level = *min;
  }
  if (!arguments.finish()) return std::nullopt;
  return target;
}

void parse_log(Context& context, Arguments& arguments) {
  std::vector<LogTarget>& logs = context.proxy ? context.proxy->logs : context.global().logs;
  if (arguments.form() == Form::No) {
    if (!arguments.finish()) return;
    logs.clear();
    if (context.proxy) context.proxy->log_global = false;
    return;
  }
  const base::Word* address = arguments.expect("an address and a facility");
  if (address == nullptr) return;
  if (address->text == "global" && arguments.empty()) {
    if (context.proxy == nullptr) {
      return arguments.error(address->span, "'log global' cannot stand in the global section");
    }
    context.proxy->log_global = true;
    return;
  }
  if (auto target = parse_log_target(*address, arguments)) logs.push_back(std::move(*target));
}

template <model::FormatText Proxy::*Field>
void parse_format(Context& context, Arguments& arguments) {
  const base::Word* format = arguments.expect("a format");
  if (format == nullptr) return;
  if (!arguments.empty()) {
    return arguments.error(arguments.rest().front().span,
                           "'" + arguments.name() + "' takes one argument",
                           "quote the format, or escape its blanks with a backslash");
  }
  context.proxy->*Field = {format->text, format->span};
  if constexpr (Field == &Proxy::log_format) {
    context.proxy->log_format_choice = Proxy::LogFormatChoice::Custom;
  }
}

void parse_httplog(Context& context, Arguments& arguments) {
  const bool clf = arguments.take("clf");
  if (!arguments.finish()) return;
  context.proxy->log_format_choice =
      clf ? Proxy::LogFormatChoice::Clf : Proxy::LogFormatChoice::Http;
}
void parse_tcplog(Context& context, Arguments& arguments) {
  if (arguments.finish()) context.proxy->log_format_choice = Proxy::LogFormatChoice::Tcp;
}

constexpr std::array<Row, 7> kRows = {{
    {"log", "global | <address> [len <length>] [format <format>] <facility> [<level> [<minlevel>]]",
     kAnywhere, kYes, Negation::Yes, parse_log, "where log lines are sent"},
    {"log-format", "<format>", kFrontends, kYes, Negation::No, parse_format<&Proxy::log_format>,
     "the access log's format"},
    {"error-log-format", "<format>", kFrontends, kYes, Negation::No,
     parse_format<&Proxy::error_log_format>, "the format for connections that fail early"},
    {"log-format-sd", "<format>", kFrontends, kYes, Negation::No,
     parse_format<&Proxy::log_format_sd>, "structured data of lines in format rfc5424"},
    {"log-tag", "<text>", kProxies, kYes, Negation::No, store::word<&Proxy::log_tag>,
     "the program's name in this proxy's syslog lines"},
    {"option httplog", "[clf]", kFrontends, kYes, Negation::No, parse_httplog,
     "the HTTP log format"},
    {"option tcplog", "", kFrontends, kYes, Negation::No, parse_tcplog, "the TCP log format"},
}};

}  // namespace

std::span<const Row> log() { return kRows; }

}  // namespace sluice::config::rows
