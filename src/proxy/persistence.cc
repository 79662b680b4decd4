#include "proxy/persistence.h"

#include <algorithm>

#include "http/value_edit.h"
#include "proxy/cookie_date.h"

namespace sluice::proxy {
namespace {

constexpr char kPrefixEnd = '~';                // SERVER~VALUE
constexpr char kDateBegin = '|';                // SERVER|LAST|FIRST
constexpr std::int64_t kMostFuture_s = 86'400;  // how wrong a clock may be

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// A Cookie field on its way to the server: persistence cookies go, everybody else's stay.
class RequestField {
 public:
  RequestField(std::string_view value, base::Arena& arena) : value_(value), edit_(value, arena) {}

  void remove(const http::CookiePair& pair) {
    if (removed_from_ == kNowhere) removed_from_ = pair.begin;
  }
  /// The pair is not ours: what was removed before it ends here.
  void keep(const http::CookiePair& pair) {
    keeps_any_ = true;
    if (removed_from_ == kNowhere) return;
    std::size_t begin = removed_from_;
    removed_from_ = kNowhere;
    if (begin == 0) return edit_.replace(0, pair.name_begin);
    while (begin > edit_.kept() && is_blank(value_[begin - 1])) --begin;
    edit_.replace(begin, pair.name_begin, value_[pair.begin] == ',' ? ", " : "; ");
  }
  /// Servers need not know of blanks around '=', and captures and rewriting don't either.
  void strip(const http::CookiePair& pair) {
    if (pair.name_end != pair.equals) edit_.replace(pair.name_end, pair.equals);
    if (pair.value_begin > pair.equals + 1) edit_.replace(pair.equals + 1, pair.value_begin);
  }
  void cut_prefix(const http::CookiePair& pair, std::size_t size) {
    keeps_any_ = true;
    edit_.replace(pair.value_begin, pair.value_begin + size);
  }
  /// False: nothing is left of the field.
  [[nodiscard]] bool finish(std::string_view& value) {
    if (removed_from_ != kNowhere) {
      if (!keeps_any_) return false;
      edit_.replace(removed_from_, value_.size());
    }
    if (!edit_.changed()) return true;
    value = edit_.finish();
    return !value.empty();
  }

