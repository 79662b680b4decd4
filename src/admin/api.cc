#include "admin/api.h"

#include <algorithm>

#include "admin/access.h"
#include "admin/api_actions.h"
#include "admin/login_attempt.h"
#include "base/password.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

/// The least that a caller must be. Operate, Configure: in the role of operator, of admin.
enum class Needs : std::uint8_t { Nothing, Read, Operate, Configure };

struct Operation {
  std::string_view method;
  std::string_view pattern;  // below /api/; "{}" is one segment
  Needs needs;
  ApiHandler handler;
  bool changes = false;  // what is refused of it is counted
};

constexpr Operation kOperations[] = {
    {"GET", "openapi.json", Needs::Read, get_contract},
    {"GET", "session", Needs::Nothing, get_session},
    {"POST", "session", Needs::Nothing, post_session},
    {"DELETE", "session", Needs::Nothing, delete_session},
    {"GET", "state", Needs::Read, get_state},
    {"GET", "state/{}", Needs::Read, get_proxy},
    {"GET", "state/{}/{}", Needs::Read, get_server},
    {"GET", "series", Needs::Read, get_series},
    {"GET", "drains", Needs::Read, get_drains},
    {"GET", "listeners", Needs::Read, get_listeners},
    {"GET", "changes", Needs::Read, get_changes},
    {"POST", "changes", Needs::Operate, post_change, true},
    {"GET", "changes/{}", Needs::Read, get_change},
    {"POST", "changes/{}/undo", Needs::Operate, post_undo, true},
    {"POST", "changes/{}/confirm", Needs::Operate, post_confirm},
    {"POST", "preview", Needs::Read, post_preview},
    {"GET", "config", Needs::Configure, get_config},
    {"POST", "config/check", Needs::Configure, check_config},
    {"POST", "config/diff", Needs::Configure, diff_config},
    {"POST", "config/reload", Needs::Configure, reload_config, true},
    {"GET", "events", Needs::Read, get_events},
    {"GET", "tail", Needs::Read, get_tail},
};

constexpr std::string_view kPrefix = "/api/";

bool matches(std::string_view pattern, const std::vector<std::string>& segments,
             std::vector<std::string>& parts) {
  const auto wanted = base::split(pattern, '/');
  if (wanted.size() != segments.size()) return false;
  parts.clear();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}")
      parts.push_back(segments[i]);
    else if (wanted[i] != segments[i])
      return false;
  }
  return true;
}

/// What every request but GET has to have; nothing when it has. A cookie is sent by the browser
/// whoever made it ask: the token says that a page of this listener did.
std::optional<Refusal> refuse_origin(const ApiCall& call) {
  if (!is_same_origin(call.request))
    return refuse(403, "foreign-origin", "A page of another site may not ask for this.");
  if (call.caller.how == Caller::How::Open && is_led_astray(call.request))
    return refuse(403, "foreign-name",
                  "A browser on this machine may ask for this at an IP address or at 'localhost' "
                  "alone, where no password is asked for.");
  const bool logs_in = call.request.method == "POST" && call.request.path == "/api/session";
  if (call.caller.session != nullptr && !logs_in &&
      !base::password::equal_in_constant_time(call.field("x-csrf-token"),
                                              call.caller.session->token))
    return refuse(403, "token", "With a session's cookie X-CSRF-Token is to bear its token.");
  return std::nullopt;
}

std::optional<Refusal> refuse_role(const ApiCall& call, Needs needs) {
  if (needs == Needs::Operate) return refuse_below(call, http::Role::Operator, "This");
  if (needs == Needs::Configure) return refuse_below(call, http::Role::Admin, "This");
  return std::nullopt;
}

std::optional<Refusal> refuse_body(const ApiCall& call) {
  if (call.request.body_too_large)
    return refuse(413, "too-large", "The body is larger than tune.bufsize.");
  if (call.request.body.empty()) return std::nullopt;
  std::string_view type = call.field("content-type");
  type = base::trim(type.substr(0, type.find(';')));
  if (!base::iequals(type, "application/json"))
    return refuse(415, "media-type", "The body is to be application/json.");
  return std::nullopt;
}

http::ServiceReply perform(Api& api, const Operation& row, const ApiCall& call) {
  const bool reads = row.method == "GET";
  if (!reads) {
    if (const auto refusal = refuse_origin(call)) return problem_reply(*refusal);
  }
  if (const auto refusal = refuse_role(call, row.needs)) return problem_reply(*refusal);
  if (!reads) {
    if (const auto refusal = refuse_body(call)) return problem_reply(*refusal);
  }
  return row.handler(api, call);
}

/// A stream ends with the session that it was asked for by.
http::ServiceReply bound(http::ServiceReply reply, LoginSessions& sessions,
                         const std::string& session) {
  if (!reply.more || !reply.wait) return reply;
  reply.more = [&sessions, session, more = std::move(reply.more)] {
    return sessions.find(session) != nullptr ? more() : std::string();
  };
  reply.wait = [&sessions, session, wait = std::move(reply.wait)](std::function<void()> wake) {
    return sessions.find(session) != nullptr && wait(std::move(wake));
  };
  return reply;
}

