// A TLS hello and an RDP cookie in the bytes of a connection: whole, split, spread, cut, malformed.
#include "../../support/catch.h"
#include "fixture.h"
#include "rules/client_hello.h"

using namespace sluice;
using namespace sluice::rules;
using namespace sluice::rules::test;
using model::RulePoint;

namespace {

std::string number(std::size_t value, std::size_t size) {
  std::string out;
  while (size-- > 0) out += static_cast<char>(value >> (8 * size) & 0xFF);
  return out;
}
std::string vector(const std::string& text, std::size_t size) {
  return number(text.size(), size) + text;
}
std::string extension(std::size_t kind, const std::string& body) {
  return number(kind, 2) + vector(body, 2);
}
std::string server_name(const std::string& name) {
  return extension(0, vector(number(0, 1) + vector(name, 2), 2));
}
std::string alpn(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += vector(name, 1);
  return extension(16, vector(list, 2));
}
std::string message(std::size_t type, const std::string& body) {
  return number(type, 1) + vector(body, 3);
}
std::string record(const std::string& payload, std::size_t type = 22) {
  return number(type, 1) + number(0x0301, 2) + vector(payload, 2);
}
std::string hello_body(const std::string& extensions, std::size_t session = 32) {
  return number(0x0303, 2) + std::string(32, 'r') + vector(std::string(session, 's'), 1) +
         vector(number(0x1301, 2) + number(0x1302, 2), 2) + vector(number(0, 1), 1) +
         vector(extensions, 2);
}
std::string client_hello(const std::string& extensions) {
  return record(message(1, hello_body(extensions)));
}
const std::string kHello = client_hello(extension(10, vector(number(29, 2), 2)) +
                                        server_name("a.example") + alpn({"h2", "http/1.1"}));

TlsHello read(std::string_view bytes) {
  static base::Arena arena;
  return read_hello(bytes, arena);
}

/// A fixture in whose evaluation the client sent `bytes`.
struct Sent : Fixture {
  explicit Sent(std::string_view bytes, bool final = false) {
    evaluation.request = nullptr;
    evaluation.no_request = true;
    evaluation.payload = bytes;
    evaluation.payload_final = final;
  }
  std::string content(std::string_view text) { return value(text, RulePoint::Content); }
  std::string test(std::string_view text) { return condition(text, RulePoint::Content); }
};

}  // namespace

TEST_CASE("a ClientHello says its name, its version and its protocols") {
  Sent f(kHello);
  CHECK(f.content("req.ssl_sni") == "a.example");
  CHECK(f.content("req_ssl_sni") == "a.example");
  CHECK(f.content("req.ssl_hello_type") == "1");
  CHECK(f.content("req_ssl_hello_type") == "1");
  CHECK(f.content("req.ssl_ver") == std::to_string(3 * 65536 + 3));
  CHECK(f.content("req.ssl_alpn") == "h2,http/1.1");
  CHECK(f.test("{ req.ssl_ver 3.3 }") == "true");
  CHECK(f.test("{ req_ssl_ver 3.1:3.2 }") == "false");
  CHECK(f.test("{ req.ssl_ver ge 3.1 }") == "true");
  CHECK(f.test("{ req.ssl_ver three }") == "(error)");
  CHECK(f.test("{ req.ssl_sni -i A.EXAMPLE }") == "true");
}

TEST_CASE("cut at any byte a ClientHello is incomplete, and conditions on it wait") {
  for (std::size_t size = 0; size < kHello.size(); ++size) {
    INFO(size);
    REQUIRE(read(std::string_view(kHello).substr(0, size)).status == HelloStatus::Incomplete);
    Sent f(std::string_view(kHello).substr(0, size));
    REQUIRE(f.test("{ req.ssl_hello_type 1 }") == "unknown");
    f.evaluation.payload_final = true;
    REQUIRE(f.test("{ req.ssl_hello_type 1 }") == "false");
  }
  CHECK(read(kHello).status == HelloStatus::Whole);
  CHECK(read(kHello + "more").name == "a.example");
}

