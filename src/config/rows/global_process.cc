// The global section: the process, its rights, its names and the runtime socket.
#include <unistd.h>

#include <array>

#include "config/addresses.h"
#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::Global;
constexpr Support kYes = Support::Implemented;

// Takes effect while the file is read (collector.cc); here only the shape is checked.
void check_setenv(Context&, Arguments& arguments) {
  if (arguments.expect("a name") != nullptr && arguments.expect("a value") != nullptr) {
    (void)arguments.finish();
  }
}
void check_unsetenv(Context&, Arguments& arguments) {
  if (arguments.expect("at least one name") != nullptr) (void)arguments.take_rest();
}
void check_resetenv(Context&, Arguments& arguments) { (void)arguments.take_rest(); }

void parse_zero_warning(Context& context, Arguments& arguments) {
  if (arguments.finish()) context.warnings_are_errors = true;
}

void parse_master_worker(Context& context, Arguments& arguments) {
  (void)arguments.take("no-exit-on-failure");
  if (arguments.finish()) context.global().master_worker = true;
}

void parse_log_send_hostname(Context& context, Arguments& arguments) {
  const base::Word* name = arguments.next();
  if (!arguments.finish()) return;
  if (name != nullptr) {
    context.global().log_send_hostname = name->text;
    return;
  }
  char host[256] = "localhost";
  if (gethostname(host, sizeof(host) - 1) == 0) context.global().log_send_hostname = host;
}

void parse_stats_socket(Context& context, Arguments& arguments) {
  const base::Word* where = arguments.expect("an address");
  if (where == nullptr) return;
  const auto address = parse_address(where->text);
  if (!address) return arguments.error(where->span, address.error().detail);
  model::StatsSocket socket;
  socket.span = where->span;
  if (address->fd || !address->address.is_set()) {
    return arguments.error(where->span, "a stats socket needs a path or an IP address and a port");
  }
  const bool has_port = address->port_form == PortForm::Plain && address->port != 0;
  if (!address->address.is_unix() && !has_port) {
    return arguments.error(where->span, "'" + where->text + "' needs a port");
  }
  socket.address = address->address;
  parse_options(context, socket, arguments, stats_socket_options());
  context.global().stats_sockets.push_back(std::move(socket));
}

void parse_level(Context&, model::StatsSocket& socket, Arguments& arguments) {
  using Level = model::StatsSocket::Level;
  const base::Word* level = arguments.expect("user, operator or admin");
  if (level == nullptr) return;
  constexpr std::array<std::string_view, 3> kLevels = {"user", "operator", "admin"};
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (level->text == kLevels[i]) {
      socket.level = static_cast<Level>(i);
      return;
    }
  }
  arguments.error_choice(*level, kLevels);
}

