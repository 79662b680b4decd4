#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "fixture.h"
#include "support/catch.h"

using namespace sluice;
using namespace sluice::rules;
using model::RulePoint;
using sluice::rules::test::Fixture;

namespace {
struct Row {
  const char* condition;
  const char* truth;
};

void check(Fixture& f, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    INFO(row.condition << ' ' << f.first_error());
    CHECK(f.condition(row.condition) == row.truth);
  }
}
}  // namespace

TEST_CASE("each match method compares as the manual says") {
  Fixture f;
  check(f, {
               {"{ path /a/b/c.html }", "true"},
               {"{ path /A/b/c.html }", "false"},
               {"{ path -i /A/B/c.html }", "true"},
               {"{ path_beg /a /z }", "true"},
               {"{ path_beg /z }", "false"},
               {"{ path_end .html .gif }", "true"},
               {"{ path_sub b/c }", "true"},
               {"{ path_dir b }", "true"},
               {"{ path_dir a/b }", "true"},
               {"{ path_dir c }", "false"},
               {"{ hdr_dom(host) Example }", "true"},
               {"{ hdr_dom(host) -i .example.com }", "true"},
               {"{ hdr_dom(host) xample }", "false"},
               {"{ hdr_beg(host) -i www. }", "true"},
               {"{ hdr_beg(host) www. }", "false"},
               {"{ hdr_beg(host) -m end 8080 }", "true"},
               {"{ path_reg ^/a/.*\\.html$ }", "true"},
               {"{ path_reg -i ^/A }", "true"},
               {"{ path_len 11 }", "true"},
               {"{ path_len gt 11 }", "false"},
               {"{ path_len 5:11 }", "true"},
               {"{ path -m len ge 11 }", "true"},
               {"{ hdr(x-a) two }", "true"},
               {"{ hdr(x-a) three }", "true"},
               {"{ hdr(x-a) four }", "false"},
               {"{ req.fhdr(x-a) `one, two` }", "true"},
               {"{ hdr(x-e) -m found }", "true"},
               {"{ hdr(nope) -m found }", "false"},
               {"{ hdr_cnt(x-a) 3 }", "true"},
               {"{ hdr_val(x-n) eq 12 }", "true"},
               {"{ cook(a) 1 }", "true"},
               {"{ cook(a) 3 }", "true"},
               {"{ urlp(x) 3 }", "true"},
               {"{ src 10.0.0.0/8 }", "true"},
               {"{ src 10.1.2.4/31 192.168.0.0/16 }", "false"},
               {"{ src 10.1.2.0/255.255.255.0 }", "true"},
               {"{ src 10.3/8 }", "true"},
               {"{ src ::ffff:10.0.0.0/104 }", "true"},
               {"{ src fe80::/10 }", "false"},
               {"{ hdr(x-n),lower -m str 12abc }", "true"},
               {"{ hdr_beg(x-n),lower 12 }", "false"},
               {"{ bin(4869) -m bin 4869 }", "true"},
               {"{ dst_port 80 8080 }", "true"},
               {"{ dst_port 1024: }", "true"},
               {"{ dst_port :1023 }", "false"},
               {"{ src_port lt 4711 }", "false"},
               {"{ src_port le 4711 }", "true"},
               {"{ int(-1) lt 0 }", "true"},
               {"{ ssl_fc }", "false"},
               {"{ nbsrv(nodes) -m bool }", "true"},
               {"{ nbsrv(nodes) lt 1 }", "false"},
               {"{ method GET HEAD }", "true"},
               {"{ str(-i) -m str -- -i }", "true"},
               {"{ str(-i) -m str x -i }", "true"},
           });
  CHECK(f.diagnostics.ok());
}

TEST_CASE("an IPv6 client matches IPv4 networks through its embedded address") {
  Fixture f;
  f.facts.source = *base::Address::from_ip("::ffff:192.168.1.9", 1);
  check(f, {{"{ src 192.168.0.0/16 }", "true"}, {"{ src 10.0.0.0/8 }", "false"}});
  f.facts.source = *base::Address::from_ip("fe80::1", 1);
  check(f, {{"{ src fe80::/10 }", "true"},
            {"{ src fe80::2 }", "false"},
            {"{ src 0.0.0.0/0 }", "false"}});
}

TEST_CASE("the predefined ACLs are there") {
  Fixture f;
  f.facts.source = *base::Address::from_ip("127.0.0.5", 1);
  check(f, {{"TRUE", "true"},
            {"FALSE", "false"},
            {"HTTP", "true"},
            {"HTTP_1.1", "true"},
            {"HTTP_1.0", "false"},
            {"HTTP_2.0", "false"},
            {"HTTP_CONTENT", "false"},
            {"HTTP_URL_ABS", "false"},
            {"HTTP_URL_SLASH", "true"},
            {"HTTP_URL_STAR", "false"},
            {"LOCALHOST", "true"},
            {"METH_GET", "true"},
            {"METH_POST", "false"},
            {"METH_HEAD", "false"},
            {"WAIT_END", "true"}});
}

