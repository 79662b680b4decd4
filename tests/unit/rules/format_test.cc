#include <cstdlib>
#include <ctime>

#include "fixture.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::rules;
using sluice::rules::test::Fixture;

namespace {

struct Row {
  const char* format;
  const char* line;
};

LogRecord record_of_a_request() {
  LogRecord record;
  record.frontend_name = "front";
  record.backend_name = "nodes";
  record.server_name = "aws";
  record.backend_source = *base::Address::from_ip("127.0.0.1", 33600);
  record.server_address = *base::Address::from_ip("127.0.0.1", 9001);
  record.accept_wall_us = 1'795'504'787'109'000;
  record.request_wall_us = 1'795'504'788'007'000;
  record.idle_ms = 7;
  record.request_ms = 1;
  record.queue_ms = 0;
  record.connect_ms = 2;
  record.response_ms = 3;
  record.data_ms = 4;
  record.active_ms = 10;
  record.total_ms = 17;
  record.user_ms = 17;
  record.status = 200;
  record.bytes_to_client = 81;
  record.bytes_from_client = 74;
  record.active_connections = record.frontend_connections = 1;
  record.hostname = "vm";
  record.pid = 17126;
  record.request_counter = 3;
  return record;
}

/// Dates are local ones; tests read them in universal time.
struct InUniversalTime {
  InUniversalTime() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};
const InUniversalTime kZone;

}  // namespace

TEST_CASE("each tag prints what HAProxy prints") {
  Fixture f;
  f.head.path = "/a/b?x=\"1";
  f.request_captures = {"one{|}#\"\t\xE9two", "longv"};
  f.response_captures = {"r1, r2"};
  const LogRecord record = record_of_a_request();
  const Row rows[] = {
      {"%B %U %ST %ts %tsc", "81 74 200 -- ----"},
      {"%CC %CS %ID", "- - -"},
      {"%H %HM %HP %HPO %HQ %HU %HV", "vm GET /a/b /a/b ?x=#221 /a/b?x=#221 HTTP/1.1"},
      {"%r", "GET /a/b?x=#221 HTTP/1.1"},
      {"%t %T %Tl",
       "24/Nov/2026:07:19:47.109 24/Nov/2026:07:19:47 +0000 24/Nov/2026:07:19:47 +0000"},
      {"%tr %trg %trl",
       "24/Nov/2026:07:19:48.007 24/Nov/2026:07:19:48 +0000 24/Nov/2026:07:19:48 +0000"},
      {"%Ts %ms", "1795504787 109"},
      {"%TR/%Tw/%Tc/%Tr/%Ta %Tq %Th %Ti %Td %Tt %Tu", "1/0/2/3/10 8 0 7 4 17 17"},
      {"%ac/%fc/%bc/%sc/%rc %sq/%bq", "1/1/0/0/0 0/0"},
      {"%ci:%cp %fi:%fp %bi:%bp %si:%sp",
       "10.1.2.3:4711 127.0.0.1:8080 127.0.0.1:33600 127.0.0.1:9001"},
      {"%f %ft %b/%s", "front front nodes/aws"},
      {"%hr %hrl", "{one#7B#7C#7D#23#22#09#E9two|longv} one#7B#7C#7D#23#22#09#E9two longv"},
      {"%hs %hsl", "{r1, r2} r1, r2"},
      {"%pid %rt %sslc %sslv", "17126 3 - -"},
      {"%{+Q}o %f %CC %hr %B", "\"front\" \"\" \"{one#7B#7C#7D#23#22#09#E9two|longv}\" 81"},
      {"%{+Q}o %{-Q}f %b", "front \"nodes\""},
      {"%{+X}o %ci %cp %Ts %pid %rt %ms %B", "0A010203 1267 6B053A93 42E6 0003 6D 81"},
      {"%%", "%"},
      {"a  b   c", "a b c"},
  };
  for (const Row& row : rows) {
    INFO(row.format);
    CHECK(f.format(row.format, FormatUse::Log, &record) == row.line);
  }
  CHECK(f.diagnostics.ok());
}

