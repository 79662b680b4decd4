// What the rows refuse, or take with a word about it.
#include "config/rows/rows.h"
#include "config/table.h"
#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;

TEST_CASE("an automatic directive is accepted and its reason is noted") {
  const Outcome outcome = parse(listen(" option splice-auto\n no option contstats"));
  CHECK(outcome.diagnostics.ok());
  CHECK(outcome.diagnostics.all().size() == 2);
  CHECK_THAT(outcome.text(), Catch::Contains("'option splice-auto' is automatic: bodies"));
}

TEST_CASE("a retired directive is an error that gives the line to write today") {
  const std::pair<std::string, std::string> lines[] = {
      {"clitimeout 5s", "timeout client <time>"},
      {"contimeout 5s", "timeout connect"},
      {"srvtimeout 5s", "timeout server"},
      {"block if TRUE", "http-request deny"},
      {"reqirep a b", "replace-header"},
      {"reqadd a", "http-request add-header"},
      {"option forceclose", "option httpclose"},
      {"option http-use-htx", "leave the line out"},
      {"no option forceclose", "option httpclose"},
      {"monitor-net 10.0.0.0/8", "{ src <network> }"},
      {"mode health", "http-request return status 200"}};
  for (const auto& [line, today] : lines) {
    const Outcome outcome = parse(listen(" " + line));
    INFO(line << outcome.text());
    CHECK(outcome.diagnostics.errors() == 1);
    CHECK_THAT(outcome.text(), Catch::Contains(today));
  }
  CHECK_THAT(parse("global\n nbproc 2\n").text(), Catch::Contains("nbthread <number>"));
}

TEST_CASE("an unsupported directive is refused by name") {
  for (std::string line :
       {"stick-table type ip size 1k", "option spop-check", "email-alert to x", "use-fcgi-app x",
        "server a 1.1.1.1:1 send-proxy", "bind :1 accept-proxy", "http-check connect ssl",
        "tcp-check connect send-proxy"}) {
    const Outcome outcome = parse(listen(" " + line));
    INFO(line << outcome.text());
    CHECK(outcome.diagnostics.errors() == 1);
    CHECK_THAT(outcome.text(), Catch::Contains("is not supported by Sluice yet"));
  }
  CHECK_THAT(parse("global\n lua-load x\n").text(),
             Catch::Contains("'lua-load' is not supported by Sluice yet"));
}

TEST_CASE("an unknown keyword is an error with the nearest known one") {
  CHECK_THAT(parse(listen(" retrys 3")).text(), Catch::Contains("did you mean 'retries'?"));
  CHECK_THAT(parse(listen(" option httplogg")).text(), Catch::Contains("'option httplog'?"));
  CHECK_THAT(parse(listen(" timeout clinet 3")).text(), Catch::Contains("'timeout client'?"));
  CHECK_THAT(parse(listen(" timeout")).text(), Catch::Contains("needs a second word"));
  CHECK_THAT(parse(listen(" server a 1.1.1.1:80 chec")).text(), Catch::Contains("'check'?"));
  CHECK_THAT(parse("global\n deamon\n").text(), Catch::Contains("'daemon'?"));
}

TEST_CASE("a keyword in the wrong section is refused, or ignored with a warning as in HAProxy") {
  CHECK(parse("backend b\n server a 1.1.1.1:80\n timeout client 5s\n").diagnostics.ok());
  CHECK_THAT(parse("backend b\n timeout client 5s\n").text(), Catch::Contains("is ignored here"));
  CHECK_THAT(parse("frontend f\n server a 1.1.1.1:80\n").text(), Catch::Contains("cannot stand"));
  CHECK_THAT(parse("global\n balance roundrobin\n").text(), Catch::Contains("it belongs into"));
  CHECK_THAT(parse("defaults\n http-request deny\n").text(), Catch::Contains("without a name"));
}

TEST_CASE("no and default turn an option off, and stand before nothing else but log") {
  CHECK_FALSE(parse(listen(" option abortonclose\n no option abortonclose")).proxy().abortonclose);
  CHECK_FALSE(
      parse(listen(" option abortonclose\n default option abortonclose")).proxy().abortonclose);
  CHECK(parse(listen(" log global\n no log")).proxy().log_global == false);
  CHECK_FALSE(parse(listen(" no option httplog")).diagnostics.ok());
  CHECK_FALSE(parse(listen(" no timeout client 5s")).diagnostics.ok());
  CHECK_FALSE(parse(listen(" default log")).diagnostics.ok());
}

TEST_CASE("arguments that are missing, too many or out of range are errors") {
  for (std::string line : {"retries",
                           "retries x",
                           "retries 1 2",
                           "retries -1",
                           "timeout client",
                           "timeout client 5y",
                           "timeout client 5s x",
                           "mode",
                           "mode tpc",
                           "option httplog x",
                           "option dontlognull x",
                           "option forwardfor x",
                           "option forwardfor except",
                           "option forwardfor except x",
                           "option redispatch x",
                           "maxconn -1",
                           "errorfile 999 /503.http",
                           "errorfile 503",
                           "errorfile 503 /nosuch",
                           "errorfile 503 /bad.http",
                           "capture request header x",
                           "capture request header x len 0",
                           "stats auth u",
                           "stats admin",
                           "stats admin TRUE",
                           "stats refresh x",
                           "use_backend",
                           "use_backend l x",
                           "use_backend l if TRUE",
                           "default_backend l",
                           "server a* 1.1.1.1:80",
                           "http-request",
                           "http-request deny if { src 1.1.1.1",
                           "acl",
                           "acl a",
                           "acl a?b always_true",
                           "redirect",
                           "log 127.0.0.1",
                           "log 127.0.0.1 nosuch",
                           "log 127.0.0.1 local0 nosuch",
                           "log 127.0.0.1 len 5 local0",
                           "log-format a b",
                           "http-check send",
                           "http-check send foo",
                           "http-check expect status x",
                           "http-check expect status 400-300",
                           "option httpchk a b HTTP/1.1 d",
                           "option httpchk GET / HTTP/x",
                           "retry-on",
                           "retry-on none conn-failure",
                           "balance",
                           "balance nosuch",
                           "http-reuse nosuch",
                           "default-server"}) {
    const Outcome outcome = parse(listen(" " + line));
    INFO(line << "\n" << outcome.text());
    CHECK(outcome.diagnostics.errors() == 1);
  }
}

TEST_CASE("words about sockets, replies and captures are checked one by one") {
  for (std::string line : {
           "retry-on 418",
           "source",
           "source 127.0.0.1:1-9",
           "source host.example",
           "source 127.0.0.1 usesrc",
           "source 127.0.0.1 usesrc hdr_ip(",
           "srvtcpka-cnt 0",
           "clitcpka-idle 0",
           "monitor fail",
           "monitor fail x if TRUE",
           "declare capture both len 3",
           "declare capture request 3",
           "max-keep-alive-queue -2",
           "http-send-name-header a:b",
           "http-send-name-header",
           "option http-restrict-req-hdr-names all",
           "errorloc 777 /x",
           "errorloc 503",
           "http-error content-type a/b string x",
           "http-error status 503 errorfile /503.http string x",
           "persist cookie",
           "persist rdp-cookie(",
       }) {
    const Outcome outcome = parse(listen(" " + line));
    INFO(line << "\n" << outcome.text());
    CHECK(outcome.diagnostics.errors() == 1);
  }
}
