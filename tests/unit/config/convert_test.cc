#include "config/convert.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/cfg_reader.h"
#include "config/keywords.h"
#include "support/catch.h"
#include "unit/config/parsed.h"
#include "unit/config/read.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;
using Catch::Contains;

namespace {

std::string converted(std::string_view text, Spelling from, Spelling to,
                      Style style = Style::AsWritten) {
  base::Diagnostics diagnostics;
  return convert(make_source("t", text), from, to, style, diagnostics);
}

std::string modern(std::string_view text) {
  return converted(text, Spelling::Cfg, Spelling::Cfg, Style::Modern);
}

constexpr std::string_view kFile = R"(# a comment
global
  daemon
  log /dev/log local0
  stats socket /run/s mode 660 level admin
.if defined(TLS) && !streq("$TLS",no)
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
.endif
defaults base
  mode http
  timeout connect 5000
  no option dontlognull   # off
  log-format "%ci:%cp ; [%tr] %{+Q}r # not a comment"
frontend www from base
  bind "${BIND-:80}"
  capture request header Host len 64
  acl api path_beg /api ;x
  http-request set-header X-A a\ b\#c if api !{ src 10.0.0.0/8 }
  http-request set-var(txn.a) str('a=b')
  use_backend nodes if api
backend nodes
  server a 10.0.0.1:80 check
)";

}  // namespace

TEST_CASE("cfg to INI and back is a fixed point") {
  const std::string ini = converted(kFile, Spelling::Cfg, Spelling::Ini);
  const std::string cfg = converted(ini, Spelling::Ini, Spelling::Cfg);
  CHECK(cfg == converted(kFile, Spelling::Cfg, Spelling::Cfg));
  CHECK(converted(cfg, Spelling::Cfg, Spelling::Ini) == ini);
  CHECK_THAT(ini, Contains("[frontend www from base]\n    bind = \"${BIND-:80}\"\n"));
  CHECK_THAT(ini, Contains("    daemon =\n"));
  CHECK_THAT(ini, Contains("    no option = dontlognull\n"));
  CHECK_THAT(ini, Contains("    timeout connect = 5000\n"));
}

TEST_CASE("a converted file means what the first one meant") {
  const std::string ini = converted(kFile, Spelling::Cfg, Spelling::Ini);
  const Outcome first = parse(kFile);
  const Outcome second = parse(ini, "t.ini");
  INFO(first.text() << second.text());
  CHECK(first.diagnostics.ok());
  CHECK(second.diagnostics.ok());
  CHECK(second.proxy().log_format.text == first.proxy().log_format.text);
  CHECK(second.proxy().log_format.text == "%ci:%cp ; [%tr] %{+Q}r # not a comment");
  CHECK(second.proxy().acls.at(0).words.back().text == ";x");
  CHECK(second.proxy().rules.at(0).words.at(2).text == "a b#c");
  CHECK(second.proxy().rules.at(1).words.at(1).text == "str(a=b)");
}

TEST_CASE("a keyword with an equals sign stays one word on its way through INI") {
  const std::string cfg = converted("global\n a=b c\n [x]\n", Spelling::Cfg, Spelling::Cfg);
  const std::string ini = converted(cfg, Spelling::Cfg, Spelling::Ini);
  CHECK(converted(ini, Spelling::Ini, Spelling::Cfg) == cfg);
  CHECK(read_ini_text(ini).words(1) == Words{"a=b", "c"});
}

TEST_CASE("modernise writes today's form of retired lines") {
  CHECK_THAT(modern("listen l\n clitimeout 5s\n"), Contains("    timeout client 5s\n"));
  CHECK_THAT(modern("listen l\n contimeout 5s\n"), Contains("    timeout connect 5s\n"));
  CHECK_THAT(modern("listen l\n srvtimeout 5s\n"), Contains("    timeout server 5s\n"));
  CHECK_THAT(modern("listen l\n block if { src 1.1.1.1 }\n"),
             Contains("    http-request deny if { src 1.1.1.1 }\n"));
  CHECK_THAT(modern("listen l\n option forceclose\n"), Contains("    option httpclose\n"));
  CHECK_THAT(modern("listen l\n redispatch\n"), Contains("    option redispatch\n"));
  CHECK_THAT(modern("listen l\n reqadd X-A:\\ a\\ b if x\n"),
             Contains("    http-request add-header X-A 'a b' if x\n"));
  CHECK_THAT(modern("listen l\n rspidel ^Server:.*\n"),
             Contains("    http-response del-header Server\n"));
  CHECK_THAT(modern("listen l\n monitor-net 10.0.0.0/8\n"),
             Contains("return status 200 if { src 10.0.0.0/8 }\n"));
  CHECK_THAT(modern("frontend f 1.2.3.4:80\n mode http\n"),
             Contains("frontend f\n    bind 1.2.3.4:80\n    mode http\n"));
  CHECK_THAT(modern("global\n nbproc 4\n"), Contains("    nbthread 4\n"));
  CHECK(modern("backend b\n option http-use-htx\n no option forceclose\n") == "backend b\n");
  CHECK_THAT(modern("backend b\n option httpchk HEAD / HTTP/1.1\\r\\nHost:\\ a.b\n"),
             Contains("    option httpchk\n    http-check send meth HEAD uri / ver HTTP/1.1 hdr "
                      "Host a.b\n"));
}

TEST_CASE("what modernise writes is accepted") {
  const Outcome outcome = parse(
      modern("listen l 127.0.0.1:80\n mode http\n clitimeout 5s\n srvtimeout 5s\n contimeout 5s\n"
             " block if { src 1.1.1.1 }\n reqadd X-A:\\ b\n option forceclose\n redispatch\n"));
  INFO(outcome.text());
  CHECK(outcome.diagnostics.ok());
}

TEST_CASE("what cannot be rewritten is kept and reported") {
  base::Diagnostics diagnostics;
  const std::string text = convert(make_source("t", "listen l\n reqirep ^Host:\\ a Host:\\ b\n"),
                                   Spelling::Cfg, Spelling::Cfg, Style::Modern, diagnostics);
  CHECK(diagnostics.errors() == 1);
  CHECK_THAT(text, Contains("reqirep ^Host:\\ a Host:\\ b\n"));
}

TEST_CASE("keywords lists every row with its sections and its support") {
  const std::string text = keywords_text();
  CHECK_THAT(text, Contains("option splice-auto"));
  CHECK_THAT(text, Contains("-DFLBA automatic"));
  CHECK_THAT(text, Contains("cookie"));
}

TEST_CASE("the reference in the documentation is that of the table") {
  // The tests run somewhere below the source tree; a compiler cache may make __FILE__ relative.
  std::filesystem::path at = std::filesystem::current_path();
  while (!exists(at / "docs/configuration.md") && at.has_relative_path()) at = at.parent_path();
  std::ifstream file(at / "docs/configuration.md");
  std::stringstream content;
  content << file.rdbuf();
  CHECK(content.str() == reference_markdown());
}
