#include "support/catch.h"
#include "unit/config/read.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;

TEST_CASE("a section's line opens it and is a directive too") {
  const Read read = read_cfg_text("global\nbackend nodes from base\n  balance roundrobin");
  REQUIRE(read.directives.size() == 3);
  CHECK(read.directives[0].role == DirectiveRole::SectionStart);
  CHECK(read.directives[1].section == SectionKind::Backend);
  CHECK(read.directives[2].section_name == "nodes");
  CHECK(read.words(2) == Words{"balance", "roundrobin"});
}

TEST_CASE("the INI spelling yields the same directives") {
  const Read cfg = read_cfg_text(
      "backend nodes\n balance roundrobin\n option httpchk GET /healthz\n"
      " server aws 10.0.0.1:80 check\n timeout server 30s\n");
  const Read ini = read_ini_text(
      "; comment\n[backend nodes]\n  balance = roundrobin\n  option = httpchk GET /healthz\n"
      "  server = aws 10.0.0.1:80 check\n  timeout server = 30s\n");
  CHECK(ini.diagnostics.ok());
  REQUIRE(ini.directives.size() == cfg.directives.size());
  for (std::size_t i = 0; i < cfg.directives.size(); ++i) CHECK(ini.words(i) == cfg.words(i));
}

TEST_CASE("a keyword without a value stands alone or before an empty value") {
  const Read read = read_ini_text("[global]\ndaemon =\nquiet\nstats = enable\n");
  CHECK(read.words(1) == Words{"daemon"});
  CHECK(read.words(2) == Words{"quiet"});
  CHECK(read.words(3) == Words{"stats", "enable"});
}

TEST_CASE("an INI value of 4 KiB arrives whole") {
  std::string format = "%ci:%cp [%tr] ;";
  while (format.size() < 4096) format += " %ft %b/%s";
  const Read read = read_ini_text("[defaults]\n log-format = \"" + format + "\"\n");
  CHECK(read.words(1) == Words{"log-format", format});
}

TEST_CASE("an INI section with a name of 63 bytes keeps it") {
  const std::string name(63, 'n');
  const Read read = read_ini_text("[backend " + name + "]\nserver = a 1.1.1.1:80\n");
  CHECK(read.words(0) == Words{"backend", name});
  CHECK(read.directives.at(1).section_name == name);
}

TEST_CASE("a key of any length, or with a colon in it, is not cut") {
  const Read read = read_ini_text("[backend b]\nserver a 1.1.1.1:80 check inter " +
                                  std::string(200, '1') + "\nserver b [::1]:80 = check\n");
  CHECK(read.words(1).size() == 6);
  CHECK(read.words(1).back().size() == 200);
  CHECK(read.words(2) == Words{"server", "b", "[::1]:80", "check"});
}

TEST_CASE("a quoted semicolon is kept and an unquoted one after a blank begins a comment") {
  const Read read = read_ini_text("[defaults]\nlog-tag = \"a ; b\" ; c\nlog-tag = a;b\nid = ; x\n");
  CHECK(read.words(1) == Words{"log-tag", "a ; b"});
  CHECK(read.words(2) == Words{"log-tag", "a;b"});
  CHECK(read.words(3) == Words{"id"});
}

TEST_CASE("repeated keys and sections stay in order") {
  const Read read = read_ini_text(
      "[backend a]\nserver = x 1.1.1.1:1\nserver = y 1.1.1.1:2\nserver = z 1.1.1.1:3\n[backend b]\n"
      "[backend c]\n");
  CHECK(read.words(1)[1] == "x");
  CHECK(read.words(2)[1] == "y");
  CHECK(read.words(3)[1] == "z");
  CHECK(read.words(4) == Words{"backend", "b"});
  CHECK(read.words(5) == Words{"backend", "c"});
}

TEST_CASE("spans of INI words are those of the file") {
  const Read read = read_ini_text("[backend b]\n   server = a  1.1.1.1:80\n");
  const auto& words = read.directives.at(1).words;
  CHECK(words[0].span.column == 4);
  CHECK(words[1].span.column == 13);
  CHECK(words[2].span.column == 16);
  CHECK(words[2].span.line == 2);
}

