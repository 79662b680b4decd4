#include "demo/api.h"

#include "base/text.h"
#include "demo/json.h"
#include "demo/session.h"
#include "demo/text.h"

namespace sluice::demo {

namespace {

Reply json_reply(int status, std::string body) {
  Reply out;
  out.status = status;
  out.content_type = "application/json";
  out.body = std::move(body);
  return out;
}

Reply refused(int status, std::string_view why) {
  return json_reply(status, json_object("error", why));
}

/// Of a posted form or JSON object.
std::string posted(const Request& request, const std::string& name) {
  if (request.content_type.starts_with("application/json"))
    return json_member(request.body, name).value_or("");
  return form_value(request.body, name).value_or("");
}

/// ID of "/api/thoughts/ID/" behind `prefix`.
std::optional<std::uint64_t> id_behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  return base::to_unsigned(path);
}

bool is_read(const Request& request) {
  return request.method == http::Method::Get || request.method == http::Method::Head;
}

}  // namespace

void ThoughtsApi::serve(const Request& request, Respond respond) {
  Reply reply = answer(request);
  reply.fields.emplace_back("X-Served-By", "thoughts");
  respond(std::move(reply));
}

Reply ThoughtsApi::answer(const Request& request) {
  if (request.path == "/healthz") return json_reply(200, json_object("status", "ok"));
  if (request.path == "/api/me/thoughts/" || request.path == "/api/me/thoughts")
    return mine(request);
  if (request.path == "/api/thoughts/" || request.path == "/api/thoughts") {
    if (!is_read(request)) return refused(405, "only GET");
    return json_reply(200,
                      to_json(thoughts_.search(form_value(request.query, "search").value_or(""))));
  }
  if (const auto id = id_behind(request.path, "/api/thoughts/")) {
    if (!is_read(request)) return refused(405, "only GET");
    const Thought* thought = thoughts_.find(*id);
    return thought != nullptr ? json_reply(200, to_json(*thought))
                              : refused(404, "no such thought");
  }
  if (const auto id = id_behind(request.path, "/admin/thoughts/")) {
    if (request.method != http::Method::Delete) return refused(405, "only DELETE");
    if (!thoughts_.remove(*id)) return refused(404, "no such thought");
    Reply out = json_reply(200, json_object("deleted", std::to_string(*id)));
    return out;
  }
  return refused(404, "no such path");
}

Reply ThoughtsApi::mine(const Request& request) {
  const auto user = user_of(request.authorization);
  if (!user) return refused(401, "Authorization must carry a token of /api/login");
  if (is_read(request)) return json_reply(200, to_json(thoughts_.of_user(*user)));
  if (request.method != http::Method::Post) return refused(405, "only GET and POST");
  const auto added = thoughts_.add(*user, posted(request, "text"));
  return added ? json_reply(201, to_json(*added)) : refused(400, "text must have 1 to 500 bytes");
}

void UsersApi::serve(const Request& request, Respond respond) {
  Reply reply = answer(request);
  reply.fields.emplace_back("X-Served-By", "users");
  respond(std::move(reply));
}

Reply UsersApi::answer(const Request& request) {
  if (request.path == "/healthz") return json_reply(200, json_object("status", "ok"));
  const bool login = request.path == "/api/login" || request.path == "/api/login/";
  const bool create = request.path == "/admin/users" || request.path == "/admin/users/";
  if (!login && !create) return refused(404, "no such path");
  if (request.method != http::Method::Post) return refused(405, "only POST");
  const std::string name = posted(request, "username");
  const std::string password = posted(request, "password");
  if (name.empty() || password.empty()) return refused(400, "username and password are needed");
  if (create) {
    return users_.add(name, password) ? json_reply(201, json_object("username", name))
                                      : refused(409, "that name is taken or not a name");
  }
  if (!users_.knows(name, password)) return refused(401, "wrong name or password");
  return json_reply(200, json_object("token", make_token(name)));
}

}  // namespace sluice::demo