 private:
  static constexpr std::size_t kNowhere = std::string_view::npos;
  std::string_view value_;
  http::ValueEdit edit_;
  std::size_t removed_from_ = kNowhere;
  bool keeps_any_ = false;
};

}  // namespace

void capture_cookie(const model::Capture* capture, std::string_view field,
                    const http::CookiePair& pair, base::Arena& arena, std::string_view& into) {
  if (capture == nullptr || into.data() != nullptr) return;
  std::string_view text = field.substr(pair.name_begin, pair.value_end - pair.name_begin);
  if (pair.has_blanks()) text = arena.concat({pair.name(field), "=", pair.value(field)});
  if (text.starts_with(capture->name)) into = text.substr(0, capture->max_length);
}

void Persistence::enter(const control::BackendRuntime& backend, rules::Evaluation& evaluation) {
  for (const control::PersistRuleRuntime& rule : backend.persist_rules) {
    if (rule.condition->evaluate(evaluation) != rules::Truth::True) continue;
    const bool force = rule.effect == model::PersistRule::Effect::Force;
    (force ? forced_ : ignored_) = used_ = true;
    return;
  }
}

void Persistence::read_request(const control::BackendRuntime* backend, const Passing& message) {
  if (!message.fields.has(http::FieldId::Cookie)) return;
  used_ = true;
  for (std::size_t i = 0; i < message.fields.size();) {
    if (message.fields[i].id == http::FieldId::Cookie)
      read_field(backend, message, i);
    else
      ++i;
  }
}

/// The field at `i`; moves on to the next.
void Persistence::read_field(const control::BackendRuntime* backend, const Passing& message,
                             std::size_t& i) {
  http::Field& field = message.fields[i];
  const std::string_view value = field.value;
  const bool reads = backend != nullptr && backend->cookie != nullptr;
  const model::PersistenceCookie* cookie = reads ? &backend->config->cookie : nullptr;
  const bool hides = reads && cookie->insert && cookie->indirect;
  RequestField edited(value, message.arena);
  http::CookieWalk walk(value);
  http::CookiePair pair;
  while (walk.next(pair)) {
    if (pair.is_attribute(value)) continue;
    if (!pair.has_value) {
      edited.keep(pair);
      continue;
    }
    capture_cookie(message.capture, value, pair, message.arena, request_cookie_);
    const bool own = reads && pair.name(value) == cookie->name;
    if (!own) edited.keep(pair);
    if (!own || !hides) edited.strip(pair);
    if (!own) continue;
    const std::string_view text = pair.value(value);
    const std::size_t named = judge(*backend, text, message.now_s);
    if (cookie->prefix && named != text.size())
      edited.cut_prefix(pair, named + 1);
    else if (hides)
      edited.remove(pair);
  }
  if (edited.finish(field.value))
    ++i;
  else
    message.fields.remove_at(i);
}

/// Looks at one cookie of ours; returns how much of its value names the server.
std::size_t Persistence::judge(const control::BackendRuntime& backend, std::string_view value,
                               std::int64_t now_s) {
  const model::PersistenceCookie& cookie = backend.config->cookie;
  std::size_t named =
      cookie.prefix ? std::min(value.find(kPrefixEnd), value.size()) : take_dates(value);
  if (outlived(cookie, now_s)) named = 0;
  // Servers without a cookie are not found by an empty one; the first cookie that is good counts.
  const bool unused = ignored_ || server_ != nullptr;
  if (named != 0 && !unused && find_server(backend, value.substr(0, named))) return named;
  if (client_ == ClientCookie::None)
    client_ = unused ? ClientCookie::Unused : ClientCookie::Invalid;
  return named;
}

std::size_t Persistence::take_dates(std::string_view value) {
  const std::size_t bar = value.find(kDateBegin);
  if (bar == std::string_view::npos) return value.size();
  std::string_view dates = value.substr(bar + 1);
  if (const std::int64_t date = read_cookie_date(dates); date > 0) last_date_ = date;
  const std::size_t second = dates.find(kDateBegin);
  if (second != std::string_view::npos) {
    if (const std::int64_t date = read_cookie_date(dates.substr(second + 1)); date > 0)
      first_date_ = date;
  }
  return bar;
}

/// maxlife and maxidle.
bool Persistence::outlived(const model::PersistenceCookie& cookie, std::int64_t now_s) {
  const auto beyond = [now_s](std::int64_t date, std::uint32_t most_s) {
    return date != 0 && most_s != 0 && (now_s - date > most_s || date - now_s > kMostFuture_s);
  };
  const bool old = beyond(first_date_, cookie.maxlife_s);
  if (!old && !beyond(last_date_, cookie.maxidle_s)) return false;
  client_ = old ? ClientCookie::Old : ClientCookie::Expired;
  first_date_ = last_date_ = 0;
  return true;
}

bool Persistence::find_server(const control::BackendRuntime& backend, std::string_view value) {
  const auto& servers = backend.cookie->servers;
  auto at = std::lower_bound(servers.begin(), servers.end(), value,
                             [](const auto& entry, std::string_view v) { return entry.first < v; });
  for (; at != servers.end() && at->first == value; ++at) {
    if (consider(backend, *at->second)) return true;
  }
  const std::uint64_t wanted = backend.cookie->dynamic ? model::read_dynamic_cookie(value) : 0;
  if (wanted == 0) return false;
  return std::ranges::any_of(backend.servers, [&](const auto& server) {
    return server->live->dynamic_cookie() == wanted && consider(backend, *server);
  });
}

/// True: the request is bound to `server`.
bool Persistence::consider(const control::BackendRuntime& backend, control::ServerRuntime& server) {
  client_ = server.live->state().accepts_known() ? ClientCookie::Valid : ClientCookie::Down;
  if (!may_lead_to(backend, *server.live)) return false;
  server_ = &server;
  return true;
}

}  // namespace sluice::proxy