TEST_CASE("malformed INI lines are errors with their place") {
  CHECK_THAT(read_ini_text("[backend b\n").first_error(), Catch::Contains("t.ini:1:1"));
  CHECK_THAT(read_ini_text("[global]\n = x\n").first_error(), Catch::Contains("t.ini:2:2"));
  CHECK_THAT(read_ini_text("[global] x\n").first_error(), Catch::Contains("may follow"));
  CHECK_THAT(read_ini_text("[]\n").first_error(), Catch::Contains("needs a name"));
  CHECK_THAT(read_ini_text("[global]\na = \x01\n").first_error(), Catch::Contains("control"));
  CHECK_THAT(read_ini_text("[global]\na = \"x\n").first_error(), Catch::Contains("never closed"));
}

TEST_CASE("conditional blocks choose lines in both spellings") {
  Environment environment;
  environment.set("WITH_SSL", "yes");
  const std::string_view text =
      ".if feature(OPENSSL) && (streq(\"$WITH_SSL\",yes) || defined(NONE))\n"
      "backend tls\n"
      " .if version_before(2.4-dev19)\n  server \"old\n .elif !defined(WITH_SSL)\n  server no\n"
      " .else\n  server new\n .endif\n"
      ".else\nbackend plain\n.endif\n";
  for (const Read& read : {read_cfg_text(text, environment)}) {
    INFO(read.first_error());
    CHECK(read.diagnostics.ok());
    REQUIRE(read.directives.size() == 2);
    CHECK(read.words(0) == Words{"backend", "tls"});
    CHECK(read.words(1) == Words{"server", "new"});
  }
  const Read ini = read_ini_text(".if = 0\n[backend a]\n.else =\n[backend b]\n.endif\n");
  REQUIRE(ini.directives.size() == 1);
  CHECK(ini.words(0) == Words{"backend", "b"});
}

TEST_CASE("conditions follow the manual's grammar") {
  Environment environment;
  environment.set("A", "");
  const auto value = [&](std::string_view text) { return evaluate_condition(text, environment); };
  CHECK(value("").value() == false);
  CHECK(value("0").value() == false);
  CHECK(value("12").value() == true);
  CHECK(value("defined(A)").value() == true);
  CHECK(value("!defined(B)").value() == true);
  CHECK(value("1 && 0 || 1 && 1").value() == true);
  CHECK(value("(1 || 1) && 0").value() == false);
  CHECK(value("strneq(a,b)").value() == true);
  CHECK(value("version_atleast(2.4)").value() == true);
  CHECK(value("version_atleast(2.7-dev1)").value() == false);
  CHECK(value("feature(QUIC)").value() == false);
  CHECK_FALSE(value("nosuch(1)"));
  CHECK_FALSE(value("streq(a)"));
  CHECK_FALSE(value("(1"));
  CHECK_FALSE(value("1 2"));
  CHECK_FALSE(value(std::string(100'000, '!') + "1"));
}

TEST_CASE("unbalanced conditional blocks are errors") {
  CHECK_THAT(read_cfg_text(".if 1\n").first_error(), Catch::Contains("no '.endif'"));
  CHECK_THAT(read_cfg_text(".endif\n").first_error(), Catch::Contains("without a '.if'"));
  CHECK_THAT(read_cfg_text(".if 1\n.else\n.else\n.endif").first_error(), Catch::Contains(".else"));
  CHECK_THAT(read_cfg_text(".foo\n").first_error(), Catch::Contains("not a conditional"));
}

TEST_CASE("messages of conditional blocks have their severity") {
  const Read read = read_cfg_text(".notice \"n\"\n.warning w\n.alert a\n.diag d\n");
  CHECK(read.diagnostics.all().size() == 3);
  CHECK(read.diagnostics.errors() == 1);
  CHECK(read.diagnostics.warnings() == 1);
}

TEST_CASE("setenv and its kin act on the lines below them") {
  const Read read = read_cfg_text(
      "global\nsetenv A 1\npresetenv A 2\npresetenv B 3\nsetenv C 4\nunsetenv C\n"
      "log-tag \"$A${B}${C-none}\"\nresetenv A\nlog-tag \"$A${B-gone}\"\n");
  CHECK(read.words(6) == Words{"log-tag", "13none"});
  CHECK(read.words(8) == Words{"log-tag", "1gone"});
}