http::ServiceReply counted(http::ServiceReply reply, control::ChangeLog* log,
                           control::ChangeSource from) {
  if (log == nullptr) return reply;
  if (!reply.later) {
    if (reply.status >= 400) log->refused(from);
    return reply;
  }
  reply.later = [later = std::move(reply.later), log,
                 from](std::function<void(http::ServiceReply)> answer) {
    later([answer = std::move(answer), log, from](http::ServiceReply known) {
      answer(counted(std::move(known), log, from));
    });
  };
  return reply;
}

http::ServiceReply no_such(const std::vector<std::string>& segments, std::string_view method) {
  std::string allowed;
  std::vector<std::string> parts;
  for (const Operation& row : kOperations) {
    if (!matches(row.pattern, segments, parts)) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(row.method);
    if (row.method == "GET") allowed += ", HEAD";
  }
  if (allowed.empty())
    return problem_reply(refuse(404, "not-found", "The API has nothing at this path."));
  http::ServiceReply reply = problem_reply(refuse(
      405, "method-not-allowed", std::string(method) + " is not one of " + allowed + " here."));
  reply.fields.emplace_back("allow", allowed);
  return reply;
}

}  // namespace

std::string_view to_text(http::Role role) noexcept {
  switch (role) {
    case http::Role::Viewer:
      return "viewer";
    case http::Role::Operator:
      return "operator";
    case http::Role::Admin:
      return "admin";
  }
  return "viewer";
}

std::optional<Refusal> refuse_below(const ApiCall& call, http::Role least, std::string_view what) {
  if (call.request.role >= least) return std::nullopt;
  const bool operates = least == http::Role::Operator;
  return refuse(403, "forbidden",
                std::string(what) + " needs the role '" + std::string(to_text(least)) +
                    "', which 'stats " + std::string(to_text(least)) + "'" +
                    (operates ? " or 'stats admin'" : "") + " gives; this request has '" +
                    std::string(to_text(call.request.role)) + "'.");
}

std::string_view ApiCall::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

