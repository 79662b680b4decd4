#include "demo/backing.h"
#include "demo/session.h"

namespace sluice::demo {

void LocalBacking::search(const std::string& text, Thoughts done) { done(thoughts_.search(text)); }

void LocalBacking::mine(const std::string& token, Thoughts done) {
  const auto user = user_of(token);
  if (!user) return done(base::fail(base::ErrorKind::Denied, "no session"));
  done(thoughts_.of_user(*user));
}

void LocalBacking::add(const std::string& token, const std::string& text, Added done) {
  const auto user = user_of(token);
  if (!user) return done(base::fail(base::ErrorKind::Denied, "no session"));
  if (!thoughts_.add(*user, text))
    return done(base::fail(base::ErrorKind::Limit, "empty or too long"));
  done({});
}

void LocalBacking::log_in(const std::string& user, const std::string& password, Token done) {
  if (!users_.knows(user, password))
    return done(base::fail(base::ErrorKind::Denied, "wrong password"));
  done(make_token(user));
}

}  // namespace sluice::demo
