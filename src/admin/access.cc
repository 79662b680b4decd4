#include "admin/access.h"

#include <algorithm>
#include <utility>

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

http::ServiceReply hardened(http::ServiceReply reply) {
  if (reply.later) {
    reply.later = [later = std::move(reply.later)](std::function<void(http::ServiceReply)> answer) {
      later([answer = std::move(answer)](http::ServiceReply known) {
        answer(hardened(std::move(known)));
      });
    };
    return reply;
  }
  constexpr std::pair<std::string_view, std::string_view> kFields[] = {
      {"content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
      {"x-content-type-options", "nosniff"},
      {"x-frame-options", "DENY"},
      {"referrer-policy", "same-origin"},
  };
  for (const auto& [name, value] : kFields) {
    if (std::ranges::find(reply.fields, name, [](const auto& field) -> std::string_view {
          return field.first;
        }) == reply.fields.end())
      reply.fields.emplace_back(name, value);
  }
  return reply;
}

bool is_led_astray(const http::ServiceRequest& request) {
  const std::string_view from = request.source.ip_bytes();
  const bool local = from.size() == 4 ? from.front() == 127
                                      : from.size() == 16 && from.back() == 1 &&
                                            from.find_first_not_of('\0') == from.size() - 1;
  const bool browser = request.field("origin") != nullptr || request.field("referer") != nullptr ||
                       request.field("sec-fetch-site") != nullptr;
  const std::string* field = request.field("host");
  if (!local || !browser || field == nullptr) return false;
  if (field->starts_with('[')) return false;
  const std::string host = base::lower(field->substr(0, field->find(':')));
  return host != "localhost" && !host.ends_with(".localhost") && !base::Address::from_ip(host, 0);
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
