#include "admin/ui_service.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "admin/html.h"
#include "admin/stats_page.h"
#include "admin/ui_files.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

constexpr std::string_view kPrefix = "/ui/";
constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for the gzip format

const UiFile* find_file(std::string_view path) {
  if (path.empty()) path = "index.html";
  const auto files = ui_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const UiFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

/// The plain bytes, for the rare client that takes no gzip.
std::string unpacked(const UiFile& file) {
  std::string out(file.plain_bytes, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(file.gzip.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(file.gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_out == 0 ? out : std::string();
}

/// The weight of a list's element, in thousandths: "gzip;q=0.5" is 500.
int weight_of(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  const std::string_view value = base::trim(parameters.substr(q + 2));
  if (value.empty() || value.front() == '1') return 1000;
  int out = 0;
  int place = 100;
  for (const char c : value.substr(std::min<std::size_t>(2, value.size()))) {
    if (!base::is_digit(c)) break;
    out += (c - '0') * place;
    place /= 10;
  }
  return out;
}

http::ServiceReply refused(std::uint16_t status, std::string_view text) {
  http::ServiceReply reply = plain_reply(status, text);
  reply.fields.emplace_back("x-content-type-options", "nosniff");
  return reply;
}

http::ServiceReply to_the_folder() {
  http::ServiceReply reply = refused(308, "The page is at /ui/.\n");
  reply.fields.emplace_back("location", kPrefix);
  return reply;
}

http::ServiceReply head_for(const UiFile& file, const std::string& tag) {
  http::ServiceReply reply;
  const bool forever = file.keep == UiFile::Keep::ForEver;
  reply.fields = {
      {"content-type", std::string(file.content_type)},
      {"cache-control", forever ? "private, max-age=31536000, immutable" : "no-cache"},
      {"etag", tag},
      {"vary", "accept-encoding"},
      {"content-security-policy", std::string(kPolicy)},
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "same-origin"},
      {"cross-origin-opener-policy", "same-origin"},
      {"x-frame-options", "DENY"},
  };
  return reply;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  std::optional<int> named;
  int any = 0;
  base::for_each_element(accept_encoding, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    const std::string_view coding = base::trim(element.substr(0, semicolon));
    const int weight =
        semicolon == std::string_view::npos ? 1000 : weight_of(element.substr(semicolon + 1));
    if (base::iequals(coding, "gzip") || base::iequals(coding, "x-gzip")) named = weight;
    if (coding == "*") any = weight;
  });
  return named.value_or(any) > 0;
}

bool matches_tag(std::string_view if_none_match, std::string_view tag) noexcept {
  bool found = false;
  base::for_each_element(if_none_match, [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == "*" || element == tag) found = true;
  });
  return found;
}

http::ServiceReply page_left_out(std::string_view classic) {
  http::ServiceReply reply = refused(404, "");
  for (auto& [name, value] : reply.fields) {
    if (name == "content-type") value = "text/html; charset=utf-8";
  }
  reply.body =
      "<!DOCTYPE html><html lang=\"en\"><title>No admin page</title><h1>No admin page</h1>"
      "<p>This program was built without it (SLUICE_UI=OFF). ";
  if (classic.empty()) {
    reply.body +=
        "A <code>listen</code> section with <code>stats enable</code> has the classic page, which "
        "shows and changes the same.";
  } else {
    const std::string path = escape_html(classic);
    reply.body += "The classic page is at <a href=\"" + path + "\">" + path + "</a>.";
  }
  reply.body += " The API at /api/ is all there.</p></html>\n";
  return reply;
}

http::ServiceReply UiService::serve(const http::ServiceRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::ServiceReply reply = refused(405, "Only GET and HEAD are served here.\n");
    reply.fields.emplace_back("allow", "GET, HEAD");
    return reply;
  }
  const std::string_view path = std::string_view(request.path).substr(0, request.path.find('?'));
  if (path.size() < kPrefix.size()) return to_the_folder();
  const UiFile* file = find_file(path.substr(kPrefix.size()));
  if (file == nullptr) return refused(404, "The admin page has no such file.\n");

  const std::string* accepted = request.field("accept-encoding");
  const bool gzip = accepted != nullptr && accepts_gzip(*accepted);
  // Two representations, two tags (RFC 9110 §8.8.3.3).
  const std::string tag = '"' + std::string(file->tag) + (gzip ? "-gz\"" : "\"");
  http::ServiceReply reply = head_for(*file, tag);
  const std::string* known = request.field("if-none-match");
  if (known != nullptr && matches_tag(*known, tag)) {
    reply.status = 304;
    return reply;
  }
  if (!gzip) {
    reply.body = unpacked(*file);
    return reply;
  }
  reply.fields.emplace_back("content-encoding", "gzip");
  reply.body.assign(reinterpret_cast<const char*>(file->gzip.data()), file->gzip.size());
  return reply;
}

}  // namespace sluice::admin
