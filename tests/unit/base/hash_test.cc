#include "base/hash.h"

#include "support/catch.h"

using namespace sluice::base;

// The values are those of haproxy 2.6's converters djb2, sdbm, wt6 and crc32.
TEST_CASE("the hashes are HAProxy's") {
  struct Row {
    const char* text;
    std::uint32_t djb2, sdbm, wt6, crc32;
  };
  constexpr Row kRows[] = {
      {"", 5381, 0, 4187620192, 0},
      {"a", 177670, 97, 1900802597, 3904355907},
      {"hello world", 894552257, 430867652, 1866899626, 222957957},
      {"\xe9\xff\x80"
       "abc",
       967786995, 1248164920, 2883289498, 1842414222},
      {"0123456789", 995771986, 2833570821, 4283931488, 2793719750},
  };
  for (const Row& row : kRows) {
    INFO(row.text);
    CHECK(hash_djb2(row.text) == row.djb2);
    CHECK(hash_sdbm(row.text) == row.sdbm);
    CHECK(hash_wt6(row.text) == row.wt6);
    CHECK(hash_crc32(row.text) == row.crc32);
  }
}

TEST_CASE("the avalanche is HAProxy's") {
  CHECK(avalanche(hash_wt6("")) == 2385687481);
  CHECK(avalanche(hash_wt6("a")) == 1986649387);
  CHECK(avalanche(hash_wt6("0123456789")) == 3155630772);
}

TEST_CASE("a byte of 0 counts") {
  using namespace std::string_view_literals;
  CHECK(hash_djb2("\0"sv) != hash_djb2(""));
  CHECK(hash_crc32("a\0"sv) != hash_crc32("a"));
}
