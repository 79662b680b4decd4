// What is known of the credentials of one request, by userlist: clear texts are compared at once,
// hashed passwords by the process's pool, whose answer enters the exchange again. Made when a rule
// first asks; owned by its exchange, in its worker's thread.
//
// At a stats listener's API a session's cookie stands for credentials, where the request has none;
// its token is the API's to look at.
//
// Who does not exist takes as long as who does: where the list has hashes, what is wrong is
// compared with one of them in any case.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/login_sessions.h"
#include "model/userlist.h"
#include "net/password_pool.h"
#include "rules/credentials.h"
#include "rules/evaluation.h"

namespace sluice::proxy {

class Exchange;
class Worker;

class LoginCheck {
 public:
  using Answer = rules::LoginSource::Answer;
  LoginCheck(Exchange& exchange, Worker& worker, const model::Proxy& frontend)
      : exchange_(exchange), worker_(worker), frontend_(frontend) {}
  ~LoginCheck();
  LoginCheck(const LoginCheck&) = delete;
  LoginCheck& operator=(const LoginCheck&) = delete;

  [[nodiscard]] Answer ask(const model::Userlist& list, const http::Head& request,
                           base::Arena& arena);
  [[nodiscard]] bool pending() const noexcept { return asked_ != nullptr; }
  /// Too many wait for the pool: there will be no answer.
  [[nodiscard]] bool refused() const noexcept { return pending() && question_ == nullptr; }
  /// The user of a list whose password was right; empty: none was yet.
  [[nodiscard]] const std::string& user() const noexcept { return user_; }
  /// The user of the session that the request's cookie names; empty: it names none.
  [[nodiscard]] std::string_view session_user(const http::Head& request);
  /// Some answer was made of the session.
  [[nodiscard]] bool by_session() const noexcept { return used_session_; }
  /// Without looking for one: is this a request that a session's cookie is taken from?
  [[nodiscard]] static bool may_have_session(const model::Proxy& frontend,
                                             const http::Head& request);

 private:
  [[nodiscard]] const model::LoginSession* find_session(const http::Head& request);
  Answer ask_session(const model::Userlist& list, const http::Head& request);
  Answer conclude(const model::Userlist& list, const std::string& user, bool right);

  Exchange& exchange_;
  Worker& worker_;
  const model::Proxy& frontend_;
  struct Verdict {
    const model::Userlist* list;
    bool right;
  };
  std::vector<Verdict> verdicts_;
  std::string user_;
  std::optional<model::LoginSession> session_;
  bool looked_ = false;  // for the session
  bool used_session_ = false;
  const model::Userlist* asked_ = nullptr;  // the list that an answer is waited for
  std::shared_ptr<net::PasswordPool::Question> question_;
};

}  // namespace sluice::proxy
