#include "admin/login_attempt.h"

#include <utility>

#include "admin/login_lists.h"
#include "admin/stats_page.h"
#include "base/password.h"

namespace sluice::admin {

namespace {

http::ServiceReply refused(std::uint16_t status, std::string_view code, std::string detail) {
  return problem_reply(refuse(status, code, std::move(detail)));
}

/// The roles of its users are the rules', which no request with this session was asked for yet.
Json session_of(const model::LoginSession& session) {
  return {{"user", session.account.user},
          {"role", nullptr},
          {"auth", "cookie"},
          {"may", nullptr},
          {"login", true},
          {"token", session.token}};
}

}  // namespace

http::ServiceReply too_many_logins() {
  return refused(503, "too-many", "Too many logins are under way. Try again.");
}

LoginAttempt::LoginAttempt(Api& api, const ApiCall& call, std::string user, std::string password)
    : api_(api),
      snapshot_(api.view().snapshot()),
      request_(call.request),
      user_(std::move(user)),
      password_(std::move(password)),
      lists_(login_lists(*snapshot_->config, call.proxy)) {
  request_.body.clear();  // it has the password
  if (call.caller.session != nullptr) before_ = call.caller.session->id;
}

void LoginAttempt::begin() {
  api_.logins().guard.failed(request_.source, api_.view().now_ms());
  look();
}

http::ServiceReply LoginAttempt::reply() {
  if (reply_) return *reply_;
  http::ServiceReply later;
  later.later = [self = shared_from_this()](std::function<void(http::ServiceReply)> answer) {
    if (self->reply_)
      answer(*self->reply_);
    else
      self->answer_ = std::move(answer);
  };
  return later;
}

void LoginAttempt::give_up() { know(refused(503, "stopping", "The process is stopping.")); }

void LoginAttempt::look() {
  if (reply_) return;
  while (next_ < lists_.size()) {
    const model::Userlist& list = *lists_[next_++];
    const model::User* user = list.find(user_);
    const bool hashed = user != nullptr && user->hashed;
    const std::string_view secret = user != nullptr ? std::string_view(user->secret) : "";
    const bool equal = base::password::equal_in_constant_time(password_, secret);
    if (user != nullptr && !hashed && equal) return succeed(list, *user);
    const std::string* hash = hashed ? &user->secret : list.any_hash();
    if (hash == nullptr) continue;
    const auto told = [self = shared_from_this(), &list,
                       user = hashed ? user : nullptr](bool right) {
      if (right && user != nullptr)
        self->succeed(list, *user);
      else
        self->look();
    };
    const View& view = api_.view();
    if (!view.check_password || !view.check_password(password_, *hash, told))
      know(too_many_logins());
    return;
  }
  know(refused(401, "unauthorized", "The name or the password is wrong."));
}

/// A reload may have come between: it is the account of now that counts.
void LoginAttempt::succeed(const model::Userlist& list, const model::User& user) {
  if (reply_) return;
  const auto now = api_.view().snapshot();
  const model::Proxy* proxy = find_stats_proxy(*now, request_.proxy);
  const model::StatsAuth account{user.name, user.secret};
  if (proxy == nullptr || !still_has(*now->config, *proxy, list.name, account))
    return know(refused(401, "unauthorized", "The name or the password is wrong."));
  Logins& logins = api_.logins();
  logins.guard.succeeded(request_.source);
  if (!before_.empty()) logins.sessions.end(before_);
  const model::LoginSession* session =
      logins.sessions.begin({"", "", proxy->name, list.name, account, api_.view().now_ms()});
  if (session == nullptr)
    return know(refused(503, "internal", "The system has no random bytes yet."));
  http::ServiceReply reply = json_reply(session_of(*session));
  reply.fields.emplace_back("set-cookie", session_cookie(request_, session));
  know(std::move(reply));
}

void LoginAttempt::know(http::ServiceReply reply) {
  if (reply_) return;
  base::password::forget(password_);
  reply_ = std::move(reply);
  const auto self = shared_from_this();
  api_.end_attempt(*this);
  if (const auto answer = std::exchange(answer_, nullptr)) answer(*reply_);
}

}  // namespace sluice::admin