TEST_CASE("a ClientHello spread over records of any size is put together") {
  const std::string whole = message(1, hello_body(server_name("b.example")));
  for (std::size_t step = 1; step <= whole.size(); ++step) {
    std::string bytes;
    for (std::size_t at = 0; at < whole.size(); at += step) bytes += record(whole.substr(at, step));
    INFO(step);
    REQUIRE(read(bytes).name == "b.example");
    REQUIRE(read(std::string_view(bytes).substr(0, bytes.size() - 1)).status ==
            HelloStatus::Incomplete);
  }
  const std::string torn = record(whole.substr(0, 20)) + record(whole.substr(20), 23);
  CHECK(read(torn).status == HelloStatus::None);
  CHECK(read(record(whole.substr(0, 20)) + record("")).status == HelloStatus::None);
}

TEST_CASE("any length that does not fit makes it no hello") {
  const std::string cases[] = {
      "GET / HTTP/1.1\r\n\r\n",
      std::string("\x16\x02\x01", 3),                     // a version before SSL 3
      std::string("\x16\x03\x01\x00\x00", 5),             // an empty record
      std::string("\x16\x03\x01\x40\x01", 5),             // a record that is too long
      record(message(11, "x")),                           // another message
      record(number(1, 1) + number(0x4001, 3) + "x"),     // a message that is too long
      record(message(1, "")),                             // nothing in it
      record(message(1, hello_body("", 33))),             // a session id that is too long
      record(message(1, hello_body("") + "x")),           // something behind the extensions
      client_hello(extension(0, "")),                     // no list of names
      client_hello(extension(0, vector("", 2))),          // an empty one
      client_hello(server_name("")),                      // an empty name
      client_hello(server_name(std::string("a\0b", 3))),  // what is no name of a host
      client_hello(server_name("a") + server_name("b")),  // two of them
      client_hello(extension(0, vector(number(0, 1) + number(9, 2) + "a", 2))),
      client_hello(extension(0, number(9, 2) + number(0, 1) + vector("a", 2))),
      client_hello(number(0, 2) + number(500, 2) + "x"),  // an extension that is cut
      client_hello(alpn({""})),
      client_hello(alpn({})),
      record(message(1, number(0x0303, 2) + std::string(32, 'r') + vector("", 1) +
                            vector("abc", 2) + vector(number(0, 1), 1))),  // odd cipher suites
  };
  for (const std::string& bytes : cases) {
    INFO(bytes);
    CHECK(read(bytes).status == HelloStatus::None);
    Sent f(bytes);
    CHECK(f.test("{ req.ssl_hello_type 1 }") == "false");
  }
}

TEST_CASE("every byte of a ClientHello may be anything, and nothing is read out of bounds") {
  for (std::size_t i = 0; i < kHello.size(); ++i) {
    for (const unsigned char c : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      std::string bytes = kHello;
      bytes[i] = static_cast<char>(c);
      const TlsHello hello = read(std::string(bytes));
      REQUIRE(hello.name.size() <= kHello.size());
    }
  }
}

TEST_CASE("a hello without extensions has no name, and a ServerHello is a hello") {
  const std::string old = number(0x0301, 2) + std::string(32, 'r') + vector("", 1) +
                          vector(number(0x002F, 2), 2) + vector(number(0, 1), 1);
  Sent f(record(message(1, old)));
  const std::string bytes = record(message(1, old));
  f.evaluation.payload = bytes;
  CHECK(f.content("req.ssl_sni") == "(none)");
  CHECK(f.content("req.ssl_ver") == std::to_string(3 * 65536 + 1));
  const std::string answer = record(message(
      2, number(0x0303, 2) + std::string(32, 'r') + vector("", 1) + number(0x1301, 2) + "x"));
  f.evaluation.payload = answer;
  CHECK(f.value("res.ssl_hello_type", RulePoint::ResponseContent) == "2");
  CHECK(f.content("req.ssl_sni") == "(none)");
}