void parse_mode(Context&, model::StatsSocket& socket, Arguments& arguments) {
  socket.mode = arguments.octal();
}
void parse_user(Context&, model::StatsSocket& socket, Arguments& arguments) {
  if (const base::Word* name = arguments.expect("a user's name")) socket.user = name->text;
}
void parse_group(Context&, model::StatsSocket& socket, Arguments& arguments) {
  if (const base::Word* name = arguments.expect("a group's name")) socket.group = name->text;
}
template <std::optional<unsigned> model::StatsSocket::*Field>
void parse_identity(Context&, model::StatsSocket& socket, Arguments& arguments) {
  if (const auto id = arguments.number(0, 4'294'967'294)) socket.*Field = *id;
}
void parse_socket_maxconn(Context&, model::StatsSocket& socket, Arguments& arguments) {
  if (const auto value = arguments.number(1, 1'000'000)) socket.maxconn = *value;
}
void parse_severity(Context&, model::StatsSocket& socket, Arguments& arguments) {
  const base::Word* word = arguments.expect("none, number or string");
  if (word == nullptr) return;
  constexpr std::array<std::string_view, 3> kWords = {"none", "number", "string"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (word->text != kWords[i]) continue;
    socket.severity = static_cast<model::StatsSocket::Severity>(i);
    return;
  }
  arguments.error_choice(*word, kWords);
}
void parse_expose_fd(Context&, model::StatsSocket&, Arguments& arguments) {
  if (!arguments.take("listeners")) arguments.error("'expose-fd' needs 'listeners'");
}

void parse_close_spread(Context& context, Arguments& arguments) {
  if (arguments.take("infinite")) {
    context.global().close_spread_infinite = arguments.finish();
    return;
  }
  store::milliseconds<&Global::close_spread_ms>(context, arguments);
}

constexpr std::array<Row, 27> kRows = {{
    {"daemon", "", kGlobal, kYes, Negation::No, store::flag<&Global::daemon>,
     "goes to the background once it listens"},
    {"quiet", "", kGlobal, kYes, Negation::No, store::flag<&Global::quiet>,
     "says nothing at start, as -q does"},
    {"zero-warning", "", kGlobal, kYes, Negation::No, parse_zero_warning,
     "refuses a configuration that has warnings"},
    {"master-worker", "[no-exit-on-failure]", kGlobal, Support::Automatic, Negation::No,
     parse_master_worker, "one process serves, reloads and hands over; it needs no master"},
    {"nbthread", "<number>", kGlobal, kYes, Negation::No, store::number<&Global::nbthread, 1, 64>,
     "number of worker threads"},
    {"maxconn", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::maxconn, 0, 2'000'000'000>, "client connections of the whole process"},
    {"ulimit-n", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::ulimit_n, 0, 2'000'000'000>, "limit of open descriptors to ask for"},
    {"hard-stop-after", "<time>", kGlobal, kYes, Negation::No,
     store::milliseconds<&Global::hard_stop_after_ms>, "how long a soft stop may last"},
    {"grace", "<time>", kGlobal, kYes, Negation::No, store::milliseconds<&Global::grace_ms>,
     "how long connections are still accepted after the order to stop softly"},
    {"close-spread-time", "<time>|infinite", kGlobal, kYes, Negation::No, parse_close_spread,
     "over what time a soft stop closes keep-alive connections"},
    {"pidfile", "<file>", kGlobal, kYes, Negation::No, store::word<&Global::pidfile>,
     "file that receives the process's id"},
    {"user", "<name>", kGlobal, kYes, Negation::No, store::word<&Global::user>,
     "user to become once it listens"},
    {"group", "<name>", kGlobal, kYes, Negation::No, store::word<&Global::group>,
     "group to become once it listens"},
    {"chroot", "<directory>", kGlobal, kYes, Negation::No, store::word<&Global::chroot>,
     "root directory once it listens"},
    {"node", "<name>", kGlobal, kYes, Negation::No, store::word<&Global::node>,
     "the node's name on the stats page and the runtime socket"},
    {"description", "<text>", kGlobal, kYes, Negation::No, store::text<&Global::description>,
     "text shown on the stats page and the runtime socket"},
    {"log-tag", "<text>", kGlobal, kYes, Negation::No, store::word<&Global::log_tag>,
     "the program's name in syslog lines"},
    {"log-send-hostname", "[<name>]", kGlobal, kYes, Negation::No, parse_log_send_hostname,
     "puts a host name into syslog headers"},
    {"stats socket", "<address> [<option>…]", kGlobal, kYes, Negation::No, parse_stats_socket,
     "a runtime socket"},
    {"stats timeout", "<time>", kGlobal, kYes, Negation::No,
     store::milliseconds<&Global::stats_timeout_ms>, "how long an idle runtime connection lives"},
    {"stats maxconn", "<number>", kGlobal, kYes, Negation::No,
     store::number<&Global::stats_maxconn, 1, 1'000'000>,
     "connections of all runtime sockets at a time; more wait in the backlog"},
    {"setenv", "<name> <value>", kGlobal, kYes, Negation::No, check_setenv,
     "sets a variable for the lines below"},
    {"presetenv", "<name> <value>", kGlobal, kYes, Negation::No, check_setenv,
     "sets a variable for the lines below unless it is set"},
    {"unsetenv", "<name>…", kGlobal, kYes, Negation::No, check_unsetenv,
     "forgets variables for the lines below"},
    {"resetenv", "[<name>…]", kGlobal, kYes, Negation::No, check_resetenv,
     "forgets all variables but these for the lines below"},
    {"spread-checks", "<percent>", kGlobal, kYes, Negation::No,
     store::number<&Global::spread_checks_percent, 0, 50>, "random spread of the check intervals"},
    {"max-spread-checks", "<time>", kGlobal, kYes, Negation::No,
     store::milliseconds<&Global::max_spread_checks_ms>, "longest time over which checks start"},
}};

constexpr std::array<OptionRow<model::StatsSocket>, 12> kSocketOptions = {{
    {"level", "user|operator|admin", kYes, parse_level, "what the connection may do"},
    {"mode", "<octal>", kYes, parse_mode, "rights of the socket's file"},
    {"user", "<name>", kYes, parse_user, "owner of the socket's file"},
    {"group", "<name>", kYes, parse_group, "group of the socket's file"},
    {"expose-fd", "listeners", Support::Automatic, parse_expose_fd,
     "listening sockets outlive a reload by themselves and are handed to a successor"},
    {"uid", "<number>", kYes, parse_identity<&model::StatsSocket::uid>,
     "owner of the socket's file"},
    {"gid", "<number>", kYes, parse_identity<&model::StatsSocket::gid>,
     "group of the socket's file"},
    {"maxconn", "<number>", kYes, parse_socket_maxconn,
     "connections at a time; more wait in the backlog"},
    {"severity-output", "none|number|string", kYes, parse_severity,
     "marks answers with how much they matter"},
    {"name", "", Support::Unsupported, nullptr, ""},
    {"process", "", Support::Unsupported, nullptr, ""},
    {"ssl", "", Support::Unsupported, nullptr, ""},
}};

}  // namespace

std::span<const Row> global_process() { return kRows; }
std::span<const OptionRow<model::StatsSocket>> stats_socket_options() { return kSocketOptions; }

}  // namespace sluice::config::rows
