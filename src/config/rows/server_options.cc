// The options of server and default-server lines (manual §5.2).
#include <array>

#include "base/text.h"
#include "config/addresses.h"
#include "config/rows/rows.h"
#include "config/tls_words.h"

namespace sluice::config::rows {
namespace {

using model::CheckOptions;
using model::Server;
using model::ServerTls;
using model::TlsOptions;
constexpr Support kYes = Support::Implemented;
constexpr Support kNot = Support::Unsupported;

template <std::uint32_t CheckOptions::*Field>
void check_time(Context&, Server& server, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (!value) return;
  if (*value == 0) return arguments.error("'" + arguments.name() + "' must be above 0");
  server.check.*Field = *value;
}
template <std::uint32_t CheckOptions::*Field>
void check_count(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(1, 1'000'000)) server.check.*Field = *value;
}
template <bool CheckOptions::*Field, bool Value>
void check_flag(Context&, Server& server, Arguments&) {
  server.check.*Field = Value;
}
template <std::uint32_t Server::*Field>
void number(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(0, 2'000'000'000)) server.*Field = *value;
}
template <bool Server::*Field, bool Value>
void flag(Context&, Server& server, Arguments&) {
  server.*Field = Value;
}
template <std::string ServerTls::*Field>
void tls_text(Context&, Server& server, Arguments& arguments) {
  if (const base::Word* word = arguments.expect("a value")) server.tls.*Field = word->text;
}
template <std::string TlsOptions::*Field>
void tls_list(Context&, Server& server, Arguments& arguments) {
  if (const base::Word* word = arguments.expect("a list")) server.tls.options.*Field = word->text;
}
template <bool Value>
void tls_enable(Context&, Server& server, Arguments&) {
  server.tls.enabled = Value;
}
template <bool NoTickets>
void tls_tickets(Context&, Server& server, Arguments&) {
  server.tls.options.no_tickets = NoTickets;
}

void parse_weight(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(0, 256))
    server.weight = static_cast<std::uint16_t>(*value);
}
void parse_id(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(1, 2'147'483'647)) server.numeric_id = *value;
}
void parse_port(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(1, 65'535, "a port")) {
    server.check.port = static_cast<std::uint16_t>(*value);
  }
}

void parse_addr(Context&, Server& server, Arguments& arguments) {
  const base::Word* word = arguments.expect("an address");
  if (word == nullptr) return;
  const auto address = parse_address(word->text);
  if (!address) return arguments.error(word->span, address.error().detail);
  if (address->port_form == PortForm::Plain && address->port != 0)
    server.check.port = address->port;
  server.check.address = address->host;
}

void parse_agent_port(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(1, 65'535, "a port"))
    server.agent.port = static_cast<std::uint16_t>(*value);
}
void parse_agent_inter(Context&, Server& server, Arguments& arguments) {
  const auto value = arguments.milliseconds();
  if (!value) return;
  if (*value == 0) return arguments.error("'agent-inter' must be above 0");
  server.agent.inter_ms = *value;
}
template <std::string model::AgentOptions::*Field>
void agent_text(Context&, Server& server, Arguments& arguments) {
  if (const base::Word* word = arguments.expect("a value")) server.agent.*Field = word->text;
}
template <bool Value>
void agent_enable(Context&, Server& server, Arguments&) {
  server.agent.enabled = Value;
}
/// An option with one possible value.
bool take_only(Arguments& arguments, std::string_view value) {
  const std::array<std::string_view, 1> choices = {value};
  const base::Word* word = arguments.expect("'" + std::string(value) + "'");
  if (word == nullptr || word->text == value) return word != nullptr;
  arguments.error_choice(*word, choices);
  return false;
}
void parse_on_marked_down(Context&, Server& server, Arguments& arguments) {
  if (take_only(arguments, "shutdown-sessions")) server.shutdown_sessions_when_down = true;
}
void parse_on_marked_up(Context&, Server& server, Arguments& arguments) {
  if (take_only(arguments, "shutdown-backup-sessions"))
    server.shutdown_backup_sessions_when_up = true;
}

/// One of a few words, by its place among them.
template <std::size_t N>
std::optional<std::size_t> take_word(Arguments& arguments,
                                     const std::array<std::string_view, N>& words) {
  const base::Word* word = arguments.expect("one of its modes");
  if (word == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word->text) return i;
  }
  arguments.error_choice(*word, words);
  return std::nullopt;
}
void parse_observe(Context&, Server& server, Arguments& arguments) {
  constexpr std::array<std::string_view, 3> kModes = {"none", "layer4", "layer7"};
  if (const auto mode = take_word(arguments, kModes))
    server.observe = static_cast<model::Observe>(*mode);
}
void parse_error_limit(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.number(1, 1'000'000)) server.error_limit = *value;
}
void parse_on_error(Context&, Server& server, Arguments& arguments) {
  constexpr std::array<std::string_view, 4> kActions = {"fastinter", "fail-check", "sudden-death",
                                                        "mark-down"};
  if (const auto action = take_word(arguments, kActions))
    server.on_error = static_cast<model::OnError>(*action);
}

void parse_track(Context&, Server& server, Arguments& arguments) {
  const base::Word* word = arguments.expect("a server, or a backend and its server");
  if (word == nullptr) return;
  const std::size_t slash = word->text.rfind('/');
  server.track = {slash == std::string::npos ? std::string() : word->text.substr(0, slash),
                  slash == std::string::npos ? word->text : word->text.substr(slash + 1),
                  word->span};
}

void parse_init_addr(Context&, Server& server, Arguments& arguments) {
  const base::Word* list = arguments.expect("last, libc, none or an IP address");
  if (list == nullptr) return;
  server.init_address.clear();
  base::for_each_element(list->text, [&](std::string_view method) {
    using model::InitAddress;
    if (method == "last") return server.init_address.push_back(InitAddress::Last);
    if (method == "libc") return server.init_address.push_back(InitAddress::Libc);
    if (method == "none") return server.init_address.push_back(InitAddress::None);
    const auto ip = base::Address::from_ip(method, 0);
    if (!ip) {
      return arguments.error(list->span, "'" + std::string(method) +
                                             "' is none of last, libc, none and an IP address");
    }
    server.init_address.push_back(InitAddress::Ip);
    server.init_address_ip = *ip;
  });
}

void parse_verify(Context&, Server& server, Arguments& arguments) {
  const base::Word* value = arguments.expect("none or required");
  if (value == nullptr) return;
  constexpr std::array<std::string_view, 2> kChoices = {"none", "required"};
  if (value->text != "none" && value->text != "required") {
    return arguments.error_choice(*value, kChoices);
  }
  server.tls.verify = value->text == "required";
  server.tls.verify_set = true;
}

void parse_ca_file(Context& context, Server& server, Arguments& arguments) {
  const base::Word* file = arguments.expect("a file");
  if (file == nullptr) return;
  server.tls.ca_file =
      file->text == "@system-ca" ? file->text : based_on(context.global().ca_base, file->text);
}
void parse_crt(Context& context, Server& server, Arguments& arguments) {
  if (const base::Word* file = arguments.expect("a file")) {
    server.tls.certificate = based_on(context.global().crt_base, file->text);
  }
}
void parse_sni(Context&, Server& server, Arguments& arguments) {
  const base::Word* expression = arguments.expect("an expression, such as str(name)");
  if (expression == nullptr) return;
  server.tls.sni_expression = expression->text;
  server.tls.sni_span = expression->span;
}
void parse_alpn(Context&, Server& server, Arguments& arguments) {
  if (const base::Word* list = arguments.expect("a list of protocols")) {
    server.tls.alpn = alpn_list(*list, arguments);
  }
}
void parse_cookie(Context&, Server& server, Arguments& arguments) {
  if (const base::Word* value = arguments.expect("a value")) server.cookie = value->text;
}
void parse_pool_max_conn(Context&, Server& server, Arguments& arguments) {
  if (arguments.take("-1")) {
    server.pool_max_conn.reset();
    return;
  }
  if (const auto value = arguments.number(0, 2'000'000'000)) server.pool_max_conn = *value;
}
void parse_max_reuse(Context&, Server& server, Arguments& arguments) {
  if (arguments.take("-1")) {
    server.max_reuse.reset();
    return;
  }
  if (const auto value = arguments.number(0, 2'000'000'000)) server.max_reuse = *value;
}
void parse_pool_low_conn(Context&, Server&, Arguments& arguments) {
  (void)arguments.number(0, 2'000'000'000);
}
void parse_source_option(Context&, Server& server, Arguments& arguments) {
  parse_source(server.source, arguments, SourcePorts::Range);
}
void parse_tcp_ut(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.milliseconds()) server.user_timeout_ms = *value;
}
void parse_slowstart(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.milliseconds()) server.slowstart_ms = *value;
}
void parse_pool_purge_delay(Context&, Server& server, Arguments& arguments) {
  if (const auto value = arguments.milliseconds()) server.pool_purge_delay_ms = *value;
}

std::vector<OptionRow<Server>> check_rows() {
  return {
      {"check", "", kYes, check_flag<&CheckOptions::enabled, true>, "health checks"},
      {"no-check", "", kYes, check_flag<&CheckOptions::enabled, false>, "no health checks"},
      {"inter", "<time>", kYes, check_time<&CheckOptions::inter_ms>, "time between two checks"},
      {"fastinter", "<time>", kYes, check_time<&CheckOptions::fastinter_ms>,
       "the same while the state is about to change"},
      {"downinter", "<time>", kYes, check_time<&CheckOptions::downinter_ms>,
       "the same while the server is down"},
      {"rise", "<number>", kYes, check_count<&CheckOptions::rise>, "good checks that make it up"},
      {"fall", "<number>", kYes, check_count<&CheckOptions::fall>, "bad checks that make it down"},
      {"port", "<port>", kYes, parse_port, "port of the checks"},
      {"addr", "<address>", kYes, parse_addr, "address of the checks"},
      {"agent-check", "", kYes, agent_enable<true>, "asks an agent on the server how it is"},
      {"no-agent-check", "", kYes, agent_enable<false>, "asks no agent"},
      {"agent-port", "<port>", kYes, parse_agent_port, "port of the agent"},
      {"agent-addr", "<address>", kYes, agent_text<&model::AgentOptions::address>,
       "address of the agent"},
      {"agent-inter", "<time>", kYes, parse_agent_inter, "time between two questions to the agent"},
      {"agent-send", "<text>", kYes, agent_text<&model::AgentOptions::send>,
       "what the agent is sent before it speaks"},
      {"on-marked-down", "shutdown-sessions", kYes, parse_on_marked_down,
       "ends the requests of a server that goes down"},
      {"on-marked-up", "shutdown-backup-sessions", kYes, parse_on_marked_up,
       "ends the requests of backup servers when this one comes up"},
      {"observe", "none|layer4|layer7", kYes, parse_observe,
       "live traffic counts like checks: its connections, or its responses"},
      {"error-limit", "<number>", kYes, parse_error_limit,
       "errors in a row after which 'on-error' follows"},
      {"on-error", "fastinter|fail-check|sudden-death|mark-down", kYes, parse_on_error,
       "what follows when live traffic shows too many errors"},
      {"track", "[<backend>/]<server>", kYes, parse_track,
       "follows the states of another server instead of being checked"},
      {"check-ssl", "", kYes, check_flag<&CheckOptions::tls, true>, "checks over TLS"},
      {"no-check-ssl", "", kYes, check_flag<&CheckOptions::tls, false>, "checks in clear text"},
  };
}

std::vector<OptionRow<Server>> traffic_rows() {
  return {
      {"weight", "<0-256>", kYes, parse_weight, "share of the traffic"},
      {"maxconn", "<number>", kYes, number<&Server::maxconn>, "requests at the same time"},
      {"minconn", "<number>", kYes, number<&Server::minconn>,
       "the same at low load, growing to maxconn"},
      {"maxqueue", "<number>", kYes, number<&Server::maxqueue>, "requests waiting for this server"},
      {"slowstart", "<time>", kYes, parse_slowstart, "how long it warms up after it was down"},
      {"backup", "", kYes, flag<&Server::backup, true>, "used when no other server is up"},
      {"no-backup", "", kYes, flag<&Server::backup, false>, "an ordinary server"},
      {"disabled", "", kYes, flag<&Server::disabled, true>, "starts in maintenance"},
      {"enabled", "", kYes, flag<&Server::disabled, false>, "undoes an inherited 'disabled'"},
      {"init-addr", "<method>[,…]", kYes, parse_init_addr, "how its name is resolved at start"},
      {"cookie", "<value>", kYes, parse_cookie, "value of the persistence cookie that leads to it"},
      {"id", "<number>", kYes, parse_id, "the server's number in statistics"},
      {"ssl", "", kYes, tls_enable<true>, "TLS to the server"},
      {"no-ssl", "", kYes, tls_enable<false>, "clear text to the server"},
      {"verify", "none|required", kYes, parse_verify, "whether its certificate is verified"},
      {"ca-file", "<file>", kYes, parse_ca_file, "authorities that its certificate is checked by"},
      {"crt", "<file>", kYes, parse_crt, "certificate that it is shown"},
      {"sni", "<expression>", kYes, parse_sni, "name that TLS asks for"},
      {"verifyhost", "<name>", kYes, tls_text<&ServerTls::verify_host>,
       "name that its certificate must have"},
      {"alpn", "<protocols>", kYes, parse_alpn, "protocols that TLS offers"},
      {"ciphers", "<ciphers>", kYes, tls_list<&TlsOptions::ciphers>, "ciphers up to TLS 1.2"},
      {"ciphersuites", "<suites>", kYes, tls_list<&TlsOptions::ciphersuites>,
       "cipher suites for TLS 1.3"},
      {"no-tls-tickets", "", kYes, tls_tickets<true>, "no stateless resumption"},
      {"tls-tickets", "", kYes, tls_tickets<false>, "undoes no-tls-tickets"},
      {"source", "<address>[:<port>[-<port>]] [usesrc …] [interface <name>]", kYes,
       parse_source_option, "where its connections come from"},
      {"tcp-ut", "<time>", kYes, parse_tcp_ut,
       "how long it may leave what it was sent unacknowledged"},
      {"tfo", "", kYes, flag<&Server::fast_open, true>, "TCP Fast Open"},
      {"no-tfo", "", kYes, flag<&Server::fast_open, false>, "undoes tfo"},
      {"pool-max-conn", "<number>", kYes, parse_pool_max_conn, "idle connections that are kept"},
      {"pool-low-conn", "<number>", Support::Automatic, parse_pool_low_conn,
       "no thread takes idle connections from another"},
      {"max-reuse", "<number>", kYes, parse_max_reuse, "how often a connection is used again"},
      {"pool-purge-delay", "<time>", kYes, parse_pool_purge_delay, "how long they are kept"},
  };
}

std::vector<OptionRow<Server>> unsupported_options() {
  std::vector<OptionRow<Server>> out;
  for (std::string_view keyword : {"allow-0rtt",
                                   "check-alpn",
                                   "check-proto",
                                   "check-send-proxy",
                                   "check-sni",
                                   "check-via-socks4",
                                   "crl-file",
                                   "log-proto",
                                   "namespace",
                                   "no-check-send-proxy",
                                   "no-send-proxy",
                                   "no-send-proxy-v2",
                                   "no-send-proxy-v2-ssl",
                                   "no-send-proxy-v2-ssl-cn",
                                   "no-ssl-reuse",
                                   "no-verifyhost",
                                   "non-stick",
                                   "npn",
                                   "proto",
                                   "proxy-v2-options",
                                   "redir",
                                   "resolve-net",
                                   "resolve-opts",
                                   "resolve-prefer",
                                   "resolvers",
                                   "send-proxy",
                                   "send-proxy-v2",
                                   "send-proxy-v2-ssl",
                                   "send-proxy-v2-ssl-cn",
                                   "socks4",
                                   "ssl-reuse",
                                   "stick",
                                   "usesrc",
                                   "ws"}) {
    out.push_back({keyword, "", kNot, nullptr, ""});
  }
  return out;
}

}  // namespace

std::span<const OptionRow<Server>> server_options() {
  static const std::vector<OptionRow<Server>> rows =
      joined(joined(joined(check_rows(), traffic_rows()), tls_version_rows<Server>()),
             unsupported_options());
  return rows;
}

}  // namespace sluice::config::rows
