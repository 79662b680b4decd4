// Logging in at a stats listener by POST /api/session, beside Basic credentials with each request:
// sessions that a cookie names, and the bound on how often credentials may be tried. A session
// holds for the section that it was made at, while that has the same user with the same password;
// it ends by DELETE, after half a day without a request, and with the process. Control thread.
//
// A session's name and token are 256 random bits each (getrandom). The cookie is HttpOnly and
// SameSite=Strict, so that no script reads it and no other site sends it; what changes something
// also bears the token, which only a page of this listener can have read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/address.h"
#include "http/service.h"
#include "model/proxy.h"

namespace sluice::admin {

struct LoginSession {
  std::string id, token;
  std::string proxy;         // the section
  model::StatsAuth account;  // as it was written when it was made
  std::uint64_t used_ms = 0;
};

class LoginSessions {
 public:
  static constexpr std::size_t kMostSessions = 1'000;  // the one unused for longest goes
  static constexpr std::uint64_t kIdleMs = 12 * 3'600'000;

  /// Null: the system gave no random bytes.
  [[nodiscard]] const LoginSession* begin(const model::Proxy& proxy,
                                          const model::StatsAuth& account, std::uint64_t now_ms);
  /// The session that the request's cookie names, if it holds at this section; or null.
  [[nodiscard]] const LoginSession* find(const http::ServiceRequest& request,
                                         const model::Proxy& proxy, std::uint64_t now_ms);
  void end(const std::string& id) { sessions_.erase(id); }
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  std::unordered_map<std::string, LoginSession> sessions_;
};

/// Credentials that were wrong, by the address that they came from (of IPv6 its /64, in which one
/// host may have any number): after a few within a minute
/// none of that address are looked at until the minute is over. Bounded: of very many addresses,
/// those that failed last are remembered.
class LoginGuard {
 public:
  static constexpr unsigned kMostFailures = 10;
  static constexpr std::uint64_t kWindowMs = 60'000;
  static constexpr std::size_t kMostAddresses = 4'096;

  /// For how many seconds it is still; nothing: it is not.
  [[nodiscard]] std::optional<std::uint64_t> blocked(const base::Address& source,
                                                     std::uint64_t now_ms) const;
  void failed(const base::Address& source, std::uint64_t now_ms);
  void succeeded(const base::Address& source);

 private:
  struct Failures {
    unsigned count = 0;
    std::uint64_t since_ms = 0;
  };
  [[nodiscard]] static std::string key_of(const base::Address& source);
  std::map<std::string, Failures, std::less<>> failures_;
};

/// Whom a request comes from, and how that is known.
struct Caller {
  enum class How : std::uint8_t { Nobody, Open, Basic, Cookie };
  How how = How::Nobody;
  std::string user;
  const LoginSession* session = nullptr;       // How::Cookie
  std::optional<std::uint64_t> blocked_for_s;  // too many wrong credentials
  [[nodiscard]] bool known() const { return how != How::Nobody; }
};

/// Sessions and the guard of one process; every listener's.
struct Logins {
  LoginSessions sessions;
  LoginGuard guard;
};

/// What the rules of `stats http-request` made of a request, whose userlists they asked: wrong
/// passwords count as those of `stats auth` do.
struct Judgement {
  bool asks = false;                           // for credentials, by the realm of the request
  std::optional<std::uint64_t> blocked_for_s;  // too many wrong ones
};
[[nodiscard]] Judgement judge_rules(Logins& logins, const http::ServiceRequest& request,
                                    std::uint64_t now_ms);

/// Looks at Basic credentials first, then at the cookie.
[[nodiscard]] Caller caller_of(Logins& logins, const http::ServiceRequest& request,
                               const model::Proxy& proxy, std::uint64_t now_ms);
/// The account of that name and password, or null; takes the same time whichever differs, and
/// where.
[[nodiscard]] const model::StatsAuth* find_account(const model::StatsPage& page,
                                                   std::string_view user,
                                                   std::string_view password);

/// The value of Set-Cookie that gives a session to the client; with null, that takes it away.
[[nodiscard]] std::string session_cookie(const http::ServiceRequest& request,
                                         const LoginSession* session);
/// 429, with Retry-After.
[[nodiscard]] http::ServiceReply too_many_failures(std::uint64_t seconds);

}  // namespace sluice::admin
