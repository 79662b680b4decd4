// The control API under /api/ of a stats listener: the table of its operations, who may use them,
// and the limits of a request. Its contract is admin-ui/openapi.json, which it serves. Control
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admin/api_model.h"
#include "admin/api_reply.h"
#include "admin/api_tail.h"
#include "admin/login.h"
#include "admin/url.h"
#include "admin/view.h"
#include "http/service.h"
#include "model/proxy.h"

namespace sluice::admin {

/// One request of the API.
struct ApiCall {
  const http::ServiceRequest& request;
  const model::Proxy& proxy;
  Caller caller;
  std::vector<std::string> path;  // what stands for the pattern's braces
  Parameters query;
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

/// Answers to requests with an Idempotency-Key, for an hour; bounded, the oldest go first.
class IdempotencyStore {
 public:
  static constexpr std::size_t kMaxKept = 1'000;
  static constexpr std::uint64_t kKeptMs = 3'600'000;
  struct Kept {
    std::string request;                      // method, path and body
    std::optional<http::ServiceReply> reply;  // nothing yet: it is being done
  };
  [[nodiscard]] Kept* find(const std::string& key, std::uint64_t now_ms);
  void begin(const std::string& key, std::string request, std::uint64_t now_ms);
  void finish(const std::string& key, const http::ServiceReply& reply);
  void abandon(const std::string& key) { kept_.erase(key); }

 private:
  struct Order {
    std::string key;
    std::uint64_t at_ms;
  };
  std::unordered_map<std::string, Kept> kept_;
  std::deque<Order> order_;
};

class LoginAttempt;

class Api {
 public:
  Api(const View& view, Logins& logins)
      : view_(view), logins_(logins), model_(view), tail_(view.watch_requests) {}

  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request,
                                         const model::Proxy& proxy, Caller caller);
  /// 401 with the realm.
  [[nodiscard]] static http::ServiceReply ask(std::string_view realm);
  /// The same; a page that may log in asks by itself: a browser's own question would stand before
  /// it.
  [[nodiscard]] static http::ServiceReply ask(std::string_view realm,
                                              const http::ServiceRequest& request);
  /// Once a second.
  void second();
  /// Changes whose time is over, and that nobody confirmed, are set back.
  void expire();

  [[nodiscard]] const View& view() const { return view_; }
  [[nodiscard]] ApiModel& model() { return model_; }
  [[nodiscard]] Logins& logins() { return logins_; }
  [[nodiscard]] Tail& tail() { return tail_; }
  /// Every stream and every login under way ends.
  void close();
  static constexpr std::size_t kMostAttempts = 32;
  /// False: so many logins are under way.
  [[nodiscard]] bool begin_attempt(const std::shared_ptr<LoginAttempt>& attempt);
  void end_attempt(const LoginAttempt& attempt);
  [[nodiscard]] IdempotencyStore& answers() { return answers_; }

  /// Applies actions as one change. `extra` completes its entry before anybody is told.
  struct Order {
    Json actions;
    control::ChangeOrigin origin;
    std::optional<std::uint64_t> undo_of;
    std::optional<std::uint32_t> expires_min;
  };
  /// The change's id, or why not; `acknowledged` runs when every worker passed on.
  [[nodiscard]] std::variant<std::uint64_t, Refusal> change(const Order& order,
                                                            std::function<void()> acknowledged);
  /// Sets a change back. `Force::Yes`: also where something was changed since.
  enum class Force : std::uint8_t { No, Yes };
  [[nodiscard]] std::variant<std::uint64_t, Refusal> undo(std::uint64_t id,
                                                          control::ChangeOrigin origin, Force force,
                                                          std::function<void()> acknowledged);

 private:
  void expire_one(std::uint64_t id);
  const View& view_;
  Logins& logins_;
  ApiModel model_;
  Tail tail_;
  IdempotencyStore answers_;
  std::vector<std::shared_ptr<LoginAttempt>> attempts_;
};

[[nodiscard]] std::string_view to_text(http::Role role) noexcept;
/// Why the caller may not do it, whose role is below the least that may.
[[nodiscard]] std::optional<Refusal> refuse_below(const ApiCall& call, http::Role least,
                                                  std::string_view what);

/// `then`, when what was changed so far is on disk.
[[nodiscard]] std::function<void()> saved_too(const View& view, std::function<void()> then);

/// Who asks for a change, and by what.
[[nodiscard]] control::ChangeOrigin origin_of(const ApiCall& call, std::string note);

/// The body as an object whose members are all among `known`; an empty body is an empty object.
[[nodiscard]] std::variant<Json, Refusal> read_body(const ApiCall& call,
                                                    std::initializer_list<std::string_view> known);

using ApiHandler = http::ServiceReply (*)(Api& api, const ApiCall& call);

// api_listeners.cc
[[nodiscard]] http::ServiceReply get_listeners(Api& api, const ApiCall& call);
// api_config.cc
[[nodiscard]] http::ServiceReply get_config(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply check_config(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply diff_config(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply reload_config(Api& api, const ApiCall& call);
// api_tail.cc
[[nodiscard]] http::ServiceReply get_tail(Api& api, const ApiCall& call);
// api_session.cc
[[nodiscard]] http::ServiceReply get_session(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply post_session(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply delete_session(Api& api, const ApiCall& call);
// api_state.cc
[[nodiscard]] http::ServiceReply get_contract(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_state(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_proxy(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_server(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_series(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_events(Api& api, const ApiCall& call);
// drain_views.cc
[[nodiscard]] http::ServiceReply get_drains(Api& api, const ApiCall& call);
// api_changes.cc
[[nodiscard]] http::ServiceReply get_changes(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply get_change(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply post_change(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply post_undo(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply post_confirm(Api& api, const ApiCall& call);
[[nodiscard]] http::ServiceReply post_preview(Api& api, const ApiCall& call);

/// admin-ui/openapi.json, embedded.
[[nodiscard]] std::string_view api_contract() noexcept;

}  // namespace sluice::admin
