#include "admin/ui_service.h"

#include "admin/ui_files.h"
#include "support/catch.h"

using namespace sluice;

TEST_CASE("gzip is sent to who takes it") {
  const std::pair<const char*, bool> rows[] = {
      {"gzip", true},
      {"GZIP", true},
      {"x-gzip", true},
      {"br, gzip;q=0.5", true},
      {"deflate , gzip ; q=1.0", true},
      {"*", true},
      {"gzip;q=0.001", true},
      {"gzip;q=0", false},
      {"gzip;q=0.000, *", false},
      {"*;q=0", false},
      {"identity", false},
      {"gzipped", false},
      {"", false},
      {",,;q=", false},
  };
  for (const auto& [value, expected] : rows) {
    INFO(value);
    CHECK(admin::accepts_gzip(value) == expected);
  }
}

TEST_CASE("a tag is found in a list of tags, weak ones too") {
  CHECK(admin::matches_tag("\"a\"", "\"a\""));
  CHECK(admin::matches_tag("\"b\", W/\"a\"", "\"a\""));
  CHECK(admin::matches_tag("*", "\"a\""));
  CHECK_FALSE(admin::matches_tag("\"a-gz\"", "\"a\""));
  CHECK_FALSE(admin::matches_tag("a", "\"a\""));
  CHECK_FALSE(admin::matches_tag("", "\"a\""));
}

TEST_CASE("the page's files are served plain as they are gzipped") {
  admin::UiService service;
  for (const admin::UiFile& file : admin::ui_files()) {
    INFO(file.path);
    http::ServiceRequest request;
    request.method = "GET";
    request.path = "/ui/" + std::string(file.path);
    const auto plain = service.serve(request);
    CHECK(plain.status == 200);
    CHECK(plain.body.size() == file.plain_bytes);
    request.fields = {{"accept-encoding", "gzip"}};
    const auto packed = service.serve(request);
    CHECK(packed.body.size() == file.gzip.size());
    CHECK(packed.body.substr(0, 2) == "\x1f\x8b");
  }
}
