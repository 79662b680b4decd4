#include "model/dynamic_cookie.h"

#include <string>

#include "base/xxhash.h"
#include "support/catch.h"

using namespace sluice;

TEST_CASE("XXH64 gives the values of its specification") {
  CHECK(base::xxh64("") == 0xEF46DB3751D8E999ULL);
  CHECK(base::xxh64("a") == 0xD24EC4F1A98C6E5BULL);
  CHECK(base::xxh64("abc") == 0x44BC2CF5AD770999ULL);
  CHECK(base::xxh64("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1ULL);
}

TEST_CASE("a dynamic cookie follows key, address and port") {
  const auto address = *base::Address::from_ip("192.0.2.1", 80);
  const std::uint64_t value = model::dynamic_cookie("key", address);
  CHECK(value == base::xxh64(std::string_view("key\xC0\x00\x02\x01\x00\x00\x00\x50", 11)));
  CHECK(model::dynamic_cookie("other", address) != value);
  CHECK(model::dynamic_cookie("key", *base::Address::from_ip("192.0.2.1", 81)) != value);
  CHECK(model::dynamic_cookie("key", *base::Address::from_ip("2001:db8::1", 80)) != value);
  CHECK(model::dynamic_cookie("", address) == 0);
  CHECK(model::dynamic_cookie("key", *base::Address::from_unix_path("/s")) == 0);
  CHECK(model::dynamic_cookie("key", base::Address()) == 0);
}

TEST_CASE("a dynamic cookie is 16 small hexadecimal digits and nothing else") {
  char text[model::kDynamicCookieBytes];
  model::write_dynamic_cookie(0x00AB'CDEF'0123'4567ULL, text);
  const std::string written(text, sizeof(text));
  CHECK(written == "00abcdef01234567");
  CHECK(model::read_dynamic_cookie(written) == 0x00AB'CDEF'0123'4567ULL);
  CHECK(model::read_dynamic_cookie("00ABCDEF01234567") == 0);
  CHECK(model::read_dynamic_cookie("00abcdef0123456") == 0);
  CHECK(model::read_dynamic_cookie("00abcdef01234567 ") == 0);
  CHECK(model::read_dynamic_cookie("00abcdef0123456g") == 0);
}
