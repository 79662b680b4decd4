#include "model/login_sessions.h"

#include <algorithm>
#include <utility>

#include "base/password.h"

namespace sluice::model {

const LoginSession* LoginSessions::begin(LoginSession session) {
  session.id = base::password::random_token();
  session.token = base::password::random_token();
  if (session.id.empty() || session.token.empty()) return nullptr;
  const std::lock_guard guard(lock_);
  if (sessions_.size() >= kMostSessions) {
    sessions_.erase(std::ranges::min_element(sessions_, {},
                                             [](const auto& each) { return each.second.used_ms; }));
  }
  std::string id = session.id;
  return &sessions_.emplace(std::move(id), std::move(session)).first->second;
}

const LoginSession* LoginSessions::find(std::string_view id) const {
  if (sessions_.empty()) return nullptr;
  const auto found = sessions_.find(std::string(id));
  return found != sessions_.end() ? &found->second : nullptr;
}

void LoginSessions::use(std::string_view id, std::uint64_t now_ms) {
  const std::lock_guard guard(lock_);
  const auto found = sessions_.find(std::string(id));
  if (found != sessions_.end()) found->second.used_ms = now_ms;
}

void LoginSessions::end(std::string_view id) {
  const std::string name(id);  // it may be the session's own
  const std::lock_guard guard(lock_);
  sessions_.erase(name);
}

void LoginSessions::end_if(const std::function<bool(const LoginSession&)>& is_over) {
  const std::lock_guard guard(lock_);
  std::erase_if(sessions_, [&is_over](const auto& each) { return is_over(each.second); });
}

std::optional<LoginSession> LoginSessions::look(std::string_view id) const {
  const std::lock_guard guard(lock_);
  const auto found = sessions_.find(std::string(id));
  if (found == sessions_.end()) return std::nullopt;
  return found->second;
}

}  // namespace sluice::model