TEST_CASE("payload_lv takes the block whose length is written before it") {
  Sent f(std::string_view("\x00\x03xabcdef", 9));
  CHECK(f.content("req.payload_lv(0,2)") == "xab");
  CHECK(f.content("req.payload_lv(0,2,3)") == "abc");
  CHECK(f.content("req.payload_lv(0,2,+2)") == "bcd");
  CHECK(f.content("req.payload_lv(0,2,-1)") == std::string_view("\x03xa", 3));
  CHECK(f.content("req.payload_lv(0,2,-9)") == "(error)");
  CHECK(f.content("req.payload_lv(0,2,x)") == "(error)");
  CHECK(f.content("req.payload_lv(0,0)") == "(error)");
  CHECK(f.content("req.payload_lv(0,9)") == "(error)");
  CHECK(f.content("req.payload_lv(0,1)") == "(none)");
  CHECK(f.content("req.payload_lv(0,2,7)") == "(none)");
  CHECK(f.test("{ req.payload_lv(0,2,7) -m found }") == "unknown");
  CHECK(f.test("{ req.payload_lv(20,8) -m found }") == "unknown");
  f.evaluation.payload_final = true;
  CHECK(f.test("{ req.payload_lv(0,2,7) -m found }") == "false");
}

TEST_CASE("payloads are the bytes that came, and lengths count them") {
  Sent f("hello");
  CHECK(f.content("req.len") == "5");
  CHECK(f.content("req.payload(1,2)") == "el");
  CHECK(f.content("req.payload(1,0)") == "ello");
  CHECK(f.test("REQ_CONTENT") == "true");
  CHECK(f.test("{ req.len gt 9 }") == "unknown");
  CHECK(f.test("{ req.payload(4,9223372036854775807) -m found }") == "unknown");
  CHECK(f.value("res.len", RulePoint::ResponseContent) == "5");
  CHECK(f.value("res.payload(0,4)", RulePoint::ResponseContent) == "hell");
  CHECK(f.value("res.len", RulePoint::Content) == "(error)");
}

TEST_CASE("a message of HTTP has a length and no payload") {
  Fixture f;
  f.evaluation.message_bytes = 42;
  f.evaluation.payload_final = false;
  CHECK(f.value("req.len", RulePoint::Content) == "42");
  CHECK(f.value("req.payload(0,1)", RulePoint::Content) == "(none)");
  CHECK(f.condition("{ req.ssl_hello_type 1 }", RulePoint::Content) == "false");
  CHECK(f.condition("HTTP", RulePoint::Content) == "true");
}

TEST_CASE("what is no request of HTTP is known not to be one at once") {
  Sent f("\x16\x03");
  CHECK(f.test("HTTP") == "false");
  f.evaluation.no_request = false;
  CHECK(f.test("HTTP") == "unknown");
}

TEST_CASE("the content rules of responses wait for a response") {
  Fixture f;
  f.evaluation.response = nullptr;
  f.evaluation.payload_final = false;
  CHECK(f.condition("{ status 200 }", RulePoint::ResponseContent) == "unknown");
  CHECK(f.condition("{ status 200 }", RulePoint::HttpResponse) == "false");
  f.evaluation.response = &f.answer;
  CHECK(f.condition("{ status 200 }", RulePoint::ResponseContent) == "true");
}

TEST_CASE("an RDP connection request may carry a cookie") {
  const std::string head = std::string("\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00", 11);
  const std::string whole = head + "Cookie: mstshash=bob\r\n";
  Sent f(whole);
  CHECK(f.content("req.rdp_cookie") == "bob");
  CHECK(f.content("rdp_cookie(MSTSHASH)") == "bob");
  CHECK(f.content("req.rdp_cookie(msts)") == "(none)");
  CHECK(f.content("req.rdp_cookie_cnt") == "1");
  CHECK(f.test("RDP_COOKIE") == "true");
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    f.evaluation.payload = part;
    INFO(size);
    REQUIRE(f.test("RDP_COOKIE") == "unknown");
  }
  for (const std::string& other :
       {std::string("\x16\x03"), head + "NoCookie=1\r\n", head + "Cookie: nothing\r\n"}) {
    f.evaluation.payload = other;
    CHECK(f.test("RDP_COOKIE") == "false");
  }
}
