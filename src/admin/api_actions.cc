#include "admin/api_actions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "admin/api_objects.h"
#include "admin/api_share.h"
#include "base/limits.h"
#include "base/text.h"

namespace sluice::admin {

using model::AdminState;

namespace {

constexpr std::size_t kMaxActions = 5'000;

std::string one_decimal(double value) {
  const auto tenths = static_cast<long long>(std::llround(value * 10));
  const std::string whole = std::to_string(tenths / 10);
  return tenths % 10 == 0 ? whole : whole + "." + std::to_string(tenths % 10);
}

const control::FrontendRuntime* find_frontend(const control::Snapshot& snapshot,
                                              std::string_view name) {
  for (const auto& frontend : snapshot.frontends) {
    if (frontend->config->name == name) return frontend.get();
  }
  return nullptr;
}

constexpr std::array<std::string_view, 7> kOperatorSets = {
    "state", "weight", "health", "check", "agent", "agent-health", "sessions"};

/// One request's actions, read one by one. The first fault ends it.
class Planner {
 public:
  Planner(const View& view, std::shared_ptr<const control::Snapshot> snapshot)
      : view_(view), snapshot_(std::move(snapshot)) {}

  std::variant<Plan, Refusal> run(const Json& actions) {
    for (index_ = 0; index_ < actions.size() && !refusal_; ++index_) read(actions[index_]);
    if (refusal_) return std::move(*refusal_);
    return std::move(plan_);
  }

 private:
  void refuse_at(std::string_view member, std::uint16_t status, std::string_view code,
                 std::string detail) {
    if (refusal_) return;
    std::string pointer = "/actions/" + std::to_string(index_);
    if (!member.empty()) pointer += "/" + std::string(member);
    refusal_ = refuse(status, code, detail);
    refusal_->errors.push_back(fault_at(pointer, detail));
  }
  void invalid(std::string detail) { refuse_at("value", 422, "invalid-value", std::move(detail)); }
  void add(StepAction action, control::ServerTarget target = {}) {
    plan_.push_back({key_, std::move(action), std::move(target), index_});
  }

  void read(const Json& action);
  bool read_deadline(const Json& action);
  void read_target();
  void read_server();
  void read_frontend();
  void read_process();
  void read_share();
  void set_state();
  void set_weight(const control::ServerRuntime& server);
  void set_number();
  void set_health();
  void set_switch();
  void set_agent_health();
  void set_address();
  void add_server(control::ChangeAction action) {
    add(std::move(action), {backend_->config->name, server_->config->name});
  }
  std::optional<std::uint32_t> number(std::uint64_t most);
  std::string word() const { return value_.is_string() ? value_.get<std::string>() : ""; }
  bool side(const char* name, model::ServerRole role,
            std::vector<const control::ServerRuntime*>& out);
  bool weight_allowed(const control::ServerRuntime& server, std::uint32_t weight);

