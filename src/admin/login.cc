#include "admin/login.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "admin/access.h"
#include "admin/stats_page.h"
#include "base/password.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

/// In hexadecimal; empty when the system has none.
std::string random_name() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) != static_cast<ssize_t>(bytes.size()))
    return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
  return out;
}

/// Browsers keep one cookie of a name for all ports of a host: each listener has its own.
std::string cookie_name(const http::ServiceRequest& request) {
  const std::string* host = request.field("host");
  const std::size_t colon = host != nullptr ? host->rfind(':') : std::string::npos;
  std::string name = "sluice_session";
  if (colon == std::string::npos) return name;
  const std::string_view port = std::string_view(*host).substr(colon + 1);
  if (!port.empty() && std::ranges::all_of(port, base::is_digit)) name += "_" + std::string(port);
  return name;
}

std::string_view cookie_value(const http::ServiceRequest& request, std::string_view name) {
  for (const auto& [field, value] : request.fields) {
    if (!base::iequals(field, "cookie")) continue;
    for (const std::string_view part : base::split(value, ';')) {
      const std::string_view pair = base::trim(part);
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool still_has(const model::StatsPage& page, const model::StatsAuth& account) {
  return std::ranges::any_of(page.auth, [&account](const model::StatsAuth& each) {
    return each.user == account.user && each.password == account.password;
  });
}

}  // namespace

const LoginSession* LoginSessions::begin(const model::Proxy& proxy, const model::StatsAuth& account,
                                         std::uint64_t now_ms) {
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(std::ranges::min_element(sessions_, {},
                                             [](const auto& each) { return each.second.used_ms; }));
  }
  LoginSession session{random_name(), random_name(), proxy.name, account, now_ms};
  if (session.id.empty() || session.token.empty()) return nullptr;
  std::string id = session.id;
  return &sessions_.emplace(std::move(id), std::move(session)).first->second;
}

const LoginSession* LoginSessions::find(const http::ServiceRequest& request,
                                        const model::Proxy& proxy, std::uint64_t now_ms) {
  if (sessions_.empty()) return nullptr;
  const auto found = sessions_.find(std::string(cookie_value(request, cookie_name(request))));
  if (found == sessions_.end()) return nullptr;
  LoginSession& session = found->second;
  const bool over = now_ms - session.used_ms > kIdleMs;
  if (over || (session.proxy == proxy.name && !still_has(proxy.stats, session.account))) {
    sessions_.erase(found);
    return nullptr;
  }
  if (session.proxy != proxy.name) return nullptr;
  session.used_ms = now_ms;
  return &session;
}

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

Caller caller_of(Logins& logins, const http::ServiceRequest& request, const model::Proxy& proxy,
                 std::uint64_t now_ms) {
  Caller caller;
  if (proxy.stats.auth.empty()) {
    caller.how = request.user.empty() ? Caller::How::Open : Caller::How::Basic;
    caller.user = request.user;
    return caller;
  }
  if (request.field("authorization") != nullptr) {
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
  if (const LoginSession* session = logins.sessions.find(request, proxy, now_ms)) {
    caller.how = Caller::How::Cookie;
    caller.user = session->account.user;
    caller.session = session;
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
