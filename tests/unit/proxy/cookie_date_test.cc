#include "proxy/cookie_date.h"

#include <string>

#include "support/catch.h"

using namespace sluice::proxy;

TEST_CASE("a date in a cookie counts four seconds, in five digits of base64") {
  char text[kCookieDateBytes];
  write_cookie_date(1'700'000'000, text);
  const std::string written(text, sizeof(text));
  CHECK(written == "ZVPxA");  // 425,000,000 in base 64
  CHECK(read_cookie_date(written) == 1'700'000'000);
  write_cookie_date(1'700'000'003, text);
  CHECK(read_cookie_date({text, sizeof(text)}) == 1'700'000'000);
}

TEST_CASE("what is no date of a cookie is none") {
  CHECK(read_cookie_date("") == 0);
  CHECK(read_cookie_date("AAAA") == 0);
  CHECK(read_cookie_date("AAA|B") == 0);
  CHECK(read_cookie_date("AAAAA") == 0);
  CHECK(read_cookie_date("AAAAB and more") == 4);
  CHECK(read_cookie_date("/////") == 4'294'967'292);
}
