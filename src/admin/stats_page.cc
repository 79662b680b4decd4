#include "admin/stats_page.h"

#include "admin/access.h"
#include "admin/classic_assets.h"
#include "admin/page_writer.h"
#include "admin/stats_form.h"
#include "admin/url.h"
#include "base/text.h"
#include "stats/json.h"

namespace sluice::admin {

namespace {

constexpr std::size_t kMaxScopeBytes = 64;

void apply_word(PageOptions& options, std::string_view word) {
  using Format = PageOptions::Format;
  if (word == "csv")
    options.format = Format::Csv;
  else if (word == "json")
    options.format = Format::Json;
  else if (word == "json-schema")
    options.format = Format::JsonSchema;
  else if (word == "page.js")
    options.format = Format::Script;
  else if (word == "norefresh")
    options.no_refresh = true;
  else if (word == "up")
    options.hide_down = true;
  else if (word == "no-maint")
    options.hide_maint = true;
  else if (word.starts_with("st="))
    options.result = std::string(word.substr(3, 8));
  else if (word.starts_with("scope=")) {
    options.scope = url_decode(word.substr(6), PlusSign::IsSpace).substr(0, kMaxScopeBytes);
  }
}

/// The part of the path after `stats uri`, or nothing when the path is another.
std::optional<std::string_view> after_uri(std::string_view path, std::string_view uri) {
  if (!path.starts_with(uri)) return std::nullopt;
  return path.substr(uri.size());
}

std::string_view content_type(PageOptions::Format format) {
  switch (format) {
    case PageOptions::Format::Html:
      return "text/html; charset=utf-8";
    case PageOptions::Format::Csv:
      return "text/plain";
    case PageOptions::Format::Json:
    case PageOptions::Format::JsonSchema:
      return "application/json";
    case PageOptions::Format::Script:
      return "text/javascript";
  }
  return "";
}

http::ServiceReply start_reply(const PageOptions& options, const model::StatsPage& page) {
  http::ServiceReply reply;
  reply.fields = {{"cache-control", "no-cache"},
                  {"content-type", std::string(content_type(options.format))},
                  {"x-content-type-options", "nosniff"}};
  if (options.format == PageOptions::Format::Html) {
    reply.fields.emplace_back(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  }
  if (page.refresh_s != 0 && !options.no_refresh && options.format != PageOptions::Format::Script) {
    reply.fields.emplace_back("refresh", std::to_string(page.refresh_s));
  }
  return reply;
}

}  // namespace

PageOptions parse_page_options(std::string_view after_uri) {
  PageOptions options;
  while (!after_uri.empty()) {
    const std::size_t end = after_uri.find_first_of(";&?");
    apply_word(options, after_uri.substr(0, end));
    if (end == std::string_view::npos) break;
    after_uri.remove_prefix(end + 1);
  }
  return options;
}

const model::Proxy* find_stats_proxy(const control::Snapshot& snapshot, std::string_view name) {
  const model::Proxy* found = nullptr;
  for (const model::Proxy& proxy : snapshot.config->proxies) {
    if (proxy.name != name || !proxy.stats.enabled) continue;
    if (proxy.is_frontend()) return &proxy;
    if (found == nullptr) found = &proxy;
  }
  return found;
}

http::ServiceReply plain_reply(std::uint16_t status, std::string_view text) {
  http::ServiceReply reply;
  reply.status = status;
  reply.fields = {{"cache-control", "no-cache"}, {"content-type", "text/plain; charset=utf-8"}};
  reply.body = text;
  return reply;
}

http::ServiceReply StatsPage::post(const http::ServiceRequest& request, const model::Proxy& proxy,
                                   const std::string& user) const {
  FormResult result = FormResult::Denied;
  const bool astray = proxy.stats.auth.empty() && request.user.empty() && is_led_astray(request);
  if (request.role != http::Role::Viewer && is_same_origin(request) && !astray) {
    result = request.body_too_large
                 ? FormResult::Exceeded
                 : apply_form(view_, request.body, user.empty() ? "stats page" : user);
  }
  if (result != FormResult::Done && view_.log != nullptr)
    view_.log->refused(control::ChangeSource::Form);
  http::ServiceReply reply;
  reply.status = 303;
  reply.fields = {{"cache-control", "no-cache"}, {"content-type", "text/plain"}};
  PageOptions kept = parse_page_options(*after_uri(request.path, proxy.stats.uri));
  kept.result = code_of(result);
  reply.fields.emplace_back("location", page_link(proxy.stats.uri, kept));
  return reply;
}

http::ServiceReply StatsPage::serve(const http::ServiceRequest& request) {
  const auto snapshot = view_.snapshot();
  const model::Proxy* proxy =
      snapshot != nullptr ? find_stats_proxy(*snapshot, request.proxy) : nullptr;
  if (proxy == nullptr) return plain_reply(404, "No statistics are enabled here.\n");
  const Judgement judgement = judge_rules(logins_, request, view_.now_ms());
  if (judgement.blocked_for_s) return too_many_failures(*judgement.blocked_for_s);
  if (judgement.asks) return ask_for_credentials(*request.login_realm);
  const Caller caller = caller_of(logins_, request, *snapshot->config, *proxy, view_.now_ms());
  if (caller.blocked_for_s) return too_many_failures(*caller.blocked_for_s);
  // A cookie is the API's: what this page's form does, no token guards.
  if (!caller.known() || caller.session != nullptr) return ask_for_credentials(proxy->stats.realm);
  const auto rest = after_uri(request.path, proxy->stats.uri);
  if (!rest) return plain_reply(404, "There is nothing under this path.\n");
  if (request.method == "POST") return post(request, *proxy, caller.user);
  if (request.method != "GET" && request.method != "HEAD") {
    http::ServiceReply reply = plain_reply(405, "Only GET, HEAD and POST are served here.\n");
    reply.fields.emplace_back("allow", "GET, HEAD, POST");
    return reply;
  }
  const PageOptions options = parse_page_options(*rest);
  http::ServiceReply reply = start_reply(options, proxy->stats);
  if (options.format == PageOptions::Format::Script) {
    reply.body = classic_script();
  } else if (options.format == PageOptions::Format::JsonSchema) {
    reply.body = stats::json_schema();
  } else {
    auto writer = std::make_shared<PageWriter>(
        take_picture(view_), *proxy, options,
        request.role != http::Role::Viewer ? Buttons::Shown : Buttons::Hidden);
    reply.more = [writer] { return writer->next(); };
  }
  return reply;
}

}  // namespace sluice::admin
