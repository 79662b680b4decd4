#include "proxy/login_check.h"

#include <algorithm>
#include <utility>

#include "base/password.h"
#include "base/text.h"
#include "http/login_cookie.h"
#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

LoginCheck::~LoginCheck() {
  if (question_ != nullptr) worker_.shared().passwords.cancel(*question_);
}

LoginCheck::Answer LoginCheck::conclude(const model::Userlist& list, const std::string& user,
                                        bool right) {
  verdicts_.push_back({&list, right});
  if (right) user_ = user;
  return right ? Answer::Yes : Answer::No;
}

bool LoginCheck::may_have_session(const model::Proxy& frontend, const http::Head& request) {
  return frontend.is_stats_listener() && request.path.starts_with("/api/") &&
         request.fields.find("Authorization") == nullptr;
}

const model::LoginSession* LoginCheck::find_session(const http::Head& request) {
  if (std::exchange(looked_, true)) return session_ ? &*session_ : nullptr;
  if (!may_have_session(frontend_, request)) return nullptr;
  const http::Field* host = request.fields.find("Host");
  const std::string name = http::login_cookie_name(host != nullptr ? host->value : "");
  for (const http::Field& field : request.fields) {
    if (!base::iequals(field.name, "Cookie")) continue;
    const std::string_view id = http::login_cookie(field.value, name);
    if (id.empty()) continue;
    session_ = worker_.shared().logins.look(id);
    break;
  }
  if (session_ && session_->proxy != frontend_.name) session_.reset();
  return session_ ? &*session_ : nullptr;
}

LoginCheck::Answer LoginCheck::ask_session(const model::Userlist& list, const http::Head& request) {
  const model::LoginSession* session = find_session(request);
  if (session == nullptr || session->list != list.name) return Answer::No;
  const model::User* user = list.find(session->account.user);
  const bool same = user != nullptr && user->secret == session->account.password;
  used_session_ = used_session_ || same;
  return conclude(list, session->account.user, same);
}

std::string_view LoginCheck::session_user(const http::Head& request) {
  const model::LoginSession* session = find_session(request);
  if (session == nullptr) return {};
  used_session_ = true;
  return session->account.user;
}

LoginCheck::Answer LoginCheck::ask(const model::Userlist& list, const http::Head& request,
                                   base::Arena& arena) {
  const auto known = std::ranges::find(verdicts_, &list, &Verdict::list);
  if (known != verdicts_.end()) return known->right ? Answer::Yes : Answer::No;
  if (asked_ != nullptr) return Answer::Pending;
  const auto credentials = rules::find_credentials(request, arena);
  if (!credentials) return ask_session(list, request);
  const model::User* user = list.find(credentials->user);
  const std::string name(credentials->user);
  const std::string_view secret = user != nullptr ? std::string_view(user->secret) : "";
  const bool hashed = user != nullptr && user->hashed;
  const bool equal = base::password::equal_in_constant_time(credentials->password, secret);
  if (user != nullptr && !hashed && equal) return conclude(list, name, true);
  const std::string* hash = hashed ? &user->secret : list.any_hash();
  if (hash == nullptr) return conclude(list, name, false);

  net::PasswordPool& pool = worker_.shared().passwords;
  if (hashed && pool.is_known(credentials->password, *hash, worker_.now().ms()))
    return conclude(list, name, true);
  asked_ = &list;
  question_ = pool.ask(std::string(credentials->password), *hash, worker_.mailbox(),
                       [this, name, hashed](bool right) {
                         Worker::EventScope scope(worker_);
                         question_.reset();
                         (void)conclude(*std::exchange(asked_, nullptr), name, right && hashed);
                         exchange_.on_login_known();
                       });
  return Answer::Pending;
}

}  // namespace sluice::proxy
