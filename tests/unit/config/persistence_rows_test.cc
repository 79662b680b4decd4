// `cookie` and what belongs to it: every option, and lines that are wrong.
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"
#include "unit/config/parsed.h"

using namespace sluice;
using namespace sluice::config::test;

TEST_CASE("cookie and its options") {
  const Outcome outcome = parse(listen(
      " cookie S insert indirect nocache postonly preserve httponly secure domain .a.b domain c.d "
      "maxidle 30m maxlife 60d attr SameSite=Lax attr X dynamic\n dynamic-cookie-key k\n"
      " force-persist if { src 10.0.0.1 }\n ignore-persist unless { path / }\n option persist\n"
      " capture cookie C len 100\n server a 1.1.1.1:1 cookie v"));
  INFO(outcome.text());
  REQUIRE(outcome.diagnostics.errors() == 0);
  const model::Proxy& proxy = outcome.config.proxies[0];
  const model::PersistenceCookie& cookie = proxy.cookie;
  CHECK(cookie.name == "S");
  CHECK((cookie.insert && !cookie.rewrite && !cookie.prefix && cookie.indirect && cookie.nocache));
  CHECK((cookie.postonly && cookie.preserve && cookie.httponly && cookie.secure && cookie.dynamic));
  CHECK(cookie.domains == std::vector<std::string>{".a.b", "c.d"});
  CHECK(cookie.attributes == std::vector<std::string>{"SameSite=Lax", "X"});
  CHECK((cookie.maxidle_s == 1'800 && cookie.maxlife_s == 60 * 86'400));
  CHECK((proxy.dynamic_cookie_key == "k" && proxy.persist));
  REQUIRE(proxy.persist_rules.size() == 2);
  CHECK(proxy.persist_rules[0].effect == model::PersistRule::Effect::Force);
  CHECK(proxy.persist_rules[1].effect == model::PersistRule::Effect::Ignore);
  CHECK((!proxy.persist_rules[0].negated && proxy.persist_rules[1].negated));
  REQUIRE(proxy.cookie_capture);
  CHECK(proxy.cookie_capture->max_length == 63);
  CHECK(proxy.servers[0].cookie == "v");
}

TEST_CASE("a cookie line that contradicts itself is an error") {
  const std::pair<std::string, std::string> lines[] = {
      {"cookie", "needs a cookie's name"},
      {"cookie S insert rewrite", "exclude each other"},
      {"cookie S insert prefix", "exclude each other"},
      {"cookie S rewrite indirect", "exclude each other"},
      {"cookie S preserve", "needs 'insert' or 'indirect'"},
      {"cookie S inser", "did you mean 'insert'?"},
      {"cookie S insert domain", "needs a domain"},
      {"cookie S insert domain a/b.c", "cannot contain '/'"},
      {"cookie S insert maxidle", "needs a time"},
      {"cookie S insert maxidle x", "is not a time"},
      {"cookie S insert maxlife 100000d", "is not a time"},
      {"cookie S insert attr", "needs an attribute"},
      {"cookie S insert attr 'a;b'", "cannot contain ';'"},
      {"dynamic-cookie-key", "needs a secret key"},
      {"dynamic-cookie-key a b", "does not take the argument 'b'"},
      {"force-persist", "needs 'if' or 'unless'"},
      {"force-persist x", "does not take 'x'"},
      {"ignore-persist if", "a condition is missing"},
      {"option persist x", "does not take the argument 'x'"},
      {"capture cookie C", "needs 'len'"},
      {"capture cookie C len x", "needs a length"},
      {"server s 1.1.1.1:1 cookie", "needs a value"},
  };
  for (const auto& [line, message] : lines) {
    const Outcome outcome = parse(listen(" " + line));
    INFO(line << outcome.text());
    CHECK(outcome.diagnostics.errors() >= 1);
    CHECK_THAT(outcome.text(), Catch::Contains(message));
  }
}
