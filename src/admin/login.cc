#include "admin/login.h"

#include <algorithm>

#include "admin/access.h"
#include "admin/login_lists.h"
#include "admin/stats_page.h"
#include "base/password.h"
#include "base/text.h"
#include "http/login_cookie.h"

namespace sluice::admin {

namespace {

std::string cookie_name(const http::ServiceRequest& request) {
  const std::string* host = request.field("host");
  return http::login_cookie_name(host != nullptr ? *host : "");
}

/// The session that the request's cookie names, if it holds at this section; one that is over or
/// whose account went ends.
const LoginSession* find_session(LoginSessions& sessions, const http::ServiceRequest& request,
                                 const model::Config& config, const model::Proxy& proxy,
                                 std::uint64_t now_ms) {
  std::string_view id;
  const std::string name = cookie_name(request);
  for (const auto& [field, value] : request.fields) {
    if (id.empty() && base::iequals(field, "cookie")) id = http::login_cookie(value, name);
  }
  const LoginSession* session = sessions.find(id);
  if (session == nullptr) return nullptr;
  const bool over = now_ms - session->used_ms > kSessionIdleMs;
  const bool here = session->proxy == proxy.name;
  if (over || (here && !still_has(config, proxy, session->list, session->account))) {
    sessions.end(id);
    return nullptr;
  }
  if (!here) return nullptr;
  sessions.use(id, now_ms);
  return session;
}

}  // namespace

std::string LoginGuard::key_of(const base::Address& source) {
  if (!source.is_ip()) return {};
  const std::string_view bytes = source.ip_bytes();
  return std::string(bytes.size() == 16 ? bytes.substr(0, 8) : bytes);
}

std::optional<std::uint64_t> LoginGuard::blocked(const base::Address& source,
                                                 std::uint64_t now_ms) const {
  const auto found = failures_.find(key_of(source));
  if (found == failures_.end() || found->second.count < kMostFailures) return std::nullopt;
  const std::uint64_t end_ms = found->second.since_ms + kWindowMs;
  if (now_ms >= end_ms) return std::nullopt;
  return (end_ms - now_ms + 999) / 1000;
}

void LoginGuard::failed(const base::Address& source, std::uint64_t now_ms) {
  const auto over = [now_ms](const auto& each) {
    return now_ms - each.second.since_ms >= kWindowMs;
  };
  if (failures_.size() >= kMostAddresses) std::erase_if(failures_, over);
  if (failures_.size() >= kMostAddresses) {
    failures_.erase(std::ranges::min_element(
        failures_, {}, [](const auto& each) { return each.second.since_ms; }));
  }
  Failures& of = failures_[key_of(source)];
  if (of.count == 0 || now_ms - of.since_ms >= kWindowMs) of = {0, now_ms};
  ++of.count;
}

void LoginGuard::succeeded(const base::Address& source) {
  if (!failures_.empty()) failures_.erase(key_of(source));
}

const model::StatsAuth* find_account(const model::StatsPage& page, std::string_view user,
                                     std::string_view password) {
  const std::string given = std::string(user) + ':' + std::string(password);
  const model::StatsAuth* match = nullptr;
  for (const model::StatsAuth& entry : page.auth) {
    if (base::password::equal_in_constant_time(given, entry.user + ':' + entry.password))
      match = &entry;
  }
  return match;
}

Caller caller_of(Logins& logins, const http::ServiceRequest& request, const model::Config& config,
                 const model::Proxy& proxy, std::uint64_t now_ms) {
  Caller caller;
  const bool by_rules = proxy.stats.auth.empty();  // which looked at credentials already
  const bool has_credentials = request.field("authorization") != nullptr;
  if (has_credentials && !by_rules) {
    caller.blocked_for_s = logins.guard.blocked(request.source, now_ms);
    if (caller.blocked_for_s) return caller;
    if (auto user = authorized_user(request, proxy.stats)) {
      logins.guard.succeeded(request.source);
      caller.how = Caller::How::Basic;
      caller.user = std::move(*user);
      return caller;
    }
    logins.guard.failed(request.source, now_ms);
  }
  const bool looks = !by_rules || !has_credentials;
  const LoginSession* session =
      looks ? find_session(logins.sessions, request, config, proxy, now_ms) : nullptr;
  if (session != nullptr) {
    caller.how = Caller::How::Cookie;
    caller.user = session->account.user;
    caller.session = session;
  } else if (by_rules && !request.by_session) {  // a role by a session that is over is nobody's
    caller.how = request.user.empty() ? Caller::How::Open : Caller::How::Basic;
    caller.user = request.user;
  }
  return caller;
}

Judgement judge_rules(Logins& logins, const http::ServiceRequest& request, std::uint64_t now_ms) {
  Judgement out;
  const bool tried = request.field("authorization") != nullptr;
  const bool decided = request.login_realm.has_value() || !request.user.empty();
  if (tried && decided) {
    out.blocked_for_s = logins.guard.blocked(request.source, now_ms);
    if (out.blocked_for_s) return out;
    if (request.login_realm)
      logins.guard.failed(request.source, now_ms);
    else
      logins.guard.succeeded(request.source);
  }
  out.asks = request.login_realm.has_value();
  return out;
}

std::string session_cookie(const http::ServiceRequest& request, const LoginSession* session) {
  std::string out = cookie_name(request) + '=';
  if (session != nullptr) out += session->id;
  out += "; Path=/api/; HttpOnly; SameSite=Strict";
  if (request.tls) out += "; Secure";
  if (session == nullptr) out += "; Max-Age=0";
  return out;
}

http::ServiceReply too_many_failures(std::uint64_t seconds) {
  http::ServiceReply reply =
      plain_reply(429, "Too many wrong passwords came from this address. Try again later.\n");
  reply.fields.emplace_back("retry-after", std::to_string(seconds));
  return reply;
}

}  // namespace sluice::admin
