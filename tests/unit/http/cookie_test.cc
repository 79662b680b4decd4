#include "http/cookie.h"

#include <string>
#include <vector>

#include "base/arena.h"
#include "http/caching.h"
#include "http/login_cookie.h"
#include "http/value_edit.h"
#include "support/catch.h"

using namespace sluice;

namespace {

std::vector<std::string> pairs(std::string_view field) {
  std::vector<std::string> out;
  http::CookieWalk walk(field);
  http::CookiePair pair;
  while (walk.next(pair)) {
    out.push_back(std::string(pair.name(field)) + (pair.has_value ? "=" : "!") +
                  std::string(pair.value(field)));
    REQUIRE(out.size() <= field.size() + 1);
  }
  return out;
}

using Pairs = std::vector<std::string>;

}  // namespace

TEST_CASE("a Cookie field is split at semicolons and commas outside of quotes") {
  CHECK(pairs("a=1; b = 2 ,c=3") == Pairs{"a=1", "b=2", "c=3"});
  CHECK(pairs("a=\"1; b=2, c\"; d=\"x\\\";y\"") == Pairs{"a=\"1; b=2, c\"", "d=\"x\\\";y\""});
  CHECK(pairs("a=\"never; b=2") == Pairs{"a=\"never; b=2"});
  CHECK(pairs("a=x\\;b=1") == Pairs{"a=x\\", "b=1"});
}

TEST_CASE("pairs may be empty, without a value, or without a name") {
  CHECK(pairs("").empty());
  CHECK(pairs(";") == Pairs{"!", "!"});
  CHECK(pairs(";;a=1;") == Pairs{"!", "!", "a=1", "!"});
  CHECK(pairs("a; b=") == Pairs{"a!", "b="});
  CHECK(pairs("=x; =") == Pairs{"=x", "="});
  CHECK(pairs("a=b=c") == Pairs{"a=b=c"});
  CHECK(pairs("\"") == Pairs{"\"!"});
  CHECK(pairs("a=\"\\") == Pairs{"a=\"\\"});
}

TEST_CASE("a Set-Cookie field has one cookie, and its attributes are not pairs") {
  const std::string_view field = " S = app ; path=/; Expires=Thu, 01-Jan-1970";
  const http::CookiePair pair = http::read_set_cookie(field);
  CHECK(pair.name(field) == "S");
  CHECK(pair.value(field) == "app");
  CHECK(pair.has_blanks());
  CHECK(pair.end == field.size());
  CHECK_FALSE(http::read_set_cookie("Secure; a=1").has_value);
  CHECK_FALSE(http::read_set_cookie("").has_value);
}

TEST_CASE("an edited value keeps what was not replaced") {
  base::Arena arena;
  const std::string_view value = "one two three";
  http::ValueEdit untouched(value, arena);
  CHECK_FALSE(untouched.changed());
  CHECK(untouched.finish().data() == value.data());
  http::ValueEdit edit(value, arena, 2);
  edit.replace(0, 4);
  edit.replace(4, 7, "2");
  edit.replace(2, 8, "");  // most of it is decided already
  edit.replace(13, 13, "!!");
  CHECK(edit.finish() == "2three!!");
}

TEST_CASE("a response is cacheable with a lifetime or a validator, unless it says otherwise") {
  using http::Method;
  const auto cacheable = [](std::initializer_list<std::pair<const char*, const char*>> fields,
                            Method method = Method::Get, std::uint16_t status = 200) {
    http::FieldList list;
    for (const auto& [name, value] : fields) list.add(name, value);
    return http::is_cacheable(method, status, list);
  };
  CHECK_FALSE(cacheable({}));
  CHECK(cacheable({{"ETag", "x"}}));
  CHECK(cacheable({{"Cache-Control", "max-age=3"}}));
  CHECK_FALSE(cacheable({{"ETag", "x"}}, Method::Post));
  CHECK_FALSE(cacheable({{"ETag", "x"}}, Method::Get, 302));
  CHECK(cacheable({{"ETag", "x"}, {"Cache-Control", "Public"}}, Method::Post, 302));
  CHECK_FALSE(cacheable({{"ETag", "x"}, {"Cache-Control", "a, PRIVATE"}}));
  CHECK_FALSE(cacheable({{"ETag", "x"}, {"Cache-Control", "max-age=0"}}));
  CHECK_FALSE(cacheable({{"ETag", "x"}, {"Pragma", "no-cache"}}));
}

TEST_CASE("the cookie of a login is called by its listener's port, and found among others") {
  CHECK(sluice::http::login_cookie_name("proxy.example:8404") == "sluice_session_8404");
  CHECK(sluice::http::login_cookie_name("[::1]:8404") == "sluice_session_8404");
  for (const char* host : {"proxy.example", "[::1]", "", "host:", "host:8x"})
    CHECK(sluice::http::login_cookie_name(host) == "sluice_session");
  const auto find = [](std::string_view field) {
    return sluice::http::login_cookie(field, "sluice_session_1");
  };
  CHECK(find("a=b; sluice_session_1=xyz; c=d") == "xyz");
  CHECK(find("sluice_session_1=xyz") == "xyz");
  CHECK(find(";;; sluice_session_1=xyz;") == "xyz");
  for (const char* field : {"", "sluice_session_1", "sluice_session_1=", "sluice_session_12=x",
                            "xsluice_session_1=x", "a=sluice_session_1=x"})
    CHECK(find(field).empty());
}
