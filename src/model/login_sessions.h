// The sessions of those who logged in at a stats listener: what a cookie names. The control thread
// begins, prolongs and ends them; workers ask whom a cookie stands for, so that rules know its user
// as they know one with credentials. Bounded; gone with the process.
//
// A session's name and token are 256 random bits each. It holds for the section that it was made
// at, and only while that still has the account as it was: whoever finds a session looks at that.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/proxy.h"

namespace sluice::model {

struct LoginSession {
  std::string id, token;
  std::string proxy;  // the section
  std::string list;   // the userlist that knows the user; empty: it is of `stats auth`
  StatsAuth account;  // with the password or hash as it was written when the session was made
  std::uint64_t used_ms = 0;
};

class LoginSessions {
 public:
  static constexpr std::size_t kMostSessions = 1'000;  // the one unused for longest goes

  LoginSessions() = default;
  LoginSessions(const LoginSessions&) = delete;
  LoginSessions& operator=(const LoginSessions&) = delete;

  // Control thread; what is pointed at lives until end(), or until begin() lets it go
  /// Gives it its name and token. Null: the system gave no random bytes.
  [[nodiscard]] const LoginSession* begin(LoginSession session);
  [[nodiscard]] const LoginSession* find(std::string_view id) const;
  void use(std::string_view id, std::uint64_t now_ms);
  void end(std::string_view id);
  void end_if(const std::function<bool(const LoginSession&)>& is_over);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  /// Any thread: a copy.
  [[nodiscard]] std::optional<LoginSession> look(std::string_view id) const;

 private:
  mutable std::mutex lock_;  // held by who changes it, and by other threads that read it
  std::unordered_map<std::string, LoginSession> sessions_;
};

}  // namespace sluice::model
