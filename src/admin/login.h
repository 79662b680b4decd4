// Logging in at a stats listener by POST /api/session, beside Basic credentials with each request:
// sessions that a cookie names, and the bound on how often credentials may be tried. A session
// holds for the section that it was made at, while that has the same user with the same password;
// it ends by DELETE, after half a day without a request, and with the process. Control thread.
//
// The cookie is HttpOnly and SameSite=Strict, so that no script reads it and no other site sends
// it; what changes something also bears the token, which only a page of this listener can have
// read. Users are those of `stats auth`, or of the userlists that the listener's rules ask.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "http/service.h"
#include "model/config.h"
#include "model/login_sessions.h"

namespace sluice::admin {

using model::LoginSession;
using model::LoginSessions;

constexpr std::uint64_t kSessionIdleMs = 12 * 3'600'000;

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
  explicit Logins(LoginSessions& which) : sessions(which) {}
  LoginSessions& sessions;  // workers look at them too
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

/// Looks at Basic credentials first, then at the cookie. `proxy` is of `config`.
[[nodiscard]] Caller caller_of(Logins& logins, const http::ServiceRequest& request,
                               const model::Config& config, const model::Proxy& proxy,
                               std::uint64_t now_ms);
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