  const View& view_;
  std::shared_ptr<const control::Snapshot> snapshot_;
  Plan plan_;
  std::optional<Refusal> refusal_;
  std::size_t index_ = 0;
  std::string key_, set_;
  Json value_;
  std::uint32_t deadline_s_ = 0;  // of a drain; 0: none
  const control::BackendRuntime* backend_ = nullptr;
  const control::ServerRuntime* server_ = nullptr;
  const control::FrontendRuntime* frontend_ = nullptr;
};

}  // namespace

http::Role least_role(std::string_view target, std::string_view set) noexcept {
  const bool operates =
      target.starts_with("s:")
          ? std::find(kOperatorSets.begin(), kOperatorSets.end(), set) != kOperatorSets.end()
          : target.starts_with("b:") && set == "share";
  return operates ? http::Role::Operator : http::Role::Admin;
}

namespace {

constexpr std::array<std::string_view, 4> kMembers = {"target", "set", "value", "drain_deadline"};

void Planner::read(const Json& action) {
  if (!action.is_object()) return refuse_at("", 400, "bad-request", "An action is an object.");
  for (const auto& [name, unused] : action.items()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end())
      return refuse_at(name, 400, "unknown-field", "An action has no '" + name + "'.");
  }
  for (const char* name : {"target", "set"}) {
    if (!action.contains(name) || !action[name].is_string())
      return refuse_at(name, 400, "bad-request", std::string("'") + name + "' is a text.");
  }
  key_ = action["target"].get<std::string>();
  set_ = action["set"].get<std::string>();
  value_ = action.value("value", Json());
  if (!read_deadline(action)) return;
  read_target();
}

/// False: it is refused.
bool Planner::read_deadline(const Json& action) {
  deadline_s_ = 0;
  if (!action.contains("drain_deadline")) return true;
  const Json& seconds = action["drain_deadline"];
  const bool fits = seconds.is_number_unsigned() && seconds.get<std::uint64_t>() > 0 &&
                    seconds.get<std::uint64_t>() <= control::kMaxDrainSeconds;
  const bool drains = key_.starts_with("s:") && set_ == "state" && word() != "ready";
  if (!fits)
    refuse_at("drain_deadline", 422, "invalid-value", "'drain_deadline' is 1 to 86400 seconds.");
  else if (!drains)
    refuse_at("drain_deadline", 422, "invalid-value",
              "A deadline goes with a server's state 'drain' or 'maint'.");
  else
    deadline_s_ = seconds.get<std::uint32_t>();
  return deadline_s_ != 0;
}

void Planner::read_target() {
  if (key_ == "*") return read_process();
  const std::string_view name =
      key_.size() > 2 && key_[1] == ':' ? std::string_view(key_).substr(2) : std::string_view();
  backend_ = nullptr;
  frontend_ = nullptr;
  server_ = nullptr;
  if (name.empty())
    return refuse_at("target", 400, "bad-request", "'" + key_ + "' is no key of an object.");
  if (key_[0] == 'f') {
    frontend_ = find_frontend(*snapshot_, name);
    if (frontend_ != nullptr) return read_frontend();
  } else if (key_[0] == 'b') {
    backend_ = snapshot_->find_backend(name);
    if (backend_ != nullptr) return read_share();
  } else if (key_[0] == 's') {
    ServerName parts;
    if (parse_server_name(name, parts)) backend_ = snapshot_->find_backend(parts.backend);
    if (set_ == "add" || set_ == "delete")
      return refuse_at("set", 422, "invalid-value",
                       "A server that is added or deleted is a change by itself, for good.");
    if (backend_ != nullptr) server_ = backend_->find_runtime(parts.server);
    if (server_ != nullptr) return read_server();
  }
  refuse_at("target", 404, "not-found", "There is no " + key_ + ".");
}

std::optional<std::uint32_t> Planner::number(std::uint64_t most) {
  if (value_.is_number_unsigned() && value_.get<std::uint64_t>() <= most)
    return static_cast<std::uint32_t>(value_.get<std::uint64_t>());
  const auto text = value_.is_string() ? base::to_unsigned(word()) : std::nullopt;
  if (text && *text <= most) return static_cast<std::uint32_t>(*text);
  invalid("'" + set_ + "' is a number from 0 to " + std::to_string(most) + ", not " + dump(value_) +
          ".");
  return std::nullopt;
}

void Planner::read_process() {
  if (set_ == "counters") {
    if (word() != "clear" && word() != "clear-all")
      return invalid("'counters' expects 'clear' or 'clear-all'.");
    return add(ClearCounters{word() == "clear-all"});
  }
  if (set_ != "maxconn")
    return refuse_at("set", 422, "invalid-value", "The process has no '" + set_ + "' to set.");
  if (const auto value = number(view_.facts.hard_max_connections)) add(LimitProcess{*value});
}

void Planner::read_frontend() {
  if (set_ == "state") {
    if (word() != "enabled" && word() != "disabled")
      return invalid("A frontend's state is 'enabled' or 'disabled'.");
    return add(SwitchFrontend{frontend_->live, word() == "enabled"});
  }
  if (set_ == "sessions") {
    if (word() != "shutdown") return invalid("'sessions' expects 'shutdown'.");
    return add(ShutFrontend{frontend_->live});
  }
  if (set_ != "maxconn")
    return refuse_at("set", 422, "invalid-value", "A frontend has no '" + set_ + "' to set.");
  if (const auto value = number(0xFFFFFFFFU)) add(LimitFrontend{frontend_->live, *value});
}

void Planner::read_server() {
  if (set_ == "state") return set_state();
  if (set_ == "weight") return set_weight(*server_);
  if (set_ == "maxconn") return set_number();
  if (set_ == "health") return set_health();
  if (set_ == "check" || set_ == "agent") return set_switch();
  if (set_ == "agent-health") return set_agent_health();
  if (set_ == "addr") return set_address();
  if (set_ != "sessions")
    return refuse_at("set", 422, "invalid-value", "A server has no '" + set_ + "' to set.");
  if (word() != "shutdown") return invalid("'sessions' expects 'shutdown'.");
  add_server(control::ShutdownSessions{});
}

void Planner::set_state() {
  for (const AdminState state : {AdminState::Ready, AdminState::Drain, AdminState::Maint}) {
    if (word() == model::to_text(state)) return add_server(control::SetAdmin{state, deadline_s_});
  }
  invalid("A server's state is 'ready', 'drain' or 'maint', not " + dump(value_) + ".");
}

bool Planner::weight_allowed(const control::ServerRuntime& server, std::uint32_t weight) {
  const bool fixed = backend_->balancer != nullptr && backend_->balancer->is_static();
  if (!fixed || weight == 0 || weight == server.live->initial_weight) return true;
  invalid("The algorithm of " + backend_->config->name + " is static: a weight there is 0 or " +
          std::to_string(server.live->initial_weight) + ", as configured.");
  return false;
}

void Planner::set_weight(const control::ServerRuntime& server) {
  using Unit = control::SetWeight::Unit;
  std::string text = word();
  if (text.ends_with('%')) {
    text.pop_back();
    const auto percent = base::to_unsigned(text);
    if (!percent || *percent > 25'600) return invalid("A weight in percent is 0% to 25600%.");
    const std::uint64_t weight = std::min<std::uint64_t>(
        *percent * server.live->initial_weight / 100, base::limits::kMaxWeight);
    if (!weight_allowed(server, static_cast<std::uint32_t>(weight))) return;
    return add_server(control::SetWeight{static_cast<std::uint32_t>(*percent), Unit::Percent});
  }
  const auto weight = number(base::limits::kMaxWeight);
  if (weight && weight_allowed(server, *weight))
    add_server(control::SetWeight{*weight, Unit::Absolute});
}

void Planner::set_number() {
  if (const auto value = number(0xFFFFFFFFU)) add_server(control::SetMaxconn{*value});
}

void Planner::set_health() {
  using To = control::SetHealth::To;
  if (!server_->live->tracked.expired())
    return invalid("The health of a tracking server is that of the server it tracks.");
  if (word() == "up") return add_server(control::SetHealth{To::Up});
  if (word() == "stopping") return add_server(control::SetHealth{To::Stopping});
  if (word() == "down") return add_server(control::SetHealth{To::Down});
  invalid("A health is 'up', 'stopping' or 'down', not " + dump(value_) + ".");
}

void Planner::set_switch() {
  const bool enable = word() == "enabled";
  if (!enable && word() != "disabled") return invalid("'" + set_ + "' is 'enabled' or 'disabled'.");
  const bool check = set_ == "check";
  const bool configured = check ? server_->config->check.enabled : server_->config->agent.enabled;
  if (enable && !configured)
    return invalid(key_.substr(2) + " has no " + (check ? "health check" : "agent") +
                   " in the configuration.");
  if (check) {
    using To = control::SetChecks::To;
    return add_server(control::SetChecks{enable ? To::Enabled : To::Disabled});
  }
  using To = control::SetAgent::To;
  add_server(control::SetAgent{enable ? To::Enabled : To::Disabled});
}

void Planner::set_agent_health() {
  using To = control::SetAgentHealth::To;
  if (!server_->live->agent_enabled) return invalid(key_.substr(2) + " asks no agent.");
  if (word() == "up") return add_server(control::SetAgentHealth{To::Up});
  if (word() == "down") return add_server(control::SetAgentHealth{To::Down});
  invalid("The health that an agent tells is 'up' or 'down'.");
}

/// "ADDRESS", "ADDRESS:PORT" or ":PORT"; what is not given stays. An IPv6 address with a port is in
/// brackets.
void Planner::set_address() {
  const base::Address before = server_->live->shown_address();
  std::string host = word();
  std::string port;
  const std::size_t colon = host.rfind(':');
  const bool bracketed = host.starts_with('[');
  if (colon != std::string::npos &&
      (bracketed ? host.find(']') < colon : host.find(':') == colon)) {
    port = host.substr(colon + 1);
    host.resize(colon);
    if (port.empty()) return invalid("There is no port behind the colon.");
  }
  if (bracketed && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() && before.is_ip()) host = before.host();
  auto address = base::Address::from_ip(host, 0);
  if (!address) return invalid(dump(value_) + " is no address.");
  std::uint64_t number = before.is_ip() ? before.port() : server_->live->kept_port;
  if (!port.empty()) {
    const auto written = base::to_unsigned(port);
    if (!written || *written == 0 || *written > 65'535)
      return invalid("A port is 1 to 65535, not " + port + ".");
    number = *written;
  }
  address->set_port(static_cast<std::uint16_t>(number));
  add_server(control::SetAddress{*address, ""});
}

/// The servers of a side: by name where the request names them, else by their role.
bool Planner::side(const char* name, model::ServerRole role,
                   std::vector<const control::ServerRuntime*>& out) {
  if (value_.contains(name)) {
    if (!value_[name].is_array()) {
      invalid("A side is a list of servers.");
      return false;
    }
    for (const Json& each : value_[name]) {
      const auto* server =
          each.is_string() ? backend_->find_runtime(each.get<std::string>()) : nullptr;
      if (server == nullptr) {
        refuse_at("value", 404, "not-found", key_ + " has no server " + dump(each) + ".");
        return false;
      }
      if (std::find(out.begin(), out.end(), server) == out.end()) out.push_back(server);
    }
  } else {
    for (const auto& server : backend_->servers) {
      if (server->config->role == role) out.push_back(server.get());
    }
  }
  if (!out.empty()) return true;
  invalid(key_ + " has no " + name + " side: no server has 'role " + name + "'.");
  return false;
}

void Planner::read_share() {
  if (set_ != "share")
    return refuse_at("set", 422, "invalid-value", "A backend has no '" + set_ + "' to set.");
  if (!value_.is_object() || !value_.contains("percent") || !value_["percent"].is_number())
    return invalid("A share is an object with a number 'percent'.");
  for (const auto& [name, unused] : value_.items()) {
    if (name != "percent" && name != "legacy" && name != "new")
      return refuse_at("value/" + name, 400, "unknown-field", "A share has no '" + name + "'.");
  }
  const double percent = value_["percent"].get<double>();
  if (!(percent >= 0 && percent <= 100)) return invalid("'percent' is 0 to 100.");
  std::vector<const control::ServerRuntime*> sides[2];
  if (!side("legacy", model::ServerRole::Legacy, sides[0])) return;
  if (!side("new", model::ServerRole::New, sides[1])) return;
  for (const auto* server : sides[0]) {
    if (std::find(sides[1].begin(), sides[1].end(), server) != sides[1].end())
      return invalid(server->config->name + " is on both sides.");
  }
  std::vector<std::uint32_t> present[2];
  std::vector<std::uint32_t> configured[2];
  for (int i = 0; i < 2; ++i) {
    for (const auto* server : sides[i]) {
      present[i].push_back(server->live->state().weight);
      configured[i].push_back(server->live->initial_weight);
    }
  }
  const Shares shares = share_weights(percent, configured[0], configured[1]);
  add(NoteShare{one_decimal(share_of(present[0], present[1])),
                one_decimal(share_of(shares.legacy, shares.fresh))});
  const std::string backend_key = key_;
  for (int i = 0; i < 2; ++i) {
    const auto& weights = i == 0 ? shares.legacy : shares.fresh;
    for (std::size_t k = 0; k < sides[i].size(); ++k) {
      server_ = sides[i][k];
      key_ = server_key(backend_->config->name, server_->config->name);
      if (!weight_allowed(*server_, weights[k])) return;
      add_server(control::SetWeight{weights[k], control::SetWeight::Unit::Absolute});
    }
  }
  key_ = backend_key;
}

}  // namespace

std::variant<Plan, Refusal> plan_actions(const View& view, const Json& actions) {
  auto snapshot = view.snapshot();
  if (snapshot == nullptr) return refuse(503, "stopping", "There is no configuration in force.");
  if (!actions.is_array() || actions.empty())
    return refuse(400, "bad-request", "'actions' is a list of at least one action.");
  if (actions.size() > kMaxActions)
    return refuse(413, "too-large", "One request has at most 5000 actions.");
  return Planner(view, std::move(snapshot)).run(actions);
}

}  // namespace sluice::admin
