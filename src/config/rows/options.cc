// `option …` without arguments; each may follow `no` or `default`.
#include <array>

#include "config/rows/rows.h"
#include "config/store.h"

namespace sluice::config::rows {
namespace {

using model::ConnectionMode;
using model::Proxy;
constexpr Support kYes = Support::Implemented;
constexpr Support kAuto = Support::Automatic;

// The three exclude each other; `no` of one that is not set changes nothing.
template <ConnectionMode Value>
void parse_connection_mode(Context& context, Arguments& arguments) {
  if (!arguments.finish()) return;
  ConnectionMode& mode = context.proxy->connection_mode;
  if (arguments.form() == Form::Plain)
    mode = Value;
  else if (mode == Value || arguments.form() == Form::Default)
    mode = ConnectionMode::KeepAlive;
}

void check_no_arguments(Context&, Arguments& arguments) { (void)arguments.finish(); }

void parse_tcpka(Context& context, Arguments& arguments) {
  if (!arguments.finish()) return;
  context.proxy->tcpka_client = context.proxy->tcpka_server = true;
}

constexpr std::array<Row, 37> kRows = {{
    {"option httpclose", "", kProxies, kYes, Negation::Yes,
     parse_connection_mode<ConnectionMode::Close>, "both connections close after each response"},
    {"option http-server-close", "", kProxies, kYes, Negation::Yes,
     parse_connection_mode<ConnectionMode::ServerClose>,
     "the server's connection closes after each response"},
    {"option http-keep-alive", "", kProxies, kYes, Negation::Yes,
     parse_connection_mode<ConnectionMode::KeepAlive>, "both connections stay open (the default)"},
    {"option http-pretend-keepalive", "", kBackends, kYes, Negation::Yes,
     store::flag<&Proxy::http_pretend_keepalive>,
     "servers are not told that their connection will close"},
    {"option http-buffer-request", "", kProxies, kYes, Negation::Yes,
     store::flag<&Proxy::http_buffer_request>, "waits for the request's body before it goes on"},
    {"option http-ignore-probes", "", kFrontends, kYes, Negation::Yes,
     store::flag<&Proxy::http_ignore_probes>, "no error for connections that send nothing"},
    {"option http-no-delay", "", kProxies, kAuto, Negation::Yes, check_no_arguments,
     "every piece of a body is forwarded at once"},
    {"option abortonclose", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::abortonclose>,
     "drops queued requests whose client has gone"},
    {"option dontlognull", "", kFrontends, kYes, Negation::Yes, store::flag<&Proxy::dontlognull>,
     "does not log connections without a byte"},
    {"option dontlog-normal", "", kFrontends, kYes, Negation::Yes,
     store::flag<&Proxy::dontlog_normal>, "does not log what went well"},
    {"option log-separate-errors", "", kFrontends, kYes, Negation::Yes,
     store::flag<&Proxy::log_separate_errors>, "logs errors at level err"},
    {"option logasap", "", kFrontends, kYes, Negation::Yes, store::flag<&Proxy::logasap>,
     "logs when the response begins, not when it ends"},
    {"option log-health-checks", "", kBackends, kYes, Negation::Yes,
     store::flag<&Proxy::log_health_checks>, "logs every change of a check's result"},
    {"option clitcpka", "", kFrontends, kYes, Negation::Yes, store::flag<&Proxy::tcpka_client>,
     "TCP keep-alive towards clients"},
    {"option srvtcpka", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::tcpka_server>,
     "TCP keep-alive towards servers"},
    {"option tcpka", "", kProxies, kYes, Negation::No, parse_tcpka, "TCP keep-alive on both sides"},
    {"option transparent", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::transparent>,
     "without an algorithm, requests go to the address that their clients came to"},
    {"transparent", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::transparent>,
     "the same"},
    {"option independent-streams", "", kProxies, kYes, Negation::Yes,
     store::flag<&Proxy::independent_streams>,
     "what a side is sent does not prolong the wait for what it sends"},
    {"option idle-close-on-response", "", kFrontends, kYes, Negation::Yes,
     store::flag<&Proxy::idle_close_on_response>,
     "a soft stop closes idle clients after one more response"},
    {"option checkcache", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::checkcache>,
     "refuses responses with a cookie that caches may keep"},
    {"option prefer-last-server", "", kBackends, kYes, Negation::Yes,
     store::flag<&Proxy::prefer_last_server>,
     "a client stays with the server that a connection is kept to for it alone"},
    {"option allbackups", "", kBackends, kYes, Negation::Yes, store::flag<&Proxy::allbackups>,
     "uses all backup servers at once, not the first"},
    {"option nolinger", "", kProxies, kYes, Negation::Yes, store::flag<&Proxy::nolinger>,
     "drops what is left unsent when a connection closes"},
    {"option socket-stats", "", kFrontends, kYes, Negation::Yes, store::flag<&Proxy::socket_stats>,
     "counts per listening socket"},
    {"option accept-invalid-http-request", "", kFrontends, Support::Unsupported, Negation::Yes,
     nullptr, "leave the line out: requests that RFC 9110 does not allow are refused"},
    {"option accept-invalid-http-response", "", kBackends, Support::Unsupported, Negation::Yes,
     nullptr, "leave the line out: responses that RFC 9110 does not allow are refused"},
    {"option splice-auto", "", kProxies, kAuto, Negation::Yes, check_no_arguments,
     "bodies are moved in the cheapest way that the connection allows"},
    {"option splice-request", "", kProxies, kAuto, Negation::Yes, check_no_arguments,
     "bodies are moved in the cheapest way that the connection allows"},
    {"option splice-response", "", kProxies, kAuto, Negation::Yes, check_no_arguments,
     "bodies are moved in the cheapest way that the connection allows"},
    {"option tcp-smart-accept", "", kFrontends, kAuto, Negation::Yes, check_no_arguments,
     "the response's bytes carry the acknowledgement already"},
    {"option tcp-smart-connect", "", kBackends, kAuto, Negation::Yes, check_no_arguments,
     "the request's bytes carry the acknowledgement already"},
    {"option contstats", "", kFrontends, kAuto, Negation::Yes, check_no_arguments,
     "counters move with every piece of data, never only at the end"},
    {"option http-use-htx", "", kProxies, Support::Retired, Negation::Yes, nullptr,
     "leave the line out: there is no other mode any more"},
    {"option forceclose", "", kProxies, Support::Retired, Negation::Yes, nullptr,
     "option httpclose"},
    {"option http-tunnel", "", kProxies, Support::Retired, Negation::Yes, nullptr,
     "leave the line out: keep-alive does what it was for"},
    {"option tcpsplice", "", kProxies, Support::Retired, Negation::Yes, nullptr,
     "leave the line out: bodies are moved in the cheapest way by themselves"},
}};

}  // namespace

std::span<const Row> options() { return kRows; }

}  // namespace sluice::config::rows
