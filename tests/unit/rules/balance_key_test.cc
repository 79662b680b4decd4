#include "rules/balance_key.h"

#include "support/catch.h"

using namespace sluice::rules;
using sluice::model::BalanceKeyText;

TEST_CASE("balance uri ends at the query, a length or a depth") {
  CHECK(uri_key("/a/b?c", {}) == "/a/b");
  CHECK(uri_key("/a/b?c", {.uri_whole = true}) == "/a/b?c");
  CHECK(uri_key("/abc", {.uri_length = 2}) == "/a");
  CHECK(uri_key("/abc", {.uri_length = 20}) == "/abc");
  CHECK(uri_key("/a/b/c", {.uri_depth = 1}) == "/a");
  CHECK(uri_key("/a/b/c", {.uri_depth = 2}) == "/a/b");
  CHECK(uri_key("//a", {.uri_depth = 1}) == "/");
  CHECK(uri_key("/a?/b/c", {.uri_depth = 2, .uri_whole = true}) == "/a?/b");
  CHECK(uri_key("", {}).empty());
}

TEST_CASE("use_domain_only takes what stands before the top level") {
  CHECK(main_domain("haproxy.1wt.eu") == "1wt");
  CHECK(main_domain("1wt.eu") == "1wt");
  CHECK(main_domain("localhost") == "localhost");
  CHECK(main_domain("a.b.c.d") == "c");
  CHECK(main_domain("eu.") == "eu");
  CHECK(main_domain(".eu") == ".eu");
  CHECK(main_domain("a..b") == "a.");
  CHECK(main_domain("..") == ".");
  CHECK(main_domain(".") == ".");
  CHECK(main_domain("").empty());
}

TEST_CASE("url_param takes a whole name and what follows its equal sign") {
  CHECK(parameter_key("k=1", "k") == "1");
  CHECK(parameter_key("a=2&k=1&k=3", "k") == "1");
  CHECK(parameter_key("k=", "k") == "");
  CHECK(parameter_key("k=a=b", "k") == "a=b");
  CHECK_FALSE(parameter_key("k", "k"));
  CHECK_FALSE(parameter_key("kk=1&ak=1", "k"));
  CHECK_FALSE(parameter_key("a&b&", "k"));
  CHECK_FALSE(parameter_key("", "k"));
  CHECK_FALSE(parameter_key("&&&&", "k"));
}

TEST_CASE("a form's value that begins like no form's is none") {
  CHECK(form_key("a=1&k=7\r\n", "k") == "7\r\n");
  CHECK(form_key("k=\r\n", "k") == "");
  CHECK(form_key("k=%20", "k") == "%20");
  CHECK_FALSE(form_key("k=\x01", "k"));
  CHECK_FALSE(form_key("k=/x", "k"));
}
