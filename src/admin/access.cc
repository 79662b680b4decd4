#include "admin/access.h"

#include "admin/url.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (base::is_digit(c)) return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i] ^ expected);
  }
  return difference == 0;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
    unsigned bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k + padding >= 4 ? 0 : base64_value(text[i + k]);
      if (value < 0) return std::nullopt;
      bits = bits << 6 | static_cast<unsigned>(value);
    }
    out += static_cast<char>(bits >> 16);
    if (padding < 2) out += static_cast<char>(bits >> 8 & 0xFF);
    if (padding < 1) out += static_cast<char>(bits & 0xFF);
  }
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
    if (equal_in_constant_time(*credentials, entry.user + ":" + entry.password)) match = &entry;
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
