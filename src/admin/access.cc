#include "admin/access.h"

#include "admin/url.h"
#include "base/base64.h"
#include "base/password.h"
#include "base/text.h"

namespace sluice::admin {

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  const auto size = base::decode_base64(text, out.data());
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

std::optional<std::string> authorized_user(const http::ServiceRequest& request,
                                           const model::StatsPage& page) {
  if (page.auth.empty()) return "";
  const std::string* header = request.field("authorization");
  if (header == nullptr || header->size() < 6 || !base::iequals(header->substr(0, 6), "basic "))
    return std::nullopt;
  const auto credentials = decode_base64(base::trim(std::string_view(*header).substr(6)));
  if (!credentials) return std::nullopt;
  const model::StatsAuth* match = nullptr;
  for (const model::StatsAuth& entry : page.auth) {
    if (base::password::equal_in_constant_time(*credentials, entry.user + ":" + entry.password))
      match = &entry;
  }
  if (match == nullptr) return std::nullopt;
  return match->user;
}

http::ServiceReply ask_for_credentials(std::string_view text) {
  std::string realm;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue;
    if (c == '"' || c == '\\') realm += '\\';
    realm += c;
  }
  http::ServiceReply reply;
  reply.status = 401;
  reply.fields = {{"cache-control", "no-cache"},
                  {"content-type", "text/html; charset=utf-8"},
                  {"www-authenticate", "Basic realm=\"" + realm + "\""}};
  reply.body =
      "<!DOCTYPE html><html lang=\"en\"><title>401 Unauthorized</title><h1>401 Unauthorized</h1>"
      "<p>This page asks for a user and a password.</p></html>\n";
  return reply;
}

bool is_same_origin(const http::ServiceRequest& request) {
  const std::string* site = request.field("sec-fetch-site");
  if (site != nullptr && *site != "same-origin") return false;
  const std::string* source = request.field("origin");
  if (source == nullptr) source = request.field("referer");
  if (source == nullptr) return true;
  const std::string* host = request.field("host");
  if (host == nullptr || host->empty()) return false;
  const std::string asked = authority_of((request.tls ? "https://" : "http://") + *host);
  const std::string from = authority_of(*source);
  return !from.empty() && from == asked;
}

}  // namespace sluice::admin
