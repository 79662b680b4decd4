// What one exchange knows of its client's persistence: which server the request's cookie names,
// what becomes of the cookie on its way to the server, and which Set-Cookie the response gets
// (manual §4.2, cookie). Owned by the exchange; costs nothing where a backend has no cookie.
//
//   enter()          the backend is chosen: force-persist and ignore-persist
//   bind()           a use-server rule names the server: cookies are not asked
//   read_request()   before a server is chosen: server(), the third letter of the termination state
//   leave()          another server may be chosen: a redispatch
//   write_response() the response's head passes: the fourth letter
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "control/snapshot.h"
#include "http/cookie.h"
#include "http/message.h"
#include "rules/evaluation.h"

namespace sluice::proxy {

class Persistence {
 public:
  /// The message that passes, and what its changes need.
  struct Passing {
    http::FieldList& fields;
    base::Arena& arena;
    std::int64_t now_s;
    const model::Capture* capture;  // `capture cookie` of the frontend, or null
  };

  void reset() {
    if (used_) *this = Persistence();
  }
  void enter(const control::BackendRuntime& backend, rules::Evaluation& evaluation);
  /// `backend` may be null: cookies are captured, and lead nowhere.
  void read_request(const control::BackendRuntime* backend, const Passing& message);
  /// `server` is the one that answered.
  void write_response(const control::BackendRuntime& backend, const control::ServerRuntime& server,
                      const http::Head& request, std::uint16_t status, const Passing& message);

  /// The server that the request is bound to, or null.
  [[nodiscard]] control::ServerRuntime* server() const { return server_; }
  /// The server is to be tried whatever its state, and no other after it.
  [[nodiscard]] bool forced() const { return forced_; }
  void leave() { server_ = nullptr; }
  /// A use-server rule decided.
  void bind(control::ServerRuntime& server) {
    server_ = &server;
    used_ = true;
  }
  /// It is not down; or that is no reason (option persist, force-persist).
  [[nodiscard]] bool may_lead_to(const control::BackendRuntime& backend,
                                 const model::ServerLive& server) const {
    const model::ServerStateWord state = server.state();
    return state.accepts_known() || ((backend.config->persist || forced_) && !state.unresolved);
  }
  /// Another server than the one that was tried was chosen.
  void note_redispatch() {
    if (client_ == ClientCookie::Valid) client_ = ClientCookie::Down;
  }

  /// The third and fourth letters of the termination state (manual §8.5).
  [[nodiscard]] char client_letter() const { return "NIDVEOU"[static_cast<unsigned>(client_)]; }
  [[nodiscard]] char server_letter() const { return "NPDIRU"[static_cast<unsigned>(made_)]; }
  /// What was captured: "NAME=VALUE", cut.
  [[nodiscard]] std::string_view request_cookie() const { return request_cookie_; }
  [[nodiscard]] std::string_view response_cookie() const { return response_cookie_; }

 private:
  enum class ClientCookie : std::uint8_t { None, Invalid, Down, Valid, Expired, Old, Unused };
  enum class ServerCookie : std::uint8_t { None, Provided, Deleted, Inserted, Rewritten, Updated };
  enum class Fate : std::uint8_t { Stays, Goes };

  // persistence.cc: the request
  void read_field(const control::BackendRuntime* backend, const Passing& message, std::size_t& i);
  std::size_t judge(const control::BackendRuntime& backend, std::string_view value,
                    std::int64_t now_s);
  std::size_t take_dates(std::string_view value);
  [[nodiscard]] bool outlived(const model::PersistenceCookie& cookie, std::int64_t now_s);
  bool find_server(const control::BackendRuntime& backend, std::string_view value);
  bool consider(const control::BackendRuntime& backend, control::ServerRuntime& server);

  // persistence_response.cc
  Fate read_set_cookie(const control::BackendRuntime& backend, std::string_view server_value,
                       http::Field& field, const Passing& message);
  [[nodiscard]] bool wants_cookie(const control::BackendRuntime& backend, const http::Head& request,
                                  std::int64_t now_s) const;
  void insert(const control::BackendRuntime& backend, std::string_view server_value,
              const Passing& message);

  control::ServerRuntime* server_ = nullptr;
  std::string_view request_cookie_, response_cookie_;
  std::int64_t last_date_ = 0, first_date_ = 0;  // seconds of the epoch; 0: the cookie has none
  ClientCookie client_ = ClientCookie::None;
  ServerCookie made_ = ServerCookie::None;
  bool forced_ = false;
  bool ignored_ = false;
  bool used_ = false;  // most requests have nothing to forget
};

/// `capture cookie`: the first pair whose text begins as asked for. Both directions.
void capture_cookie(const model::Capture* capture, std::string_view field,
                    const http::CookiePair& pair, base::Arena& arena, std::string_view& into);

}  // namespace sluice::proxy
