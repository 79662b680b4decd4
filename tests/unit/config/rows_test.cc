// Every implemented row has a line that proves what it stores; the first test fails without one.
#include "config/rows/rows.h"

#include <map>
#include <set>

#include "config/table.h"
#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using model::Config;
using model::Proxy;

namespace {

using Check = bool (*)(const Config&);
struct Case {
  std::string text;
  Check check;
};

Case global(std::string line, Check check) { return {"global\n " + line + "\n", check}; }
Case proxy(std::string line, Check check) { return {listen(" " + line), check}; }
Case tcp(std::string line, Check check) {
  return {"listen l\n bind 127.0.0.1:8000\n " + line + "\n", check};
}

#define OF(expression)                                                        \
  [](const Config& c) -> bool {                                               \
    [[maybe_unused]] const auto& g = c.global;                                \
    static const Proxy none;                                                  \
    [[maybe_unused]] const auto& p = c.proxies.empty() ? none : c.proxies[0]; \
    return expression;                                                        \
  }

void add_global(std::map<std::string, Case>& out) {
  out["daemon"] = global("daemon", OF(g.daemon));
  out["quiet"] = global("quiet", OF(g.quiet));
  out["zero-warning"] = global("zero-warning", OF(true));
  out["maxconnrate"] = global("maxconnrate 5", OF(g.maxconnrate == 5));
  out["maxsessrate"] = global("maxsessrate 6", OF(g.maxsessrate == 6));
  out["maxsslrate"] = global("maxsslrate 7", OF(g.maxsslrate == 7));
  out["nbthread"] = global("nbthread 3", OF(g.nbthread == 3));
  out["maxconn"] = global("maxconn 77", OF(g.maxconn == 77));
  out["ulimit-n"] = global("ulimit-n 99", OF(g.ulimit_n == 99));
  out["hard-stop-after"] = global("hard-stop-after 3s", OF(g.hard_stop_after_ms == 3'000));
  out["grace"] = global("grace 4s", OF(g.grace_ms == 4'000));
  out["close-spread-time"] = global("close-spread-time 5s", OF(g.close_spread_ms == 5'000));
  out["server-state-base"] = global("server-state-base /b", OF(g.server_state_base == "/b"));
  out["server-state-file"] = global("server-state-file f", OF(g.server_state_file == "f"));
  out["pidfile"] = global("pidfile /p", OF(g.pidfile == "/p"));
  out["user"] = global("user u", OF(g.user == "u"));
  out["group"] = global("group u", OF(g.group == "u"));
  out["chroot"] = global("chroot /c", OF(g.chroot == "/c"));
  out["node"] = global("node n", OF(g.node == "n"));
  out["log-send-hostname"] = global("log-send-hostname h", OF(g.log_send_hostname == "h"));
  out["stats socket"] =
      global("stats socket /s mode 660 level admin user u group v expose-fd listeners",
             OF(g.stats_sockets.at(0).mode == 0660U && g.stats_sockets[0].user == "u" &&
                g.stats_sockets[0].group == "v" && g.stats_sockets[0].address.host() == "/s" &&
                g.stats_sockets[0].level == model::StatsSocket::Level::Admin));
  out["stats timeout"] = global("stats timeout 30s", OF(g.stats_timeout_ms == 30'000));
  out["stats maxconn"] = global("stats maxconn 7", OF(g.stats_maxconn == 7));
  out["state-dir"] = global("state-dir /s", OF(g.state_dir == "/s"));
  out["setenv"] = global("setenv A 1\n node \"$A\"", OF(g.node == "1"));
  out["presetenv"] = global("presetenv A 1\n node \"$A\"", OF(g.node == "1"));
  out["unsetenv"] = global("setenv A 1\n unsetenv A\n node \"x$A\"", OF(g.node == "x"));
  out["resetenv"] = global("setenv A 1\n resetenv\n node \"x$A\"", OF(g.node == "x"));
  out["spread-checks"] = global("spread-checks 5", OF(g.spread_checks_percent == 5));
  out["max-spread-checks"] = global("max-spread-checks 5s", OF(g.max_spread_checks_ms == 5'000));
  out["crt-base"] = {"global\n crt-base /c\nlisten l\n bind :1 ssl crt a crt /b\n",
                     OF(p.binds[0].certificates == (std::vector<std::string>{"/c/a", "/b"}))};
  out["ca-base"] = {"global\n ca-base /c\nlisten l\n bind :1\n server s 1.1.1.1:1 ssl ca-file a\n",
                    OF(p.servers[0].tls.ca_file == "/c/a")};
  out["ssl-default-bind-ciphers"] =
      global("ssl-default-bind-ciphers A:B", OF(g.default_bind_tls.ciphers == "A:B"));
  out["ssl-default-bind-ciphersuites"] =
      global("ssl-default-bind-ciphersuites A", OF(g.default_bind_tls.ciphersuites == "A"));
  out["ssl-default-bind-curves"] =
      global("ssl-default-bind-curves A", OF(g.default_bind_tls.curves == "A"));
  out["ssl-default-bind-options"] =
      global("ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets prefer-client-ciphers",
             OF(g.default_bind_tls.min_version == model::TlsVersion::Tls12 &&
                g.default_bind_tls.no_tickets && g.default_bind_tls.prefer_client_ciphers));
  out["ssl-default-server-ciphers"] =
      global("ssl-default-server-ciphers A", OF(g.default_server_tls.ciphers == "A"));
  out["ssl-default-server-ciphersuites"] =
      global("ssl-default-server-ciphersuites A", OF(g.default_server_tls.ciphersuites == "A"));
  out["ssl-default-server-options"] =
      global("ssl-default-server-options no-sslv3 no-tlsv10 no-tls-tickets",
             OF(g.default_server_tls.min_version == model::TlsVersion::Tls11 &&
                g.default_server_tls.no_tickets));
  out["ssl-server-verify"] = {
      "global\n ssl-server-verify none\nlisten l\n bind :1\n server s 1.1.1.1:1 ssl\n",
      OF(!p.servers[0].tls.verify)};
  out["tune.ssl.default-dh-param"] =
      global("tune.ssl.default-dh-param 4096", OF(g.dh_param_bits == 4096));
  out["tune.ssl.cachesize"] = global("tune.ssl.cachesize 5", OF(g.tune_ssl_cachesize == 5));
  out["tune.ssl.lifetime"] = global("tune.ssl.lifetime 5", OF(g.tune_ssl_lifetime_s == 5));
  out["tune.bufsize"] = global("tune.bufsize 32768", OF(g.tune_bufsize == 32'768));
  out["tune.maxrewrite"] = global("tune.maxrewrite 2048", OF(g.tune_maxrewrite == 2'048));
  out["tune.http.maxhdr"] = global("tune.http.maxhdr 50", OF(g.tune_http_maxhdr == 50));
}

void add_basics(std::map<std::string, Case>& out) {
  out["mode"] = proxy("", OF(p.is_http()));
  out["rate-limit sessions"] = proxy("rate-limit sessions 8", OF(p.session_rate_limit == 8));
  out["fullconn"] = proxy("fullconn 9", OF(p.fullconn == 9));
  out["load-server-state-from-file"] =
      proxy("load-server-state-from-file local",
            OF(p.load_server_state == model::LoadServerState::Local));
  out["server-state-file-name"] =
      proxy("server-state-file-name f", OF(p.server_state_file_name == "f"));
  out["backlog"] = proxy("backlog 9", OF(p.binds[0].backlog == 9));
  out["description"] = proxy("description a b", OF(p.description == "a b"));
  out["id"] = proxy("id 9", OF(p.numeric_id == 9));
  out["guid"] = proxy("guid g", OF(p.guid == "g"));
  out["disabled"] = proxy("disabled", OF(p.disabled));
  out["enabled"] = proxy("disabled\n enabled", OF(!p.disabled));
  out["default_backend"] =
      proxy("default_backend b\nbackend b\n mode http", OF(p.default_backend == "b"));
  out["monitor-uri"] = proxy("monitor-uri /m", OF(p.monitor_uri == "/m"));
  out["unique-id-format"] = proxy("unique-id-format %ci", OF(p.unique_id_format.text == "%ci"));
  out["unique-id-header"] = proxy("unique-id-header X", OF(p.unique_id_header == "X"));
  out["capture request header"] =
      proxy("capture request header Host len 20", OF(p.request_captures.at(0).max_length == 20));
  out["capture response header"] =
      proxy("capture response header Via len 2", OF(p.response_captures.at(0).name == "Via"));
  out["declare capture"] =
      proxy("declare capture request len 9\n declare capture response len 8",
            OF(p.request_captures.at(0).max_length == 9 &&
               p.response_captures.at(0).max_length == 8 && p.request_captures[0].name.empty()));
  out["monitor fail"] =
      proxy("monitor fail unless TRUE",
            OF(p.monitor_fails.at(0).negated && p.monitor_fails[0].condition.size() == 1));
  out["max-keep-alive-queue"] = proxy("max-keep-alive-queue 4", OF(p.max_keep_alive_queue == 4U));
  out["http-send-name-header"] = proxy("http-send-name-header X", OF(p.send_name_header == "X"));
  out["retries"] = proxy("retries 7", OF(p.retries == 7));
  out["retry-on"] =
      proxy("retry-on conn-failure empty-response",
            OF(p.retry_on == (model::kRetryConnFailure | model::kRetryEmptyResponse)));
  out["http-reuse"] = proxy("http-reuse never", OF(p.http_reuse == model::HttpReuse::Never));
  out["balance"] = proxy("balance leastconn", OF(p.balance.algorithm == "leastconn"));
  out["use-server"] = proxy("use-server a unless FALSE\n server a 1.1.1.1:80",
                            OF(p.use_servers.at(0).server.text == "a" && p.use_servers[0].negated));
  out["dispatch"] = proxy("dispatch 1.1.1.1:80", OF(p.dispatch->address.port() == 80));
  out["transparent"] = proxy("transparent", OF(p.transparent));
  out["option transparent"] = proxy("option transparent", OF(p.transparent));
  out["hash-type"] = proxy("hash-type consistent wt6 avalanche",
                           OF(p.hash.method == model::HashMethod::Consistent &&
                              p.hash.function == model::HashFunction::Wt6 && p.hash.avalanche));
  out["hash-balance-factor"] = proxy("hash-balance-factor 150", OF(p.hash.balance_factor == 150));
  out["bind"] = proxy("", OF(p.binds.size() == 1 && p.binds[0].address.port() == 8000));
  out["server"] = proxy("server a 1.1.1.1:80", OF(p.servers.at(0).address.port() == 80));
  out["default-server"] = proxy("default-server inter 9s\n server a 1.1.1.1:80",
                                OF(p.servers.at(0).check.inter_ms == 9'000));
  out["errorfile"] =
      proxy("errorfile 503 /503.http",
            OF(p.error_files.at(0).status == 503 && p.error_files[0].content.ends_with("sorry")));
  const auto timeout = [&](std::string name, Check check) {
    out["timeout " + name] = proxy("timeout " + name + " 1234", check);
  };
  timeout("connect", OF(p.timeouts.connect == 1'234U));
  timeout("client", OF(p.timeouts.client == 1'234U));
  timeout("server", OF(p.timeouts.server == 1'234U));
  timeout("http-request", OF(p.timeouts.http_request == 1'234U));
  timeout("http-keep-alive", OF(p.timeouts.http_keep_alive == 1'234U));
  timeout("queue", OF(p.timeouts.queue == 1'234U));
  timeout("check", OF(p.timeouts.check == 1'234U));
  timeout("tunnel", OF(p.timeouts.tunnel == 1'234U));
  timeout("client-fin", OF(p.timeouts.client_fin == 1'234U));
  timeout("server-fin", OF(p.timeouts.server_fin == 1'234U));
  timeout("tarpit", OF(p.timeouts.tarpit == 1'234U));
}

void add_persistence(std::map<std::string, Case>& out) {
  out["cookie"] = proxy("cookie S insert", OF(p.cookie.name == "S" && p.cookie.insert));
  out["dynamic-cookie-key"] = proxy("dynamic-cookie-key k", OF(p.dynamic_cookie_key == "k"));
  out["force-persist"] = proxy("force-persist if TRUE", OF(p.persist_rules.at(0).effect ==
                                                           model::PersistRule::Effect::Force));
  out["ignore-persist"] = proxy("ignore-persist unless TRUE", OF(p.persist_rules.at(0).negated));
  out["persist"] = proxy("persist rdp-cookie(x)", OF(p.rdp_cookie.text == "x"));
  out["option persist"] = proxy("option persist", OF(p.persist));
  out["capture cookie"] =
      proxy("capture cookie C len 9", OF(p.cookie_capture && p.cookie_capture->max_length == 9));
}

void add_sockets(std::map<std::string, Case>& out) {
  using Foreign = model::Source::Foreign;
  out["source"] = proxy("source 10.0.0.1 usesrc hdr_ip(X-F,2) interface eth0",
                        OF(p.source.address.host() == "10.0.0.1" && p.source.header == "X-F" &&
                           p.source.occurrence == 2 && p.source.interface == "eth0" &&
                           p.source.foreign == Foreign::Header && !p.source.last_port));
  out["clitcpka-cnt"] = proxy("clitcpka-cnt 3", OF(p.client_probes.count == 3));
  out["clitcpka-idle"] = proxy("clitcpka-idle 1m", OF(p.client_probes.idle_s == 60));
  out["clitcpka-intvl"] = proxy("clitcpka-intvl 5", OF(p.client_probes.interval_s == 5));
  out["srvtcpka-cnt"] = proxy("srvtcpka-cnt 3", OF(p.server_probes.count == 3));
  out["srvtcpka-idle"] = proxy("srvtcpka-idle 1m", OF(p.server_probes.idle_s == 60));
  out["srvtcpka-intvl"] = proxy("srvtcpka-intvl 5", OF(p.server_probes.interval_s == 5));
}

void add_replies(std::map<std::string, Case>& out) {
  out["errorloc"] =
      proxy("errorloc 503 /x", OF(p.error_files.at(0).content.starts_with("HTTP/1.1 302") &&
                                  p.error_files[0].status == 503));
  out["errorloc302"] = proxy("errorloc302 503 /x",
                             OF(p.error_files.at(0).content.starts_with("HTTP/1.1 302 Found")));
  out["errorloc303"] = proxy("errorloc303 503 /x",
                             OF(p.error_files.at(0).content.starts_with("HTTP/1.1 303 See Other")));
  out["http-error"] = proxy(
      "errorfile 404 /503.http\n http-error status 404 default-errorfiles\n"
      " http-error status 503 content-type text/plain string errorfile hdr A b",
      OF(p.error_files.size() == 1 && p.error_files[0].reply->words.size() == 10));
}

void add_options(std::map<std::string, Case>& out) {
  const auto option = [&](std::string name, Check check) {
    out["option " + name] = proxy("option " + name, check);
  };
  option("httpclose", OF(p.connection_mode == model::ConnectionMode::Close));
  option("http-server-close", OF(p.connection_mode == model::ConnectionMode::ServerClose));
  out["option http-keep-alive"] = proxy("option httpclose\n option http-keep-alive",
                                        OF(p.connection_mode == model::ConnectionMode::KeepAlive));
  option("http-pretend-keepalive", OF(p.http_pretend_keepalive));
  option("http-buffer-request", OF(p.http_buffer_request));
  option("http-ignore-probes", OF(p.http_ignore_probes));
  option("abortonclose", OF(p.abortonclose));
  option("dontlognull", OF(p.dontlognull));
  option("dontlog-normal", OF(p.dontlog_normal));
  option("log-separate-errors", OF(p.log_separate_errors));
  option("logasap", OF(p.logasap));
  option("log-health-checks", OF(p.log_health_checks));
  option("clitcpka", OF(p.tcpka_client && !p.tcpka_server));
  option("srvtcpka", OF(p.tcpka_server && !p.tcpka_client));
  option("tcpka", OF(p.tcpka_server && p.tcpka_client));
  option("allbackups", OF(p.allbackups));
  option("nolinger", OF(p.nolinger));
  option("independent-streams", OF(p.independent_streams));
  option("idle-close-on-response", OF(p.idle_close_on_response));
  option("checkcache", OF(p.checkcache));
  option("prefer-last-server", OF(p.prefer_last_server));
  out["option http-restrict-req-hdr-names"] =
      proxy("option http-restrict-req-hdr-names reject",
            OF(p.restrict_header_names == model::RestrictNames::Reject));
  option("socket-stats", OF(p.socket_stats));
  out["option forwardfor"] =
      proxy("option forwardfor except 127.0.0.0/8 header X-Client if-none",
            OF(p.forwardfor.enabled && p.forwardfor.header == "X-Client" && p.forwardfor.if_none &&
               p.forwardfor.except.at(0) == "127.0.0.0/8"));
  out["option originalto"] = proxy("option originalto header X-Dst",
                                   OF(p.originalto.enabled && p.originalto.header == "X-Dst"));
  out["option redispatch"] =
      proxy("option redispatch 1", OF(p.redispatch.enabled && p.redispatch.interval == 1));
}

#define HTTP_STEP p.check.http_steps.at(0)
#define TCP_STEP p.check.tcp_steps.at(0)

void add_http_checks(std::map<std::string, Case>& out) {
  out["option httpchk"] =
      proxy("option httpchk GET /h HTTP/1.1",
            OF(p.check.kind == model::CheckKind::Http && HTTP_STEP.send.method == "GET" &&
               HTTP_STEP.send.uri == "/h" && HTTP_STEP.send.version == "HTTP/1.1"));
  out["http-check send"] =
      proxy("http-check send meth PUT uri-lf /x ver HTTP/1.1 hdr A b body c",
            OF(HTTP_STEP.send.method == "PUT" && HTTP_STEP.send.uri_is_format &&
               HTTP_STEP.send.headers.at(0).second == "b" && HTTP_STEP.send.body == "c"));
  out["http-check expect"] =
      proxy("http-check expect min-recv 3 ! rstatus ^5",
            OF(HTTP_STEP.expect.negated && HTTP_STEP.expect.pattern == "^5" &&
               HTTP_STEP.expect.min_recv == 3 &&
               HTTP_STEP.expect.kind == model::ExpectKind::RegexStatus));
  out["http-check connect"] = proxy("http-check connect port 80 linger",
                                    OF(HTTP_STEP.connect.port == 80 && HTTP_STEP.connect.linger));
  out["http-check comment"] = proxy("http-check comment x", OF(HTTP_STEP.comment == "x"));
  out["http-check send-state"] = proxy("http-check send-state", OF(p.check.send_state));
  out["http-check disable-on-404"] = proxy("http-check disable-on-404", OF(p.check.disable_on_404));
  out["http-check"] = proxy("http-check set-var(check.x) int(1)",
                            OF(HTTP_STEP.words.at(0).text == "set-var(check.x)"));
}

void add_tcp_checks(std::map<std::string, Case>& out) {
  out["option tcp-check"] =
      proxy("option httpchk\n option tcp-check",
            OF(p.check.kind == model::CheckKind::Tcp && p.check.tcp_steps_count));
  out["tcp-check connect"] =
      proxy("tcp-check connect addr 127.0.0.1:7", OF(TCP_STEP.connect.port == 7));
  out["tcp-check send"] = proxy("tcp-check send x", OF(TCP_STEP.send.data == "x"));
  out["tcp-check send-lf"] = proxy("tcp-check send-lf x", OF(TCP_STEP.send.is_format));
  out["tcp-check send-binary"] = proxy("tcp-check send-binary 41", OF(TCP_STEP.send.data == "A"));
  out["tcp-check send-binary-lf"] =
      proxy("tcp-check send-binary-lf 41",
            OF(TCP_STEP.send.data == "41" && TCP_STEP.send.is_hexadecimal));
  out["tcp-check expect"] =
      proxy("tcp-check expect binary 4142", OF(TCP_STEP.expect.pattern == "AB"));
  out["tcp-check comment"] = proxy("tcp-check comment x", OF(TCP_STEP.comment == "x"));
  out["tcp-check"] =
      proxy("tcp-check unset-var(check.x)", OF(TCP_STEP.words.at(0).text == "unset-var(check.x)"));
  out["option mysql-check"] =
      proxy("option mysql-check user u pre-41", OF(p.check.kind == model::CheckKind::Mysql &&
                                                   p.check.user == "u" && p.check.mysql_before_41));
  out["option pgsql-check"] =
      proxy("option pgsql-check user u",
            OF(p.check.kind == model::CheckKind::Pgsql && p.check.user == "u"));
  out["option redis-check"] =
      proxy("option redis-check", OF(p.check.kind == model::CheckKind::Redis));
  out["option smtpchk"] = proxy("option smtpchk EHLO d", OF(p.check.smtp_hello == "EHLO d"));
  out["option ldap-check"] = proxy("option ldap-check", OF(p.check.kind == model::CheckKind::Ldap));
}

void add_logs_and_rules(std::map<std::string, Case>& out) {
  out["log"] =
      global("log 127.0.0.1:1514 len 2000 format rfc5424 local3 notice err",
             OF(g.logs.at(0).address.port() == 1514 && g.logs[0].max_length == 2000 &&
                g.logs[0].facility == 19 && g.logs[0].max_level == 5 && g.logs[0].min_level == 3 &&
                g.logs[0].format == model::LogFormatKind::Rfc5424));
  out["log-format"] = proxy(
      "log stdout local0\n log-format \"%ci x\"",
      OF(p.log_format.text == "%ci x" && p.log_format_choice == Proxy::LogFormatChoice::Custom));
  out["error-log-format"] = proxy("error-log-format %ci", OF(p.error_log_format.text == "%ci"));
  out["log-format-sd"] = proxy("log-format-sd [x]", OF(p.log_format_sd.text == "[x]"));
  out["log-tag"] = proxy("log-tag t", OF(p.log_tag == "t"));
  out["option httplog"] =
      proxy("option httplog clf", OF(p.log_format_choice == Proxy::LogFormatChoice::Clf));
  out["option tcplog"] =
      tcp("option tcplog", OF(p.log_format_choice == Proxy::LogFormatChoice::Tcp));
  out["acl"] = proxy("acl api path_beg -i /api",
                     OF(p.acls.at(0).name == "api" && p.acls[0].words.size() == 3));
  out["use_backend"] =
      proxy("use_backend b unless { path /x }\nbackend b\n mode http",
            OF(p.use_backends.at(0).negated && p.use_backends[0].condition.size() == 4));
  const auto rule = [&](std::string keyword, model::RulePoint, Check check) {
    out[keyword] = proxy(keyword + " reject if TRUE", check);
  };
  using model::RulePoint;
  rule("http-request", RulePoint::HttpRequest,
       OF(p.rules.at(0).point == RulePoint::HttpRequest && p.rules[0].words.size() == 1 &&
          p.rules[0].condition.at(0).text == "TRUE"));
  rule("http-response", RulePoint::HttpResponse,
       OF(p.rules.at(0).point == RulePoint::HttpResponse));
  rule("http-after-response", RulePoint::HttpAfterResponse,
       OF(p.rules.at(0).point == RulePoint::HttpAfterResponse));
  rule("tcp-request connection", RulePoint::Connection,
       OF(p.rules.at(0).point == RulePoint::Connection));
  rule("tcp-request session", RulePoint::Session, OF(p.rules.at(0).point == RulePoint::Session));
  rule("tcp-request content", RulePoint::Content, OF(p.rules.at(0).point == RulePoint::Content));
  rule("tcp-response content", RulePoint::ResponseContent,
       OF(p.rules.at(0).point == RulePoint::ResponseContent));
  out["tcp-request inspect-delay"] =
      proxy("tcp-request inspect-delay 5s", OF(p.inspect_delay_ms == 5'000));
  out["tcp-response inspect-delay"] =
      proxy("tcp-response inspect-delay 5s", OF(p.response_inspect_delay_ms == 5'000));
  out["redirect"] =
      proxy("redirect scheme https\n http-request deny",
            OF(p.rules.at(1).words.at(0).text == "redirect" && p.rules[1].words.size() == 3));
}

Case resolvers(const std::string& line, Check check) {
  return {"resolvers r\n nameserver n 10.0.0.1:53\n " + line + "\n", check};
}

void add_names(std::map<std::string, Case>& out) {
  out["server-template"] =
      proxy("server-template s 3-5 a.local:80 weight 7 init-addr none",
            OF(p.servers.size() == 3 && p.servers[0].name == "s3" && p.servers[2].name == "s5" &&
               p.servers[1].host == "a.local" && p.servers[1].weight == 7));
  out["nameserver"] =
      resolvers("nameserver t tcp@[::1]:5353",
                OF(c.resolvers.at(0).name == "r" && !c.resolvers[0].name_servers.at(0).stream &&
                   c.resolvers[0].name_servers.at(1).stream &&
                   c.resolvers[0].name_servers[1].address.to_string() == "[::1]:5353"));
  out["parse-resolv-conf"] =
      resolvers("parse-resolv-conf", OF(c.resolvers.at(0).name_servers.at(1).name == "10.9.9.9"));
  out["hold valid"] = resolvers("hold valid 3s", OF(c.resolvers.at(0).hold.valid_ms == 3'000));
  out["hold obsolete"] =
      resolvers("hold obsolete 3s", OF(c.resolvers.at(0).hold.obsolete_ms == 3'000));
  out["hold nx"] = resolvers("hold nx 3s", OF(c.resolvers.at(0).hold.nx_ms == 3'000));
  out["hold refused"] =
      resolvers("hold refused 3s", OF(c.resolvers.at(0).hold.refused_ms == 3'000));
  out["hold timeout"] =
      resolvers("hold timeout 3s", OF(c.resolvers.at(0).hold.timeout_ms == 3'000));
  out["hold other"] = resolvers("hold other 3s", OF(c.resolvers.at(0).hold.other_ms == 3'000));
  out["resolve_retries"] = resolvers("resolve_retries 9", OF(c.resolvers.at(0).retries == 9));
  out["timeout resolve"] =
      resolvers("timeout resolve 9s", OF(c.resolvers.at(0).resolve_ms == 9'000));
  out["timeout retry"] = resolvers("timeout retry 9s", OF(c.resolvers.at(0).retry_ms == 9'000));
  out["accepted_payload_size"] =
      resolvers("accepted_payload_size 1400", OF(c.resolvers.at(0).payload_bytes == 1'400));
}

void add_stats(std::map<std::string, Case>& out) {
  out["stats enable"] = proxy("stats enable", OF(p.stats.enabled && p.is_stats_listener()));
  out["stats uri"] = proxy("stats uri /", OF(p.stats.enabled && p.stats.uri == "/"));
  out["stats auth"] = proxy("stats auth u:p:q", OF(p.stats.auth.at(0).password == "p:q"));
  out["stats realm"] = proxy("stats realm a\\ b", OF(p.stats.realm == "a b"));
  out["stats http-request"] =
      proxy("stats http-request deny if TRUE",
            OF(p.stats.access.at(0).kind == model::StatsPage::Access::Kind::Deny &&
               p.stats.access[0].condition.size() == 1));
  out["stats refresh"] = proxy("stats refresh 30", OF(p.stats.refresh_s == 30));
  out["stats admin"] = proxy("stats admin if TRUE", OF(p.stats.admin.at(0).condition.size() == 1));
  out["stats operator"] =
      proxy("stats operator if TRUE", OF(p.stats.operators.at(0).condition.size() == 1));
  out["stats hide-version"] = proxy("stats hide-version", OF(p.stats.hide_version));
  out["stats show-legends"] = proxy("stats show-legends", OF(p.stats.show_legends));
  out["stats show-node"] = proxy("stats show-node n", OF(p.stats.show_node == "n"));
  out["stats show-desc"] = proxy("stats show-desc a b", OF(p.stats.description == "a b"));
  out["stats scope"] = proxy("stats scope .", OF(p.stats.scopes.at(0) == "."));
}

std::map<std::string, Case> cases() {
  std::map<std::string, Case> out;
  add_global(out);
  add_basics(out);
  add_sockets(out);
  add_replies(out);
  add_options(out);
  add_http_checks(out);
  add_tcp_checks(out);
  add_persistence(out);
  add_logs_and_rules(out);
  add_names(out);
  add_stats(out);
  return out;
}

}  // namespace

TEST_CASE("every implemented directive has a case here, and every case stores what it says") {
  const auto all = cases();
  for (const Row& row : directive_rows()) {
    if (row.support == Support::Implemented)
      CHECK_THAT(std::string(row.keyword), !Catch::Equals(""));
    if (row.support == Support::Implemented && !all.contains(std::string(row.keyword))) {
      FAIL_CHECK("no case for '" << row.keyword << "'");
    }
  }
  for (const auto& [keyword, one] : all) {
    const Outcome outcome = parse(one.text);
    INFO(keyword << "\n" << outcome.text());
    CHECK(outcome.diagnostics.ok());
    CHECK(one.check(outcome.config));
  }
}

TEST_CASE("a case fails when the line of its directive is missing") {
  std::set<std::string> needless{"mode",
                                 "bind",
                                 "zero-warning",
                                 "enabled",
                                 "option http-keep-alive",
                                 "option tcp-check",
                                 "presetenv",
                                 "resetenv",
                                 "setenv",
                                 "unsetenv"};
  for (const auto& [keyword, one] : cases()) {
    if (needless.contains(keyword)) continue;
    std::string text = one.text;
    const std::size_t at = text.rfind("\n " + keyword + ' ') != std::string::npos
                               ? text.rfind("\n " + keyword + ' ')
                               : text.rfind("\n " + keyword);
    REQUIRE(at != std::string::npos);
    text.erase(at, text.find('\n', at + 1) - at);
    const Outcome outcome = parse(text);
    bool holds = false;
    try {
      holds = one.check(outcome.config);
    } catch (const std::out_of_range&) {
    }
    INFO(keyword << "\n" << text);
    CHECK_FALSE((holds && outcome.diagnostics.ok()));
  }
}

TEST_CASE("rows are well-formed and no keyword has two rows for one section") {
  std::set<std::string> seen;
  for (const Row& row : directive_rows()) {
    INFO(row.keyword);
    REQUIRE_FALSE(row.keyword.empty());
    CHECK((row.parse != nullptr) ==
          (row.support == Support::Implemented || row.support == Support::Automatic));
    if (row.support != Support::Unsupported) CHECK_FALSE(row.help.empty());
    const std::string section = row.where.global == Place::Yes ? "G" : "P";
    CHECK(seen.insert(section + std::string(row.keyword)).second);
  }
  for (const auto& row : rows::bind_options()) CHECK_FALSE(row.keyword.empty());
  for (const auto& row : rows::server_options()) CHECK_FALSE(row.keyword.empty());
  for (const auto& row : rows::stats_socket_options()) CHECK_FALSE(row.keyword.empty());
}
