#include "demo/configuration.h"
#include "demo/json.h"
#include "demo/session.h"
#include "demo/stores.h"
#include "demo/text.h"
#include "support/catch.h"

using namespace sluice::demo;

TEST_CASE("form values are decoded, and found by their whole name") {
  CHECK(form_value("a=1&search=two+words%21&b", "search") == "two words!");
  CHECK(form_value("b", "b") == "");
  CHECK_FALSE(form_value("research=1", "search"));
  CHECK(url_decode("100%") == "100%");
  CHECK(url_decode("%zz%4") == "%zz%4");
  CHECK(url_decode(url_encode("a b&c=\xc3\xa4/")) == "a b&c=\xc3\xa4/");
}

TEST_CASE("cookies are found among others") {
  CHECK(cookie_value("a=1; session=x.y; b=2", "session") == "x.y");
  CHECK_FALSE(cookie_value("xsession=1", "session"));
  CHECK_FALSE(cookie_value("", "session"));
}

TEST_CASE("what users write cannot become markup") {
  CHECK(html_escape("<a href=\"x\">'&</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;");
}

TEST_CASE("a token names its user until it is altered") {
  const std::string token = make_token("bruce");
  CHECK(user_of(token) == "bruce");
  CHECK_FALSE(user_of("stephen" + token.substr(5)));
  CHECK_FALSE(user_of(token.substr(0, token.size() - 1)));
  CHECK_FALSE(user_of("bruce"));
  CHECK_FALSE(user_of(""));
}

TEST_CASE("thoughts are searched without regard to case, newest first, and bounded") {
  ThoughtStore store;
  CHECK(store.search("MONOLITH").size() == 1);
  CHECK(store.of_user("bruce").size() == 2);
  CHECK_FALSE(store.add("bruce", "  "));
  CHECK_FALSE(store.add("bruce", std::string(501, 'x')));
  for (std::size_t i = 0; i < ThoughtStore::kMaxThoughts + 10; ++i) {
    REQUIRE(store.add("bruce", "thought " + std::to_string(i)));
  }
  const auto all = store.search("");
  CHECK(all.size() == ThoughtStore::kMaxListed);
  CHECK(all.front().text == "thought 1009");
  CHECK(store.remove(all.front().id));
  CHECK_FALSE(store.remove(all.front().id));
}

TEST_CASE("the sample users are bruce and stephen") {
  UserStore users;
  CHECK(users.knows("bruce", "bruce"));
  CHECK(users.knows("stephen", "stephen"));
  CHECK_FALSE(users.knows("bruce", "stephen"));
  CHECK(users.add("ada", "x"));
  CHECK_FALSE(users.add("ada", "y"));
  CHECK_FALSE(users.add("a b", "y"));
  CHECK_FALSE(users.add("", "y"));
}

TEST_CASE("thoughts pass through JSON, and bad JSON is refused") {
  const std::vector<Thought> thoughts{{7, "bruce", "a \"quoted\" \xff thought", 1'700'000'000}};
  const auto back = thoughts_from_json(to_json(thoughts));
  REQUIRE(back);
  CHECK(back->front().id == 7);
  CHECK(back->front().user == "bruce");
  for (const char* text : {"", "{", "{}", "[1]", "[{\"id\":1}]",
                           "[{\"id\":-1,\"username\":1,\"text\":2,\"timestamp\":3}]"}) {
    INFO(text);
    CHECK_FALSE(thoughts_from_json(text));
  }
  CHECK(json_member("{\"token\":\"x\"}", "token") == "x");
  CHECK_FALSE(json_member("[]", "token"));
  CHECK_FALSE(json_member("{\"token\":1}", "token"));
}

TEST_CASE("the demo's configuration names the ports it was given") {
  DemoPorts ports;
  ports.proxy = 1800;
  ports.stats = 1801;
  const std::string text = configuration(ports, Ipv6::Present);
  CHECK(text.find("bind *:1800\n") != std::string::npos);
  CHECK(text.find("bind :::1800 v6only\n") != std::string::npos);
  CHECK(text.find("bind 127.0.0.1:1801\n") != std::string::npos);
  CHECK(text.find("server monolith 127.0.0.1:9001 check") != std::string::npos);
  CHECK(configuration(ports, Ipv6::Missing).find("::") == std::string::npos);
}
