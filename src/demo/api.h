// The two services behind the frontend: thoughts and users. They speak JSON; what is posted may be
// a form or JSON. Refusals: 400 malformed, 401 without a valid token, 404, 405, 409 a name that is
// taken.
#pragma once

#include "demo/http_server.h"
#include "demo/stores.h"

namespace sluice::demo {

/// GET /api/thoughts/?search=, GET /api/thoughts/ID/, GET and POST /api/me/thoughts/,
/// DELETE /admin/thoughts/ID/, GET /healthz.
class ThoughtsApi final : public Handler {
 public:
  void serve(const Request& request, Respond respond) override;

 private:
  [[nodiscard]] Reply answer(const Request& request);
  [[nodiscard]] Reply mine(const Request& request);
  ThoughtStore thoughts_;
};

/// POST /api/login, POST /admin/users, GET /healthz.
class UsersApi final : public Handler {
 public:
  void serve(const Request& request, Respond respond) override;

 private:
  [[nodiscard]] Reply answer(const Request& request);
  UserStore users_;
};

}  // namespace sluice::demo