std::string_view ApiCall::field(std::string_view name) const {
  const std::string* value = request.field(name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

IdempotencyStore::Kept* IdempotencyStore::find(const std::string& key, std::uint64_t now_ms) {
  while (!order_.empty() && (order_.size() > kMaxKept || now_ms - order_.front().at_ms > kKeptMs)) {
    kept_.erase(order_.front().key);
    order_.pop_front();
  }
  const auto found = kept_.find(key);
  return found != kept_.end() ? &found->second : nullptr;
}

void IdempotencyStore::begin(const std::string& key, std::string request, std::uint64_t now_ms) {
  kept_[key] = {std::move(request), std::nullopt};
  order_.push_back({key, now_ms});
}

void IdempotencyStore::finish(const std::string& key, const http::ServiceReply& reply) {
  if (const auto found = kept_.find(key); found != kept_.end()) found->second.reply = reply;
}

http::ServiceReply Api::ask(std::string_view realm) {
  http::ServiceReply reply =
      problem_reply(refuse(401, "unauthorized", "A user and a password are asked for here."));
  for (auto& [name, value] : ask_for_credentials(realm).fields) {
    if (name == "www-authenticate") reply.fields.emplace_back(name, value);
  }
  return reply;
}

http::ServiceReply Api::ask(std::string_view realm, const http::ServiceRequest& request) {
  http::ServiceReply reply = ask(realm);
  if (request.field("sec-fetch-site") != nullptr)
    std::erase_if(reply.fields,
                  [](const auto& field) { return field.first == "www-authenticate"; });
  return reply;
}

http::ServiceReply Api::serve(const http::ServiceRequest& request, const model::Proxy& proxy,
                              Caller caller) {
  const std::string_view whole = request.path;
  const std::size_t question = whole.find('?');
  ApiCall call{request, proxy, std::move(caller), {}, {}};
  if (question != std::string_view::npos) call.query = parse_form(whole.substr(question + 1), 256);
  std::vector<std::string> segments;
  for (const std::string_view part :
       base::split(whole.substr(kPrefix.size(), question - kPrefix.size()), '/'))
    segments.push_back(url_decode(part, PlusSign::IsItself));

  std::string_view method = request.method;
  if (method == "HEAD") method = "GET";
  for (const Operation& row : kOperations) {
    if (row.method != method || !matches(row.pattern, segments, call.path)) continue;
    if (row.needs != Needs::Nothing && !call.caller.known()) {
      if (call.caller.blocked_for_s) return blocked_reply(*call.caller.blocked_for_s);
      return ask(proxy.stats.realm, request);
    }
    const std::string session = call.caller.session != nullptr ? call.caller.session->id : "";
    http::ServiceReply reply = perform(*this, row, call);
    if (!session.empty()) reply = bound(std::move(reply), logins_.sessions, session);
    return row.changes ? counted(std::move(reply), view_.log, origin_of(call, {}).from) : reply;
  }
  if (!call.caller.known()) return ask(proxy.stats.realm, request);
  return no_such(segments, request.method);
}

std::variant<Json, Refusal> read_body(const ApiCall& call,
                                      std::initializer_list<std::string_view> known) {
  if (call.request.body.empty()) return Json::object();
  Json body = Json::parse(call.request.body, nullptr, false);
  if (body.is_discarded())
    return refuse(400, "malformed-json", "The body is not well-formed JSON.");
  if (!body.is_object()) return refuse(400, "bad-request", "The body is to be an object.");
  for (const auto& [name, unused] : body.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Refusal refusal = refuse(400, "unknown-field", "There is no field '" + name + "' here.");
    refusal.errors.push_back(fault_at("/" + name, "unknown"));
    return refusal;
  }
  return body;
}

std::function<void()> saved_too(const View& view, std::function<void()> then) {
  if (view.states == nullptr || !then) return then;
  return [states = view.states, then = std::move(then)] { states->when_saved(then); };
}

control::ChangeOrigin origin_of(const ApiCall& call, std::string note) {
  const bool browser = call.request.field("origin") != nullptr ||
                       call.request.field("referer") != nullptr ||
                       call.request.field("sec-fetch-site") != nullptr;
  return {call.caller.user, browser ? control::ChangeSource::Page : control::ChangeSource::Rest,
          call.request.source.is_set() ? call.request.source.host() : "", std::move(note)};
}

std::variant<std::uint64_t, Refusal> Api::change(const Order& order,
                                                 std::function<void()> acknowledged) {
  auto plan = plan_actions(view_, order.actions);
  if (Refusal* refusal = std::get_if<Refusal>(&plan)) return std::move(*refusal);
  // It is told when every worker has acknowledged it, and when it is on disk.
  struct Gate {
    int open = 2;
    std::function<void()> pass;
    void step() {
      if (--open == 0 && pass) pass();
    }
  };
  auto gate = std::make_shared<Gate>();
  gate->pass = saved_too(view_, std::move(acknowledged));
  view_.log->begin(order.origin);
  if (auto refusal =
          run_plan(view_, std::get<Plan>(plan), order.origin, [gate] { gate->step(); })) {
    view_.log->abandon();
    return std::move(*refusal);
  }
  const std::int64_t now_us = view_.now().wall_us;
  control::LoggedChange& entry = view_.log->commit(now_us);
  entry.undo_of = order.undo_of;
  if (order.expires_min) entry.expires_at_us = now_us + *order.expires_min * 60'000'000LL;
  const std::uint64_t id = entry.id;
  if (view_.log->told) view_.log->told(entry);
  gate->step();
  return id;
}

bool Api::begin_attempt(const std::shared_ptr<LoginAttempt>& attempt) {
  if (attempts_.size() >= kMostAttempts) return false;
  attempts_.push_back(attempt);
  attempt->begin();
  return true;
}

void Api::end_attempt(const LoginAttempt& attempt) {
  std::erase_if(attempts_, [&attempt](const auto& each) { return each.get() == &attempt; });
}

void Api::close() {
  model_.close();
  tail_.close();
  for (const auto& attempt : std::vector(attempts_)) attempt->give_up();
}

void Api::second() {
  expire();
  model_.second();
  tail_.second(view_.now_ms());
}

void Api::expire() {
  const std::int64_t now_us = view_.now().wall_us;
  std::vector<std::uint64_t> over;
  for (const control::LoggedChange& entry : view_.log->entries()) {
    if (entry.pending() && *entry.expires_at_us <= now_us) over.push_back(entry.id);
  }
  for (auto id = over.rbegin(); id != over.rend(); ++id) expire_one(*id);
}

/// What of it can't be set back (its server is gone) keeps nothing else from being.
void Api::expire_one(std::uint64_t id) {
  control::ChangeOrigin origin;
  origin.note = "not confirmed in time";
  if (!std::holds_alternative<Refusal>(undo(id, origin, Force::Yes, nullptr))) return;
  control::LoggedChange* entry = view_.log->find(id);
  if (entry == nullptr) return;
  for (control::LoggedItem& item : entry->items) {
    const auto plan = plan_actions(view_, inverse_actions({item}));
    if (std::holds_alternative<Refusal>(plan)) item.lapsed = true;
  }
  if (!std::holds_alternative<Refusal>(undo(id, origin, Force::Yes, nullptr))) return;
  // Nothing of it is left; it is not tried again.
  if ((entry = view_.log->find(id)) != nullptr) view_.log->confirm(*entry, "");
}

}  // namespace sluice::admin
