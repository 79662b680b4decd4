#include "admin/stats_listener.h"

#include "admin/access.h"
#include "admin/login_lists.h"
#include "admin/ui_files.h"

namespace sluice::admin {

namespace {

std::string_view path_only(std::string_view path) { return path.substr(0, path.find('?')); }

bool is_api_path(std::string_view path) { return path.starts_with("/api/"); }

bool is_ui_path(std::string_view path) { return path == "/ui" || path.starts_with("/ui/"); }

/// What the page needs to ask for a name and a password.
bool is_open_for_login(std::string_view path) { return is_ui_path(path) || path == "/api/session"; }

/// What is not the listener's own, where there is no classic page.
http::ServiceReply elsewhere(const http::ServiceRequest& request, std::string_view path) {
  if (path != "/" || (request.method != "GET" && request.method != "HEAD"))
    return plain_reply(404, "There is nothing under this path; the page is at /ui/.\n");
  http::ServiceReply reply = plain_reply(302, "The page is at /ui/.\n");
  reply.fields.emplace_back("location", "/ui/");
  return reply;
}

}  // namespace

bool is_listener_path(std::string_view path_with_query) noexcept {
  const std::string_view path = path_only(path_with_query);
  return path == "/metrics" || path == "/healthz" || path == "/readyz" || is_ui_path(path) ||
         is_api_path(path);
}

http::ServiceReply StatsListener::ready() const {
  if (view_.stopping && view_.stopping()) return plain_reply(503, "stopping\n");
  return view_.snapshot() != nullptr ? plain_reply(200, "ok\n") : plain_reply(503, "starting\n");
}

http::ServiceReply StatsListener::page(const http::ServiceRequest& request,
                                       const model::Proxy& proxy) {
  if (!ui_files().empty()) return ui_.serve(request);
  return page_left_out(proxy.is_admin ? std::string_view() : std::string_view(proxy.stats.uri));
}

http::ServiceReply StatsListener::serve(const http::ServiceRequest& request) {
  return hardened(answer(request));
}

http::ServiceReply StatsListener::answer(const http::ServiceRequest& request) {
  const auto snapshot = view_.snapshot();
  const model::Proxy* proxy =
      snapshot != nullptr ? find_stats_proxy(*snapshot, request.proxy) : nullptr;
  const std::string_view path = path_only(request.path);
  const bool own = is_listener_path(request.path);
  if (proxy != nullptr && proxy->is_admin && !own) return elsewhere(request, path);
  if (proxy == nullptr || !proxy->is_stats_listener() || !own) return page_.serve(request);
  if (path == "/healthz") return plain_reply(200, "ok\n");
  if (path == "/readyz") return ready();
  const Judgement judgement = judge_rules(logins_, request, view_.now_ms());
  if (judgement.blocked_for_s)
    return is_api_path(path) ? blocked_reply(*judgement.blocked_for_s)
                             : too_many_failures(*judgement.blocked_for_s);
  const bool logs_in = judgement.asks && has_login(*snapshot->config, *proxy);
  if (judgement.asks && !(logs_in && is_open_for_login(path))) {
    if (!is_api_path(path)) return ask_for_credentials(*request.login_realm);
    return logs_in ? Api::ask(*request.login_realm, request) : Api::ask(*request.login_realm);
  }
  if (is_ui_path(path)) return page(request, *proxy);
  Caller caller;
  if (!judgement.asks)
    caller = caller_of(logins_, request, *snapshot->config, *proxy, view_.now_ms());
  if (is_api_path(path)) return api_.serve(request, *proxy, std::move(caller));
  if (caller.blocked_for_s) return too_many_failures(*caller.blocked_for_s);
  return caller.known() ? metrics_.serve(request) : ask_for_credentials(proxy->stats.realm);
}

}  // namespace sluice::admin
