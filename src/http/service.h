// An internal responder: the stats page, /metrics, REST, health endpoints. It runs on the control
// thread, also when it is reached through a traffic frontend: the worker's exchange posts a
// ServiceRequest and streams the reply's pieces back, one at a time as the client takes them.
// These objects are copies: nothing in them points into a worker's memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"

namespace sluice::http {

/// What somebody may do at the statistics page and its kin; each may do what those before may.
enum class Role : std::uint8_t { Viewer, Operator, Admin };

struct ServiceRequest {
  std::string service;  // "stats", "prometheus-exporter", …
  std::string method;
  std::string path;  // with its query
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  // at most limits::kMaxServicePayloadBytes; see `body_too_large`
  bool body_too_large = false;
  base::Address source;
  bool tls = false;
  std::string proxy;                       // the frontend or backend whose `stats` or rule led here
  Role role = Role::Viewer;                // by its `stats admin` and `stats operator`
  std::string user;                        // of a userlist, whose password was right; may be empty
  bool by_session = false;                 // the role and the user are those of its session
  std::optional<std::string> login_realm;  // a rule wants a login: answered 401 with this realm
  [[nodiscard]] const std::string* field(std::string_view name) const;
};

/// The reply: a head, then pieces. `more` yields the next piece, or an empty string at the end;
/// null when `body` is everything. Called on the control thread only, never again after it returned
/// empty.
///
/// A stream that has nothing to say for now returns empty too, and then `wait` says whether it goes
/// on: true, and `wake` is to be called once when `more` is worth calling (not inside `wait`). One
/// that has more to do before it can say something, and lets others run in between, says so by
/// `works`: then `more` is called again.
///
/// A reply that is not known yet has only `later`: it is called once with what takes the reply, on
/// the control thread, at the latest when the process stops.
struct ServiceReply {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> fields;  // without framing
  std::string body;
  std::function<std::string()> more;
  std::function<bool(std::function<void()> wake)> wait;
  std::function<bool()> works;
  std::function<void(std::function<void(ServiceReply)> answer)> later;
};

class Service {
 public:
  virtual ~Service() = default;
  /// Control thread. Answers at once; what takes long is cut to pieces by `more`.
  [[nodiscard]] virtual ServiceReply serve(const ServiceRequest& request) = 0;
};

}  // namespace sluice::http
