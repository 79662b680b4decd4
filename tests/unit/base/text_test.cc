#include "base/text.h"

#include "support/catch.h"

using namespace sluice::base;

TEST_CASE("a time without a unit takes the keyword's default unit") {
  CHECK(parse_time_us("5000", 1'000) == 5'000'000U);
  CHECK(parse_time_us("30", 1'000'000) == 30'000'000U);
}

TEST_CASE("a time takes each of the manual's units") {
  CHECK(parse_time_us("1us", 1'000) == 1U);
  CHECK(parse_time_us("1ms", 1'000) == 1'000U);
  CHECK(parse_time_us("1s", 1'000) == 1'000'000U);
  CHECK(parse_time_us("1m", 1'000) == 60'000'000U);
  CHECK(parse_time_us("1h", 1'000) == 3'600'000'000U);
  CHECK(parse_time_us("1d", 1'000) == 86'400'000'000U);
}

TEST_CASE("a time that is malformed or too large is refused") {
  CHECK_FALSE(parse_time_us("", 1'000));
  CHECK_FALSE(parse_time_us("s", 1'000));
  CHECK_FALSE(parse_time_us("5x", 1'000));
  CHECK_FALSE(parse_time_us("-5s", 1'000));
  CHECK_FALSE(parse_time_us("25d", 1'000));  // over 2^31 - 1 milliseconds
  CHECK_FALSE(parse_time_us("99999999999999999999", 1'000));
}

TEST_CASE("sizes count in powers of 1024") {
  CHECK(parse_size("16k") == 16'384U);
  CHECK(parse_size("2M") == 2U << 20);
  CHECK_FALSE(parse_size("k"));
  CHECK_FALSE(parse_size("99999999999g"));
}

TEST_CASE("elements of a list are trimmed and empty ones skipped") {
  std::vector<std::string> seen;
  for_each_element(" a ,, b,c ", [&](std::string_view e) { seen.emplace_back(e); });
  CHECK(seen == std::vector<std::string>{"a", "b", "c"});
}
