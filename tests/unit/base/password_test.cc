#include "base/password.h"

#include "base/base64.h"
#include "support/catch.h"

namespace password = sluice::base::password;

namespace {

// "elgato"
const std::string kYescrypt =
    "$y$j75$TXUdPH1A/npTCxfhJD8AH0$Cp.p//pXbQswQdY4m04VCbV8xZa1J1SLm4g/Irb7KJC";
const std::string kSha512 =
    "$6$rounds=1000$saltsalt$J0oPoJuwrZwdyD9l0.6GVL9yHALJo1BfQLLdTnZ7OQ8thOW8FZcofKNbJ4QoPPShOJx1oJ"
    "dEf6UgOdlN17aNd0";
const std::string kSha256 = "$5$rounds=1000$saltsalt$J10GIogn.cWPzHdo5KC/wFeje1rU3MUYtZUMLGlWM69";
const std::string kMd5 = "$1$saltsalt$iKoGCKqQmFpo4eSZNTjAq.";

}  // namespace

TEST_CASE("a hash of crypt(3) matches its clear text and no other") {
  for (const std::string& hash : {kYescrypt, kSha512, kSha256, kMd5}) {
    CHECK(password::is_known_hash(hash));
    CHECK(password::matches("elgato", hash));
    CHECK_FALSE(password::matches("elgatO", hash));
    CHECK_FALSE(password::matches("", hash));
    CHECK_FALSE(password::matches(hash, hash));
    CHECK_FALSE(password::matches(std::string("elgato\0x", 8), hash));
    CHECK_FALSE(password::matches(std::string(20'000, 'x'), hash));
    CHECK_FALSE(password::matches("elgato", hash.substr(0, hash.size() - 1)));
  }
}

TEST_CASE("what crypt(3) does not know is no hash and matches nothing") {
  for (const std::string hash : {"", "*", "*0", "$9$x$y", "!", ":"}) {
    CHECK_FALSE(password::is_known_hash(hash));
    CHECK_FALSE(password::matches("", hash));
    CHECK_FALSE(password::matches(hash, hash));
  }
}

TEST_CASE("texts compare alike whatever differs") {
  CHECK(password::equal_in_constant_time("", ""));
  CHECK(password::equal_in_constant_time("abc", "abc"));
  for (const char* other : {"", "ab", "abcd", "abcabc", "xbc", "abx"})
    CHECK_FALSE(password::equal_in_constant_time(other, "abc"));
  CHECK_FALSE(password::equal_in_constant_time("a", ""));
}

TEST_CASE("a fingerprint depends on key, clear text and hash, and has neither in it") {
  const auto key = password::random_key();
  const std::string name = password::fingerprint(key, "elgato", kSha256);
  CHECK(name.size() == 32);
  CHECK(name == password::fingerprint(key, "elgato", kSha256));
  CHECK(name != password::fingerprint(password::random_key(), "elgato", kSha256));
  CHECK(name != password::fingerprint(key, "elgatO", kSha256));
  CHECK(name != password::fingerprint(key, "elgato", kMd5));
  CHECK(name.find("elgato") == std::string::npos);
}

TEST_CASE("Base64 is read strictly") {
  const auto read = [](std::string_view text) -> std::optional<std::string> {
    std::string out(text.size(), '\0');
    const auto size = sluice::base::decode_base64(text, out.data());
    if (!size) return std::nullopt;
    return out.substr(0, *size);
  };
  CHECK(read("") == "");
  CHECK(read("dGlnZXI6Z3Jycg==") == "tiger:grrr");
  CHECK(read("YWJj") == "abc");
  CHECK(read("+/+/") == "\xFB\xFF\xBF");
  for (const char* wrong :
       {"d", "dGlnZXI6Z3Jycg", "dGlnZXI6Z3Jycg=", "====", "a===", "YW=j", "YWJ\n", "YW Jj", "-_-_"})
    CHECK_FALSE(read(wrong).has_value());
}
