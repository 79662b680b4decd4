// The only way by which the page, the socket, REST, an agent or a reload changes live state.
// A Change is validated and applied by one function on the control thread; it keeps the states, the
// schedules, the queues and the totals of the backend consistent, and is remembered (who, when,
// what).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "control/snapshot.h"
#include "model/agent.h"
#include "model/server_state.h"
#include "model/worker_query.h"

namespace sluice::control {

/// Page: the page at /ui/; Form: the classic page's.
enum class ChangeSource : std::uint8_t {
  Page,
  Form,
  Socket,
  Rest,
  Agent,
  Reload,
  Check,
  Names,
  Internal
};

struct ServerTarget {
  std::string backend;
  std::string server;
};
struct FrontendTarget {
  std::string frontend;
};

/// What to set. Weight: absolute (0-256) or percent of the initial one, as HAProxy's "set weight".
/// With DRAIN and MAINT, `deadline_s` after which what still holds the server is ended; 0: none.
struct SetAdmin {
  model::AdminState state;
  std::uint32_t deadline_s = 0;
};
struct SetWeight {
  std::uint32_t value;
  enum class Unit : std::uint8_t { Absolute, Percent } unit;
};
struct SetHealth {
  enum class To : std::uint8_t { Up, Stopping, Down } to;
};
struct SetChecks {
  enum class To : std::uint8_t { Enabled, Disabled } to;
};
struct SetAgent {
  enum class To : std::uint8_t { Enabled, Disabled } to;
};
/// Stands in for the agent's word, until it is asked again.
struct SetAgentHealth {
  enum class To : std::uint8_t { Up, Down } to;
};
/// Where the checks or the agent are asked from now on; what is not given stays.
struct SetProbe {
  enum class Of : std::uint8_t { Check, Agent } of;
  std::optional<base::Address> address;
  std::optional<std::uint16_t> port;
};
struct SetAgentSend {
  std::string text;
};
/// Of a backend: `cookie … dynamic` and its key. The target's server is empty.
struct SetDynamicCookie {
  enum class To : std::uint8_t { Enabled, Disabled } to;
};
struct SetDynamicCookieKey {
  std::string key;
};
struct SetMaxconn {
  std::uint32_t value;
};
struct ShutdownSessions {};
/// A server's address and port, found by its name: `by` says by whom; empty: set by an operator. It
/// is in maintenance by resolution no longer.
inline constexpr std::string_view kAdditionalRecord = "DNS additional record";
struct SetAddress {
  base::Address address;
  std::string by;
};
/// Its name has no address any more: in maintenance by resolution until one is found.
struct LoseAddress {
  std::string why;
};
/// The name that it is found by from now on (`set server … fqdn`, or the target of a service's
/// record, empty when it holds none any more).
struct SetName {
  std::string name;
  bool of_record = false;
};
using ChangeAction =
    std::variant<SetAdmin, SetWeight, SetHealth, SetChecks, SetAgent, SetAgentHealth, SetProbe,
                 SetAgentSend, SetDynamicCookie, SetDynamicCookieKey, SetMaxconn, ShutdownSessions,
                 SetAddress, LoseAddress, SetName>;

struct Change {
  std::string who;  // user, "socket", …
  ChangeSource from = ChangeSource::Internal;
  std::int64_t when_us = 0;  // wall clock; filled by apply
  ServerTarget target;
  ChangeAction action;
  std::string note;
  std::string old_value, new_value;  // filled by apply
  std::string source = {};           // the address that it came from, where there is one
};

class Changes {
 public:
  /// Errors: NotFound ("No such backend." / "No such server."), Configuration (a value out of
  /// range).
  virtual ~Changes() = default;
  /// Applies and answers at once for what readers see; `acknowledged` (may be null) runs when every
  /// worker has passed a quiescent point since.
  virtual base::Result<> apply(Change change, std::function<void()> acknowledged) = 0;
  /// The operational state changed by a check or by observation (health/): same care, own history.
  virtual void report(model::ServerLive& server, const model::CheckReport& report,
                      std::uint64_t now_ms) = 0;
  /// Live traffic showed as many errors in a row as the server's `error-limit` allows, once or more
  /// since the last call: its `on-error` follows.
  virtual void errors_observed(model::ServerLive& server) = 0;
  /// What an agent said: each word is a change like an operator's; those on the health count with
  /// the results of checks.
  virtual void agent_said(model::ServerLive& server, const model::AgentReport& said) = 0;
  /// The latest changes, newest last; bounded.
  [[nodiscard]] virtual const std::vector<Change>& recent() const = 0;
};

}  // namespace sluice::control