TEST_CASE("the standard formats give HAProxy's lines") {
  Fixture f;
  f.head.path = "/";
  f.request_captures.clear();
  f.response_captures.clear();
  LogRecord record = record_of_a_request();
  CHECK(f.format(http_log_format(), FormatUse::Log, &record) ==
        "10.1.2.3:4711 [24/Nov/2026:07:19:48.007] front nodes/aws 1/0/2/3/10 200 81 - - ---- "
        "1/1/0/0/0 0/0 "
        "\"GET / HTTP/1.1\"");
  CHECK(f.format(tcp_log_format(), FormatUse::Log, &record) ==
        "10.1.2.3:4711 [24/Nov/2026:07:19:47.109] front nodes/aws 0/2/17 81 -- 1/1/0/0/0 0/0");
  CHECK(f.format(default_log_format(), FormatUse::Log, &record) ==
        "Connect from 10.1.2.3:4711 to 127.0.0.1:8080 (front/HTTP)");
  CHECK(f.format(default_log_format(model::Mode::Tcp), FormatUse::Log, &record)
            .ends_with("(front/TCP)"));
  CHECK(f.format(clf_log_format(), FormatUse::Log, &record) ==
        "10.1.2.3 - - [24/Nov/2026:07:19:48 +0000] \"GET / HTTP/1.1\" 200 81 \"\" \"\" 4711 109 "
        "\"front\" \"nodes\" "
        "\"aws\" 1 0 2 3 10 ---- 1 1 0 0 0 0 0 \"\" \"\" ");
  record.logasap = true;
  record.redispatched = true;
  record.retries = 3;
  CHECK(f.format("%Ta %Tt %B %rc", FormatUse::Log, &record) == "+10 +17 +81 +3");
  record.frontend_is_tls = true;
  CHECK(f.format("%ft %{+Q}ft", FormatUse::Log, &record) == "front~ \"front~\"");
}

TEST_CASE("a request that was never understood prints BADREQ and minus ones") {
  Fixture f;
  f.evaluation.request = nullptr;
  LogRecord record;
  record.frontend_name = record.backend_name = "f";
  record.server_name = "<NOSRV>";
  CHECK(f.format("%HM %HP %HQ %HU %HV %r %s %b %Tq %Tr %bi %sp %ST", FormatUse::Log, &record) ==
        "<BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <NOSRV> f -1 -1 - - -1");
}

TEST_CASE("expressions in log lines cannot forge a line") {
  Fixture f;
  CHECK(f.format("%[str(a%0ab),url_dec] %[src] %{+Q}[src] %[str()] %{+Q}[str()]") ==
        "a#0Ab 10.1.2.3 \"10.1.2.3\" - \"\"");
  CHECK(f.format("%{+E}[str('a]b')]") == "a\\]b");
  CHECK(f.format("%{+X}[int(300)]") == "300");
}

TEST_CASE("a format for messages keeps its spaces and says nothing for what is absent") {
  Fixture f;
  CHECK(f.format("a  b%[req.hdr(nope)]%CC", FormatUse::Request) == "a  b");
  CHECK(f.format("%[req.hdr(host),lower,field(1,:)]", FormatUse::Request) == "www.example.com");
}

TEST_CASE("a line longer than its buffer is cut, not overrun") {
  Fixture f;
  CompileScope scope = f.scope();
  const auto format = compile_format("%ci:%cp abcdef", {}, FormatUse::Log, scope);
  char out[9] = "????????";
  CHECK(format->write(out, 8, nullptr, f.evaluation) == 8);
  CHECK(std::string(out) == "10.1.2.3");
}

TEST_CASE("malformed formats are refused with their place") {
  struct Case {
    const char* text;
    const char* message;
    std::uint32_t column;
  };
  const Case cases[] = {
      {"a %zz", "there is no log-format variable '%zz'", 3},
      {"%ciabc", "there is no log-format variable '%ciabc'", 1},
      {"100%", "there is no log-format variable '%'", 4},
      {"%{+Z}f", "'+Z' is not a flag", 2},
      {"%{+Q", "'%{' is not closed by '}'", 1},
      {"x%[src", "the expression is not closed by ']'", 2},
      {"%[srcc]", "there is no sample fetch 'srcc'", 3},
      {"%[req.hdr(host)]", "'req.hdr' is not available in a log line", 3},
  };
  for (const Case& row : cases) {
    Fixture f;
    INFO(row.text);
    CHECK(f.format(row.text) == "(error)");
    REQUIRE(f.diagnostics.errors() == 1);
    CHECK(f.diagnostics.all().front().message.find(row.message) != std::string::npos);
    CHECK(f.diagnostics.all().front().span.column == row.column);
  }
}
