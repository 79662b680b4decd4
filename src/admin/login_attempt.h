// A login by a name and a password that a userlist is asked about: hashes are looked at by other
// threads, so the answer comes later. Held by the API, its question and its reply; the API ends
// what is open when the process stops. Control thread.
//
// An attempt counts as a failure from its beginning, so that many at once are no way past the
// guard, and is forgiven when it was right. Who does not exist takes as long as who does: where a
// list has hashes, what is wrong is compared with one of them in any case.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/api.h"

namespace sluice::admin {

/// 503: so many logins or passwords are under way; no fault of who asks.
[[nodiscard]] http::ServiceReply too_many_logins();

class LoginAttempt final : public std::enable_shared_from_this<LoginAttempt> {
 public:
  LoginAttempt(Api& api, const ApiCall& call, std::string user, std::string password);
  /// Asks the first list. Its answer may be known when this returns.
  void begin();
  [[nodiscard]] http::ServiceReply reply();
  /// The process stops: nobody is logged in any more.
  void give_up();

 private:
  void look();
  void succeed(const model::Userlist& list, const model::User& user);
  void know(http::ServiceReply reply);

  Api& api_;
  std::shared_ptr<const control::Snapshot> snapshot_;  // keeps the lists
  http::ServiceRequest request_;
  std::string before_;  // the session that it takes the place of
  std::string user_, password_;
  std::vector<const model::Userlist*> lists_;
  std::size_t next_ = 0;  // of `lists_`
  std::optional<http::ServiceReply> reply_;
  std::function<void(http::ServiceReply)> answer_;
};

}  // namespace sluice::admin
