#include "fixture.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::rules;
using model::RulePoint;
using sluice::rules::test::Fixture;

namespace {
struct Row {
  const char* expression;
  const char* value;
};
}  // namespace

// The expected values are what HAProxy 2.6 answers to the same request.
TEST_CASE("fetches from the request yield what HAProxy's yield") {
  Fixture f;
  const Row rows[] = {
      {"path", "/a/b/c.html"},
      {"base", "Www.Example.com:8080/a/b/c.html"},
      {"baseq", "Www.Example.com:8080/a/b/c.html?x=1&y=two%20w&x=3"},
      {"url", "/a/b/c.html?x=1&y=two%20w&x=3"},
      {"pathq", "/a/b/c.html?x=1&y=two%20w&x=3"},
      {"query", "x=1&y=two%20w&x=3"},
      {"method", "GET"},
      {"req.ver", "1.1"},
      {"hdr(host)", "Www.Example.com:8080"},
      {"hdr(x-a)", "three"},
      {"req.fhdr(x-a)", "three"},
      {"req.fhdr(x-a,1)", "one, two"},
      {"req.hdr(x-a,1)", "one"},
      {"req.hdr(x-a,-3)", "one"},
      {"req.hdr(x-a,-4)", "(none)"},
      {"hdr_cnt(x-a)", "3"},
      {"req.fhdr_cnt(x-a)", "2"},
      {"hdr_cnt(nope)", "0"},
      {"hdr(nope)", "(none)"},
      {"hdr(x-e)", ""},
      {"hdr_val(x-n)", "12"},
      {"req.hdr_names", "host,x-a,x-a,cookie,x-n,x-e,x-attack"},
      {"cook(a)", "3"},
      {"req.cook_cnt(a)", "2"},
      {"cook_val(b)", "2"},
      {"cook(zz)", "(none)"},
      {"urlp(x)", "1"},
      {"urlp(y)", "two%20w"},
      {"urlp_val(x)", "1"},
      {"url_param(zz)", "(none)"},
      {"url_param(x,;)", "(none)"},
      {"url_ip", "(none)"},
      {"capture.req.uri", "/a/b/c.html?x=1&y=two%20w&x=3"},
      {"capture.req.method", "GET"},
      {"capture.req.ver", "HTTP/1.1"},
      {"http_first_req", "1"},
      {"src", "10.1.2.3"},
      {"src_port", "4711"},
      {"dst_port", "8080"},
      {"ssl_fc", "0"},
      {"ssl_fc_sni", "(none)"},
      {"fe_name", "front"},
      {"nbsrv(nodes)", "1"},
      {"srv_is_up(nodes/aws)", "1"},
      {"srv_is_up(nodes/example)", "0"},
      {"be_conn(nodes)", "0"},
      {"connslots(nodes)", "-1"},
      {"queue(nodes)", "0"},
      {"date", "1795504787"},
      {"date(-87)", "1795504700"},
      {"date(0,ms)", "1795504787109"},
      {"rand(1)", "0"},
      {"var(txn.none)", "(none)"},
      {"var(txn.none,def)", "def"},
      {"wait_end", "1"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(f.value(row.expression) == row.value);
  }
  INFO(f.first_error());
  CHECK(f.diagnostics.ok());
}

TEST_CASE("constants and converters yield what HAProxy's yield") {
  Fixture f;
  const Row rows[] = {
      {"bin(48656c6c6f)", "Hello"},
      {"bool(true)", "1"},
      {"int(-5)", "-5"},
      {"int(5),not", "0"},
      {"bool(true),not", "0"},
      {"int(2),bool", "1"},
      {"str('a,b')", "a,b"},
      {"str(\"a)b\")", "a)b"},
      {"str(a\\,b)", "a,b"},
      {"hdr(x-n),add(3)", "15"},
      {"dst,ipmask(8)", "127.0.0.0"},
      {"int(16909060),ipmask(16)", "1.2.0.0"},
      {"ipv6(::1)", "::1"},
      {"str(2001:db8::ff),ipmask(8,32)", "2001:db8::"},
      {"str(abc),length", "3"},
      {"str(abc),upper", "ABC"},
      {"hdr(host),lower", "www.example.com:8080"},
      {"str(a.b.c),field(2,.)", "b"},
      {"str(a.b.c),field(-1,.)", "c"},
      {"str(a.b.c),field(4,.)", "(none)"},
      {"str(a.b.c.d),field(2,.,2)", "b.c"},
      {"str(a.b.c.d),field(2,.,0)", "b.c.d"},
      {"str(a..c),field(2,.)", ""},
      {"str(a..c),word(2,.)", "c"},
      {"str(/f1/f2/f3/f4),word(3,/)", "f3"},
      {"str(/f1/f2/f3/f4),word(3,/,0)", "f3/f4"},
      {"str(/f1/f2/f3/f4),word(-2,/)", "f3"},
      {"str(/f1/f2/f3/f4),word(9,/)", "(none)"},
      {"str(abcdef),bytes(2,2)", "cd"},
      {"str(abcdef),bytes(2)", "cdef"},
      {"str(abcdef),bytes(9)", ""},
      {"str(abc),concat(<,txn.a,>)", "abc<>"},
      {"int(7),div(2)", "3"},
      {"int(7),mod(0)", "0"},
      {"int(7),div(0)", "9223372036854775807"},
      {"int(9223372036854775807),add(1)", "9223372036854775807"},
      {"int(1),neg", "-1"},
      {"int(3),sub(5)", "-2"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(f.value(row.expression) == row.value);
  }
  INFO(f.first_error());
  CHECK(f.diagnostics.ok());
}

TEST_CASE("more constants and converters yield what HAProxy's yield") {
  Fixture f;
  const Row rows[] = {
      {"int(5),and(3)", "1"},
      {"int(5),or(2)", "7"},
      {"int(5),xor(1)", "4"},
      {"int(5),cpl", "-6"},
      {"int(3),odd", "1"},
      {"int(3),even", "0"},
      {"int(3),mul(-2)", "-6"},
      {"str(a%2fb+c),url_dec", "a/b+c"},
      {"str(a%2fb+c),url_dec(1)", "a/b c"},
      {"str(/a+b?c+d),url_dec", "/a+b?c d"},
      {"str(a%2),url_dec", "(none)"},
      {"str(a b/c),url_enc", "a%20b%2Fc"},
      {"str(hi),base64", "aGk="},
      {"str(aGk=),b64dec", "hi"},
      {"str(aGk),b64dec", "(none)"},
      {"str(hi),hex", "6869"},
      {"str(0A),hex2i", "10"},
      {"str(hi),crc32", "3633523372"},
      {"str(hi),crc32(1)", "3514912820"},
      {"str(hi),crc32c", "4120762818"},
      {"str(hi),djb2", "5863446"},
      {"str(hi),sdbm", "6822401"},
      {"bool(true),iif(yes,no)", "yes"},
      {"bool(false),iif(yes,no)", "no"},
      {"str(foo),regsub(o,0)", "f0o"},
      {"str(foo),regsub(o,0,g)", "f00"},
      {"str(FOO),regsub(o,0,gi)", "F00"},
      {"str(abc),regsub('(.)(.)','\\2\\1')", "bac"},
      {"str('  x'),ltrim(' ')", "x"},
      {"str(x--),rtrim(-)", "x"},
      {"str(a:1),port_only", "1"},
      {"str(a:1),host_only", "a"},
      {"str([::1]:9),host_only", "[::1]"},
      {"str([::1]:9),port_only", "9"},
      {"int(0),http_date", "Thu, 01 Jan 1970 00:00:00 GMT"},
      {"int(100),utime(%Y-%m)", "1970-01"},
      {"str(x),set-var(txn.kept),length", "1"},
      {"var(txn.kept)", "x"},
      {"int(4),add(txn.kept)", "4"},
  };
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(f.value(row.expression) == row.value);
  }
  INFO(f.first_error());
  CHECK(f.diagnostics.ok());
}

TEST_CASE("fetches from the response are those of response rules") {
  Fixture f;
  f.evaluation.response = &f.answer;
  CHECK(f.value("status", RulePoint::HttpResponse) == "200");
  CHECK(f.value("hdr(x-r)", RulePoint::HttpResponse) == "r2");
  CHECK(f.value("res.hdr(x-r,1)", RulePoint::HttpResponse) == "r1");
  CHECK(f.value("res.cook(q)", RulePoint::HttpResponse) == "7");
  CHECK(f.value("res.cook_cnt(path)", RulePoint::HttpResponse) == "0");
  CHECK(f.value("capture.req.uri", RulePoint::HttpResponse).starts_with("/a/b"));
  CHECK(f.diagnostics.ok());
  CHECK(f.value("status") == "(error)");
  CHECK(f.value("path", RulePoint::HttpResponse) == "(error)");
  CHECK(f.value("be_name") == "(error)");
  CHECK(f.diagnostics.errors() == 3);
}

TEST_CASE("the request's body is read by name and as a whole") {
  Fixture f;
  f.evaluation.body = {"a=1&b=two&a=3", true, 13};
  CHECK(f.value("req.body") == "a=1&b=two&a=3");
  CHECK(f.value("req.body_len") == "13");
  CHECK(f.value("req.body_size") == "13");
  CHECK(f.value("req.body_param(b)") == "two");
  CHECK(f.value("req.body_param(c)") == "(none)");
  CHECK(f.condition("{ req.body_param(a) 3 }") == "true");
}

TEST_CASE("an error in an expression names its place and what is near") {
  struct Case {
    const char* text;
    const char* message;
    std::uint32_t column;
    const char* hint;
  };
  const Case cases[] = {
      {"hdrr(host)", "there is no sample fetch 'hdrr'", 1, "did you mean 'hdr'?"},
      {"hdr(host),lowr", "there is no converter 'lowr'", 11, "did you mean 'lower'?"},
      {"hdr(host", "the arguments of 'hdr' are not closed by ')'", 4, ""},
      {"path(1)", "'path' takes no argument, not 1", 1, ""},
      {"str(x),add(y)", "'y' is neither an integer nor a variable", 12, ""},
      {"int(x)", "'x' is not an integer", 5, ""},
      {"nbsrv(node)", "there is no backend 'node'", 7, "did you mean 'nodes'?"},
      {"srv_is_up(nodes/awx)", "there is no server 'awx' in a backend 'nodes'", 11,
       "did you mean 'aws'?"},
      {"bool(true),lower,", "a converter is missing after ','", 18, ""},
      {"bin(123)", "'123' is not an even number of hexadecimal digits", 5, ""},
      {"always_true,ipmask(8)", "'ipmask' converts a sample of type address", 13, ""},
      {"sc0_http_req_rate", "the sample fetch 'sc0_http_req_rate' is not supported by Sluice yet",
       1, ""},
      {"http_auth(users)", "there is no userlist 'users'", 11, ""},
      {"str(a),map(f.map)", "the converter 'map' is not supported by Sluice yet", 8, ""},
      {"var(proc.x)", "the variable scope 'proc' is not supported by Sluice yet", 5, ""},
      {"str(a),regsub('(',b)", "regex '(' is invalid at its byte", 15, ""},
  };
  for (const Case& row : cases) {
    Fixture f;
    INFO(row.text);
    CHECK(f.value(row.text) == "(error)");
    REQUIRE(f.diagnostics.errors() == 1);
    const base::Diagnostic& diagnostic = f.diagnostics.all().front();
    CHECK(diagnostic.message.find(row.message) != std::string::npos);
    CHECK(diagnostic.span.column == row.column);
    if (row.hint[0] != '\0') CHECK(diagnostic.hint == row.hint);
  }
}