TEST_CASE("conditions join by and, or and negation") {
  Fixture f;
  check(f, {{"TRUE FALSE", "false"},
            {"TRUE or FALSE", "true"},
            {"FALSE || TRUE", "true"},
            {"!FALSE", "true"},
            {"! TRUE", "false"},
            {"!{ ssl_fc } METH_GET", "true"},
            {"FALSE TRUE or TRUE !FALSE", "true"}});
}

TEST_CASE("lines of one ACL name are alternatives, and own names win over predefined ones") {
  Fixture f;
  model::Proxy& front = f.config.proxies[0];
  front.acls.push_back({"is_img", {}, test::words_of("path_beg /img")});
  front.acls.push_back({"is_img", {}, test::words_of("path_end .html")});
  front.acls.push_back({"METH_POST", {}, test::words_of("always_true")});
  check(f, {{"is_img", "true"}, {"!is_img", "false"}, {"METH_POST", "true"}});
}

TEST_CASE("patterns come from files, without comments and blank lines") {
  std::string name = "/tmp/acl-patterns-XXXXXX";
  const int descriptor = mkstemp(name.data());
  REQUIRE(descriptor >= 0);
  close(descriptor);
  std::ofstream(name) << "# comment\n\n  10.1.2.3  \n192.168.0.0/16 a map's value\n";
  Fixture f;
  CHECK(f.condition("{ src -M -f " + name + " }") == "true");
  CHECK(f.condition("{ src -f " + name + " }") == "(error)");
  CHECK(f.first_error().find("(line 4 of '") != std::string::npos);
  std::remove(name.c_str());
  CHECK(f.condition("{ src -f /nonexistent/x }") == "(error)");
}

TEST_CASE("errors in conditions are reported with their place") {
  struct Case {
    const char* text;
    const char* message;
    std::uint32_t column;
  };
  const Case cases[] = {
      {"is_imag", "there is no ACL 'is_imag' in this section", 1},
      {"{ path_bge /a }", "there is no ACL criterion 'path_bge'", 3},
      {"TRUE { path /a", "'{' is not closed", 6},
      {"{ }", "there is nothing between '{' and '}'", 1},
      {"or TRUE", "nothing stands before 'or'", 1},
      {"TRUE or", "nothing stands after 'or'", 6},
      {"{ src 10.0.0.0/33 }", "'10.0.0.0/33' is not an address or a network", 7},
      {"{ dst_port http }", "'http' is neither an integer nor a range", 12},
      {"{ path -m begin /a }", "there is no match method 'begin'", 11},
      {"{ req.body x }", "has no default match method", 3},
      {"{ path_reg ( }", "regex '(' is invalid", 12},
      {"{ always_true -m ip 1.2.3.4 }", "'-m ip' cannot compare a sample of type boolean", 3},
      {"{ src_http_req_rate gt 5 }", "'src_http_req_rate' is not supported by Sluice yet", 3},
  };
  for (const Case& row : cases) {
    Fixture f;
    INFO(row.text);
    CHECK(f.condition(row.text) == "(error)");
    REQUIRE(f.diagnostics.errors() == 1);
    CHECK(f.diagnostics.all().front().message.find(row.message) != std::string::npos);
    CHECK(f.diagnostics.all().front().span.column == row.column);
  }
}

TEST_CASE("a criterion that its place does not have is warned about and never matches") {
  Fixture f;
  CHECK(f.condition("{ status 200 }") == "false");
  CHECK(f.diagnostics.ok());
  CHECK(f.diagnostics.warnings() == 1);
}

TEST_CASE("an ACL that no rule uses is checked all the same") {
  Fixture f;
  f.config.proxies[0].acls.push_back({"unused", {}, test::words_of("pathh /a")});
  CompileScope scope = f.scope();
  check_unused_acls(scope);
  CHECK(f.first_error().find("there is no ACL criterion 'pathh'") != std::string::npos);
}

TEST_CASE("what bytes to come may change is unknown until the payload is final") {
  Fixture f;
  f.evaluation.request = nullptr;
  f.evaluation.payload = "abc";
  f.evaluation.payload_final = false;
  const auto at = RulePoint::Content;
  CHECK(f.condition("{ req.len gt 10 }", at) == "unknown");
  CHECK(f.condition("{ req.len gt 2 }", at) == "true");
  CHECK(f.condition("{ req.payload(0,3) -m bin 616263 }", at) == "true");
  CHECK(f.condition("{ req.payload(0,5) -m found }", at) == "unknown");
  CHECK(f.condition("HTTP", at) == "unknown");
  CHECK(f.condition("WAIT_END", at) == "unknown");
  CHECK(f.condition("WAIT_END FALSE", at) == "false");
  CHECK(f.condition("WAIT_END or TRUE", at) == "true");
  CHECK(f.condition("!WAIT_END", at) == "unknown");
  f.evaluation.payload_final = true;
  CHECK(f.condition("{ req.len gt 10 }", at) == "false");
  CHECK(f.condition("HTTP", at) == "false");
  CHECK(f.condition("WAIT_END", at) == "true");
}
