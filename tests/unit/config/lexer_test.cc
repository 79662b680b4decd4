#include "support/catch.h"
#include "unit/config/read.h"

using namespace sluice;
using namespace sluice::config;
using namespace sluice::config::test;

namespace {

Words words_of(std::string_view line, Environment environment = {}) {
  Read read = read_cfg_text(line, std::move(environment));
  INFO(read.first_error());
  CHECK(read.diagnostics.ok());
  return read.words(0);
}

std::string error_of(std::string_view line) { return read_cfg_text(line).first_error(); }

}  // namespace

TEST_CASE("blanks separate words, however many") {
  CHECK(words_of("  a\t b  c \t ") == Words{"a", "b", "c"});
  CHECK(words_of("a b\r\n") == Words{"a", "b"});
}

TEST_CASE("the manual's spellings of one log-format are all equal") {
  const Words expected{"log-format", "%{+Q}o %t %s %{-Q}r"};
  CHECK(words_of(R"(log-format %{+Q}o\ %t\ %s\ %{-Q}r)") == expected);
  CHECK(words_of(R"(log-format "%{+Q}o %t %s %{-Q}r")") == expected);
  CHECK(words_of(R"(log-format '%{+Q}o %t %s %{-Q}r')") == expected);
  CHECK(words_of(R"(log-format "%{+Q}o %t"' %s %{-Q}r')") == expected);
  CHECK(words_of(R"(log-format "%{+Q}o %t"' %s'\ %{-Q}r)") == expected);
}

TEST_CASE("every row of the manual's matrix of special characters") {
  CHECK(words_of("a \"\t\" '\t' \\t \\x09") == Words{"a", "\t", "\t", "\t", "\t"});
  CHECK(words_of(R"(a \n "\n" \x0a "\x0a")") == Words{"a", "\n", "\n", "\n", "\n"});
  CHECK(words_of(R"(a \r "\r" \x0d)") == Words{"a", "\r", "\r", "\r"});
  CHECK(words_of(R"(a \  " " "\ " ' ' \x20)") == Words{"a", " ", " ", " ", " ", " "});
  CHECK(words_of(R"(a \" "\"" '"' \x22)") == Words{"a", "\"", "\"", "\"", "\""});
  CHECK(words_of(R"(a \# "#" "\#" '#' \x23)") == Words{"a", "#", "#", "#", "#", "#"});
  CHECK(words_of(R"(a $ \$ "\$" "\x24" '$')") == Words{"a", "$", "$", "$", "$", "$"});
  CHECK(words_of(R"(a \' "'" "\'" \x27)") == Words{"a", "'", "'", "'", "'"});
  CHECK(words_of(R"(a \\ "\\" '\' \x5c)") == Words{"a", "\\", "\\", "\\", "\\"});
}

TEST_CASE("a backslash before any other character stands for itself") {
  CHECK(words_of(R"(a \d+\.\w "\d")") == Words{"a", "\\d+\\.\\w", "\\d"});
  CHECK(words_of("a \\") == Words{"a", "\\"});
}

TEST_CASE("the manual's regsub examples keep the quotes of the second level") {
  CHECK(words_of(R"x(http-request set-path '%[path,regsub("(foo|bar)",blah,g)]')x")[2] ==
        R"x(%[path,regsub("(foo|bar)",blah,g)])x");
  CHECK(words_of(R"x(http-request set-path %[path,regsub(\"(foo|bar)\",blah,g)])x")[2] ==
        R"x(%[path,regsub("(foo|bar)",blah,g)])x");
  CHECK(words_of(R"x(http-request set-var(txn.foo) str("\\'foo\\'"))x")[2] == R"x(str(\'foo\'))x");
}

TEST_CASE("a hash outside quotes begins a comment, even within a word") {
  CHECK(words_of("a b#c d") == Words{"a", "b"});
  CHECK(read_cfg_text("# nothing\n   # here\n\n").directives.empty());
}

TEST_CASE("variables are expanded inside double quotes only") {
  Environment environment;
  environment.set("HOST", "10.0.0.1");
  environment.set("EMPTY", "");
  environment.set("LIST", "a  b c");
  CHECK(words_of(R"(a "$HOST:80" "${HOST}x" $HOST '$HOST' ${HOST})", environment) ==
        Words{"a", "10.0.0.1:80", "10.0.0.1x", "$HOST", "$HOST", "${HOST}"});
  CHECK(words_of(R"(a "${NONE-127.0.0.1}:514" "x${EMPTY-y}")", environment) ==
        Words{"a", "127.0.0.1:514", "x"});
  CHECK(words_of(R"(a "${LIST[*]}" z)", environment) == Words{"a", "a", "b", "c", "z"});
  CHECK(words_of(R"(a "${LIST}")", environment) == Words{"a", "a  b c"});
}

TEST_CASE("pseudo-variables name the file, the line and the section") {
  const Read read = read_cfg_text("frontend www\nlog-tag \"${.FILE}:${.LINE}:${.SECTION}\"");
  CHECK(read.words(1) == Words{"log-tag", "t.cfg:2:www"});
}

TEST_CASE("a malformed line is an error at its column and later lines are still read") {
  CHECK_THAT(error_of("a \"b"), Catch::Contains("t.cfg:1:3: this double quote is never closed"));
  CHECK_THAT(error_of("a 'b"), Catch::Contains("t.cfg:1:3: this single quote is never closed"));
  CHECK_THAT(error_of("a \"\\xg1\""), Catch::Contains("two hexadecimal digits"));
  CHECK_THAT(error_of("a \\x1"), Catch::Contains("two hexadecimal digits"));
  CHECK_THAT(error_of("a \"$1\""), Catch::Contains("begins with a letter"));
  CHECK_THAT(error_of("a \"${A\""), Catch::Contains("never closed"));
  CHECK_THAT(error_of("a \"${A[x]}\""), Catch::Contains("[*]"));
  CHECK_THAT(error_of("a \"${.NOSUCH}\""), Catch::Contains("pseudo-variable"));
  CHECK_THAT(error_of(std::string("a\0b", 3)), Catch::Contains("NUL"));
  const Read read = read_cfg_text("a \"b\nc d\n");
  CHECK(read.diagnostics.errors() == 1);
  CHECK(read.words(0) == Words{"c", "d"});
}

TEST_CASE("an empty word ends the line as in HAProxy, with a warning when something follows") {
  const Read read = read_cfg_text("server a \"$NONE\" check");
  CHECK(read.words(0) == Words{"server", "a"});
  CHECK(read.diagnostics.warnings() == 1);
  CHECK(read_cfg_text("server a \"\"").diagnostics.warnings() == 0);
}

TEST_CASE("spans give the place of each word as written") {
  const Read read = read_cfg_text("  server \"a b\" x");
  const auto& words = read.directives.at(0).words;
  CHECK(words[0].span.column == 3);
  CHECK(words[1].span.column == 10);
  CHECK(words[1].span.length == 5);
  CHECK(written(words[1]) == "\"a b\"");
}

TEST_CASE("a line may be a megabyte long") {
  const std::string value(1U << 20, 'x');
  CHECK(words_of("log-format " + value) == Words{"log-format", value});
}
