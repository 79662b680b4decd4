// Persistence on the way back: the server's own cookie, and ours.
#include "http/caching.h"
#include "http/value_edit.h"
#include "proxy/cookie_date.h"
#include "proxy/persistence.h"

namespace sluice::proxy {
namespace {

constexpr std::string_view kSetCookie = "Set-Cookie";

/// The value that leads to `server`; empty: none does.
std::string_view value_of(const control::ServerRuntime& server, base::Arena& arena) {
  if (!server.config->cookie.empty()) return server.config->cookie;
  const std::uint64_t made = server.live->dynamic_cookie();
  if (made == 0) return {};
  char* text = arena.allocate(model::kDynamicCookieBytes);
  model::write_dynamic_cookie(made, text);
  return {text, model::kDynamicCookieBytes};
}

/// "|DATE", into an arena.
std::string_view date_text(std::int64_t seconds, base::Arena& arena) {
  char* text = arena.allocate(1 + kCookieDateBytes);
  *text = '|';
  write_cookie_date(seconds, text + 1);
  return {text, 1 + kCookieDateBytes};
}

}  // namespace

void Persistence::write_response(const control::BackendRuntime& backend,
                                 const control::ServerRuntime& server, const http::Head& request,
                                 std::uint16_t status, const Passing& message) {
  used_ = true;
  const std::string_view value =
      backend.cookie != nullptr ? value_of(server, message.arena) : std::string_view();
  if (message.fields.has(http::FieldId::SetCookie)) {
    for (std::size_t i = 0; i < message.fields.size();) {
      http::Field& field = message.fields[i];
      if (field.id == http::FieldId::SetCookie &&
          read_set_cookie(backend, value, field, message) == Fate::Goes)
        message.fields.remove_at(i);
      else
        ++i;
    }
  }
  if (!wants_cookie(backend, request, message.now_s)) return;
  insert(backend, value, message);
  // Caches of HTTP/1.0 keep cookies too, and not all understand no-cache="set-cookie" (HAProxy).
  if (backend.config->cookie.nocache && http::is_cacheable(request.method, status, message.fields))
    message.fields.add("Cache-Control", "private");
}

Persistence::Fate Persistence::read_set_cookie(const control::BackendRuntime& backend,
                                               std::string_view server_value, http::Field& field,
                                               const Passing& message) {
  const model::PersistenceCookie& cookie = backend.config->cookie;
  const std::string_view text = field.value;
  const http::CookiePair pair = http::read_set_cookie(text);
  if (!pair.has_value) return Fate::Stays;
  capture_cookie(message.capture, text, pair, message.arena, response_cookie_);
  const bool own = backend.cookie != nullptr && !ignored_ && pair.name(text) == cookie.name;
  http::ValueEdit edit(text, message.arena, server_value.size() + 1);
  if (pair.has_blanks()) {
    edit.replace(pair.name_end, pair.equals);
    edit.replace(pair.equals + 1, pair.value_begin);
  }
  if (own) {
    made_ = ServerCookie::Provided;
    if (!cookie.preserve && (cookie.insert || (server_ != nullptr && cookie.indirect))) {
      made_ = ServerCookie::Deleted;
      return Fate::Goes;
    }
    if (!server_value.empty() && (cookie.rewrite || cookie.prefix)) {
      made_ = ServerCookie::Rewritten;
      const std::size_t end = cookie.rewrite ? pair.value_end : pair.value_begin;
      edit.replace(pair.value_begin, end, server_value);
      if (cookie.prefix) edit.replace(end, end, "~");
    }
  }
  if (edit.changed()) field.value = edit.finish();
  return Fate::Stays;
}

/// The client has no cookie that led here, or one whose dates are to be renewed.
bool Persistence::wants_cookie(const control::BackendRuntime& backend, const http::Head& request,
                               std::int64_t now_s) const {
  const model::PersistenceCookie& cookie = backend.config->cookie;
  if (backend.cookie == nullptr || !cookie.insert || ignored_) return false;
  if (cookie.preserve && made_ == ServerCookie::Provided) return false;
  if (cookie.postonly && request.method != http::Method::Post) return false;
  if (server_ == nullptr) return true;
  const bool dated = cookie.maxidle_s != 0 || last_date_ != 0;
  const bool stale = dated && (last_date_ == 0 || last_date_ < now_s);
  return stale || (cookie.maxlife_s != 0) == (first_date_ == 0);
}

void Persistence::insert(const control::BackendRuntime& backend, std::string_view server_value,
                         const Passing& message) {
  const model::PersistenceCookie& cookie = backend.config->cookie;
  // A server without a value takes the client's cookie away.
  std::string_view text = backend.cookie->removal;
  if (!server_value.empty()) {
    const std::int64_t now_s = message.now_s + 3;  // rounded up to the dates' four seconds
    std::string_view last;
    std::string_view first;
    if (cookie.maxidle_s != 0 || cookie.maxlife_s != 0) last = date_text(now_s, message.arena);
    if (cookie.maxlife_s != 0)
      first = date_text(first_date_ != 0 ? first_date_ : now_s, message.arena);
    text = message.arena.concat(
        {cookie.name, "=", server_value, last, first, backend.cookie->attributes});
  }
  message.fields.add(http::FieldId::SetCookie, kSetCookie, text);
  made_ =
      !server_value.empty() && server_ != nullptr ? ServerCookie::Updated : ServerCookie::Inserted;
}

}  // namespace sluice::proxy
