// Who asks, logging in and logging out.
#include "admin/access.h"
#include "admin/api.h"
#include "admin/login_attempt.h"
#include "admin/login_lists.h"

namespace sluice::admin {

namespace {

std::string_view to_text(Caller::How how) {
  switch (how) {
    case Caller::How::Nobody:
      return "none";
    case Caller::How::Open:
      return "open";
    case Caller::How::Basic:
      return "basic";
    case Caller::How::Cookie:
      return "cookie";
  }
  return "none";
}

Json session_object(Api& api, const ApiCall& call, const Caller& caller) {
  const bool known = caller.known();
  const http::Role role = call.request.role;
  Json out = {{"user", known ? Json(caller.user) : Json(nullptr)},
              {"role", known ? admin::to_text(role) : "none"},
              {"auth", to_text(caller.how)},
              {"may",
               {{"read", known},
                {"change", known && role >= http::Role::Operator},
                {"configure", known && role >= http::Role::Admin}}},
              {"login", has_login(*api.view().snapshot()->config, call.proxy)}};
  if (caller.session != nullptr) out["token"] = caller.session->token;
  return out;
}

http::ServiceReply wrong() {
  return problem_reply(refuse(401, "unauthorized", "The name or the password is wrong."));
}

http::ServiceReply by_userlists(Api& api, const ApiCall& call, std::string user,
                                std::string password) {
  const auto attempt =
      std::make_shared<LoginAttempt>(api, call, std::move(user), std::move(password));
  return api.begin_attempt(attempt) ? attempt->reply() : too_many_logins();
}

}  // namespace

http::ServiceReply get_session(Api& api, const ApiCall& call) {
  return json_reply(session_object(api, call, call.caller));
}

http::ServiceReply post_session(Api& api, const ApiCall& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  const auto text = [&body](const char* name) {
    return body.is_object() && body.contains(name) && body[name].is_string()
               ? std::optional(body[name].get<std::string>())
               : std::nullopt;
  };
  const auto user = text("user");
  const auto password = text("password");
  if (!user || !password || body.size() != 2) {
    return problem_reply(
        refuse(400, "bad-request", "The body is an object with the texts 'user' and 'password'."));
  }
  const std::uint64_t now_ms = api.view().now_ms();
  Logins& logins = api.logins();
  if (const auto seconds = logins.guard.blocked(call.request.source, now_ms))
    return blocked_reply(*seconds);
  const model::StatsAuth* account = find_account(call.proxy.stats, *user, *password);
  if (account == nullptr && call.proxy.stats.auth.empty())
    return by_userlists(api, call, *user, *password);
  if (account == nullptr) {
    logins.guard.failed(call.request.source, now_ms);
    return wrong();
  }
  logins.guard.succeeded(call.request.source);
  if (call.caller.session != nullptr) logins.sessions.end(std::string(call.caller.session->id));
  Caller caller;
  caller.session = logins.sessions.begin({"", "", call.proxy.name, "", *account, now_ms});
  if (caller.session == nullptr)
    return problem_reply(refuse(503, "internal", "The system has no random bytes yet."));
  caller.how = Caller::How::Cookie;
  caller.user = account->user;
  http::ServiceReply reply = json_reply(session_object(api, call, caller));
  reply.fields.emplace_back("set-cookie", session_cookie(call.request, caller.session));
  return reply;
}

http::ServiceReply delete_session(Api& api, const ApiCall& call) {
  if (call.caller.session != nullptr)
    api.logins().sessions.end(std::string(call.caller.session->id));
  http::ServiceReply reply;
  reply.status = 204;
  reply.fields = {{"cache-control", "no-store"},
                  {"set-cookie", session_cookie(call.request, nullptr)}};
  return reply;
}

}  // namespace sluice::admin
