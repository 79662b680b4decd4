// What is known of the credentials of one request, by userlist: clear texts are compared at once,
// hashed passwords by the process's pool, whose answer enters the exchange again. Made when a rule
// first asks; owned by its exchange, in its worker's thread.
//
// Who does not exist takes as long as who does: where the list has hashes, what is wrong is
// compared with one of them in any case.
#pragma once

#include <memory>
#include <string>
#include <vector>

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
  LoginCheck(Exchange& exchange, Worker& worker) : exchange_(exchange), worker_(worker) {}
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

 private:
  Answer conclude(const model::Userlist& list, const std::string& user, bool right);

  Exchange& exchange_;
  Worker& worker_;
  struct Verdict {
    const model::Userlist* list;
    bool right;
  };
  std::vector<Verdict> verdicts_;
  std::string user_;
  const model::Userlist* asked_ = nullptr;  // the list that an answer is waited for
  std::shared_ptr<net::PasswordPool::Question> question_;
};

}  // namespace sluice::proxy
