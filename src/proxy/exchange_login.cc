// Waiting for the answer to a password: between two rules, and where a condition outside of them
// asks (the statistics page, use_backend, use-server).
#include "base/limits.h"
#include "proxy/exchange.h"
#include "proxy/login_check.h"
#include "proxy/worker.h"

namespace sluice::proxy {

rules::LoginSource::Answer Exchange::login(const model::Userlist& list) {
  return login_check().ask(list, request_, arena_);
}

LoginCheck& Exchange::login_check() {
  if (login_ == nullptr) login_ = std::make_unique<LoginCheck>(*this, worker_, *frontend_->config);
  return *login_;
}

std::string_view Exchange::login_user() const noexcept {
  return login_ != nullptr ? std::string_view(login_->user()) : std::string_view();
}

std::string_view Exchange::session_user() {
  if (!LoginCheck::may_have_session(*frontend_->config, request_)) return {};
  return login_check().session_user(request_);
}

bool Exchange::login_pending() const noexcept { return login_ != nullptr && login_->pending(); }

void Exchange::await_login() {
  if (login_->refused()) {
    end_phase_ = 'R';
    fail(Failure::NoResource, "too many passwords wait to be looked at");
    return;
  }
  // What comes of the body meanwhile is for rules and services. The client is not invited to send
  // it: who it is has to be known before.
  if (!request_ended_ && !body_block_) body_block_ = worker_.blocks().take();
  buffering_ = static_cast<bool>(body_block_);
  if (!buffering_) client_->set_body_flow(false);
  awaits_login_ = true;
  phase_ = Phase::Body;
  Timer::arm(worker_.timers(), worker_.now().ms() + base::limits::kLoginWaitMs);
}

bool Exchange::waits_for_login(RuleStage stage) {
  if (!login_pending()) return false;
  stage_ = stage;
  waiting_program_ = nullptr;
  await_login();
  return true;
}

void Exchange::on_login_known() {
  if (phase_ != Phase::Body || !awaits_login_) return;
  awaits_login_ = false;
  disarm();
  if (waiting_program_ != nullptr) {
    resume_rules();
    return;
  }
  buffering_ = false;
  client_->set_body_flow(true);
  phase_ = Phase::Rules;
  switch (stage_) {
    case RuleStage::FrontendStats:
      after_frontend_rules();
      return;
    case RuleStage::Route:
      choose_backend();
      return;
    case RuleStage::BackendStats:
      after_backend_rules();
      return;
    default:
      choose_server();
      return;
  }
}

void Exchange::on_login_overdue() {
  awaits_login_ = false;
  end_phase_ = 'R';
  fail(Failure::NoResource, "a password was not looked at in time");
}

/// The page for 401 with the question in place of any that it has.
void Exchange::reply_challenge(std::string_view realm) {
  load_reply(401);
  response_.fields.remove("WWW-Authenticate");
  response_.fields.add("WWW-Authenticate", arena_.concat({"Basic realm=\"", realm, "\""}));
  send_own(own_body_);
}

}  // namespace sluice::proxy
