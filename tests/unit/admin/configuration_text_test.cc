#include "admin/configuration_text.h"

#include <algorithm>

#include "support/catch.h"

using namespace sluice::admin;
using Lines = std::vector<std::string>;

TEST_CASE("secrets of a configuration's lines are stars, and nothing else is") {
  const std::pair<const char*, const char*> rows[] = {
      {"    stats auth alice:secret", "    stats auth alice:***"},
      {"    stats auth alice:se:cr:et  # why", "    stats auth alice:***  # why"},
      {"stats auth = alice:secret", "stats auth = alice:***"},
      {"  user alice password $6$salt$hash groups g1", "  user alice password *** groups g1"},
      {"  user alice insecure-password secret", "  user alice insecure-password ***"},
      {"    dynamic-cookie-key secret", "    dynamic-cookie-key ***"},
      {"dynamic-cookie-key = secret", "dynamic-cookie-key = ***"},
      {"http-request set-header Authorization \"Basic abc def\"",
       "http-request set-header Authorization ***"},
      {"http-check send meth GET uri / hdr X-Api-Key abc",
       "http-check send meth GET uri / hdr X-Api-Key ***"},
      {"    setenv DB_PASSWORD secret", "    setenv DB_PASSWORD ***"},
      {"    errorloc 503 http://u:secret@host/x", "    errorloc 503 http://u:***@host/x"},
      {"    http-request set-header X-Forwarded-Proto https",
       "    http-request set-header X-Forwarded-Proto https"},
      {"    server a 10.0.0.1:80 check cookie va", "    server a 10.0.0.1:80 check cookie va"},
      {"    redirect prefix https://example.org/a@b",
       "    redirect prefix https://example.org/a@b"},
      {"    setenv PATH /usr/bin", "    setenv PATH /usr/bin"},
      {"", ""},
      {"# stats auth a:b", "# stats auth a:***"},
  };
  for (const auto& [line, shown] : rows) {
    INFO(line);
    CHECK(without_secrets(line) == shown);
  }
}

TEST_CASE("texts that are the same have no difference") {
  CHECK(unified_difference({}, {}, "a", "b").empty());
  CHECK(unified_difference({"x", "y"}, {"x", "y"}, "a", "b").empty());
}

TEST_CASE("a difference has three lines around each change, and hunks that are apart") {
  Lines before;
  for (int i = 1; i <= 20; ++i) before.push_back(std::to_string(i));
  Lines after = before;
  after[1] = "two";
  after.erase(after.begin() + 17);
  CHECK(unified_difference(before, after, "a", "b") ==
        "--- a\n+++ b\n@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n"
        "@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n");
}

TEST_CASE("a difference begins with the first line, ends with the last, and may be all of it") {
  CHECK(unified_difference({}, {"x"}, "a", "b") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  CHECK(unified_difference({"x", "y"}, {}, "a", "b") == "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-x\n-y\n");
  CHECK(unified_difference({"x", "y"}, {"y", "z"}, "a", "b") ==
        "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-x\n y\n+z\n");
}

TEST_CASE("changes that stand near each other are one hunk") {
  const Lines before = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
  Lines after = before;
  after[0] = "one";
  after[7] = "eight";
  const std::string text = unified_difference(before, after, "a", "b");
  CHECK(text.find("@@ -1,9 +1,9 @@") != std::string::npos);
  CHECK(text.find("@@", text.find("@@ -1,9 +1,9 @@") + 15) == std::string::npos);
}

TEST_CASE("a difference that would take too long is given in whole") {
  const Lines before(2'500, "a");
  Lines after(2'500, "b");
  after.front() = "a";
  const std::string text = unified_difference(before, after, "x", "y");
  CHECK(std::count(text.begin(), text.end(), '-') >= 2'499);
}
