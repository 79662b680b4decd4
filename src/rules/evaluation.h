// What rules, expressions and log formats may look at while they run: pointers into the exchange.
// Filled by proxy/ once per exchange, updated as its phases pass. One worker; nothing is owned
// here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"
#include "model/connection_facts.h"
#include "model/proxy_live.h"
#include "rules/sample.h"

namespace sluice::model {
struct Capture;
struct Userlist;
}  // namespace sluice::model

namespace sluice::rules {

/// Variables of one scope (manual §2.8): a handful, so a vector. Text is copied into `arena`'s
/// scope.
class VariableScope {
 public:
  struct Variable {
    std::uint32_t name_id;
    Sample value;
  };
  [[nodiscard]] const Sample* find(std::uint32_t name_id) const;
  void set(std::uint32_t name_id, const Sample& value);
  void unset(std::uint32_t name_id);
  void clear() { variables_.clear(); }

 private:
  std::vector<Variable> variables_;
};

/// Variables of the scope sess and the memory of their text, as long as the connection. Made when
/// the first is set: idle connections are many, and few have any.
class SessionVariables {
 public:
  [[nodiscard]] VariableScope* find() const noexcept { return made_ ? &made_->scope : nullptr; }
  [[nodiscard]] VariableScope& scope() { return made().scope; }
  [[nodiscard]] base::Arena& arena() { return made().arena; }

 private:
  struct Made {
    VariableScope scope;
    base::Arena arena;
  };
  Made& made() {
    if (made_ == nullptr) made_ = std::make_unique<Made>();
    return *made_;
  }
  std::unique_ptr<Made> made_;
};

/// The part of the request body that has been buffered (wait-for-body, http-buffer-request).
struct BodyView {
  std::string_view bytes;
  bool complete = false;           // the whole body is in `bytes`, or the buffer is full
  std::uint64_t known_length = 0;  // content-length, or what has arrived
};

/// Composes the exchange's unique id (unique-id-format) when it is first asked for.
class UniqueIdSource {
 public:
  [[nodiscard]] virtual std::string_view unique_id() = 0;

 protected:
  ~UniqueIdSource() = default;
};

/// Whether the request's credentials are those of a user of a list (`http_auth`). A hashed password
/// is looked at by another thread: rules wait for it (WaitFor::Login).
class LoginSource {
 public:
  enum class Answer : std::uint8_t { No, Yes, Pending };
  [[nodiscard]] virtual Answer login(const model::Userlist& list) = 0;
  /// An answer is on its way.
  [[nodiscard]] virtual bool login_pending() const noexcept = 0;
  /// Whom login() said Yes of; empty: of nobody.
  [[nodiscard]] virtual std::string_view login_user() const noexcept = 0;
  /// Who logged in before, and is known by the request's cookie in place of credentials, which it
  /// has none of (a stats listener's API); empty: nobody.
  [[nodiscard]] virtual std::string_view session_user() = 0;

 protected:
  ~LoginSource() = default;
};

struct Evaluation {
  // the message; null where it does not exist (tcp, before the head, before the response)
  http::Head* request = nullptr;
  http::Head* response = nullptr;
  BodyView body;
  std::string_view payload;         // content rules in mode tcp: what that side sent so far
  bool payload_final = true;        // no more will come, or the inspect delay is over
  bool no_request = false;          // what came in mode tcp is no request of HTTP and never will be
  std::uint64_t message_bytes = 0;  // mode http: the head and what came of the body

  const model::ConnectionFacts* connection = nullptr;
  model::FrontendLive* frontend = nullptr;
  model::BackendLive* backend = nullptr;  // the chosen one; null while in the frontend
  model::ServerLive* server = nullptr;
  UniqueIdSource* unique_id_source = nullptr;
  LoginSource* login = nullptr;  // null where nobody logs in

  // scopes of variables: proc is the program's, sess the connection's, check that of one run of a
  // health check, the rest the exchange's
  SessionVariables* sess = nullptr;
  VariableScope* txn = nullptr;
  VariableScope* req = nullptr;
  VariableScope* res = nullptr;
  VariableScope* check = nullptr;

  // captures (`capture request header`, http-request capture), as many as the frontend declares
  std::vector<std::string_view>* request_captures = nullptr;
  std::vector<std::string_view>* response_captures = nullptr;
  const std::vector<model::Capture>* request_slots = nullptr;  // those that it declares by a line
  const std::vector<model::Capture>* response_slots = nullptr;

  base::Arena* arena = nullptr;  // lives as long as the exchange
  base::Random* random = nullptr;
  base::Moment now;
  [[nodiscard]] std::string_view unique_id() const {
    return unique_id_source != nullptr ? unique_id_source->unique_id() : std::string_view{};
  }
  [[nodiscard]] bool login_pending() const { return login != nullptr && login->login_pending(); }
  int log_level = -1;              // http-request set-log-level; -1: as configured, 8: silent
  model::QueuePriority priority;   // of its place in a queue; set by rules
  bool may_retry_response = true;  // http-request disable-l7-retry: only connecting is tried again
};

}  // namespace sluice::rules
