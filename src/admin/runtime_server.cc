// Commands about servers: every change goes through control::Changes.
#include <algorithm>

#include "admin/runtime_commands.h"
#include "admin/runtime_names.h"
#include "base/limits.h"
#include "base/text.h"

namespace sluice::admin {

using control::ChangeAction;
using model::AdminState;

namespace {

/// The server that the first argument names, with the snapshot that keeps it.
struct FoundServer {
  std::shared_ptr<const control::Snapshot> snapshot;
  const control::BackendRuntime* backend = nullptr;
  const control::ServerRuntime* server = nullptr;
};

/// HAProxy's error texts, or nothing when the server was found.
std::optional<CommandReply> find(const CommandContext& context, FoundServer& found) {
  ServerName name;
  if (!parse_server_name(context.argument(0), name)) return failure("Require 'backend/server'.");
  found.snapshot = context.view.snapshot();
  found.backend = found.snapshot != nullptr ? found.snapshot->find_backend(name.backend) : nullptr;
  if (found.backend == nullptr) return failure("No such backend.");
  found.server = found.backend->find_runtime(name.server);
  if (found.server == nullptr) return failure("No such server.");
  return std::nullopt;
}

CommandReply apply(const CommandContext& context, const FoundServer& found, ChangeAction action) {
  control::Change change;
  change.who = "socket";
  change.from = control::ChangeSource::Socket;
  change.target = {found.backend->config->name, found.server->config->name};
  change.action = std::move(action);
  const auto done = context.view.changes->apply(std::move(change), nullptr);
  return done ? success() : failure(done.error().detail);
}

CommandReply change(CommandContext& context, ChangeAction action) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  return apply(context, found, std::move(action));
}

CommandReply change_weight(CommandContext& context, const FoundServer& found,
                           std::string_view text) {
  if (text.empty()) return failure("Require <weight> or <weight%>.");
  const bool percent = text.back() == '%';
  if (percent) text.remove_suffix(1);
  const std::size_t digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
  if (digits == 0 || text.empty() || text == "-")
    return bare_failure("Empty weight string empty or preceded by garbage");
  if (digits != std::string_view::npos) return bare_failure("Trailing garbage in weight string");
  const auto value = base::to_signed(text);
  if (percent) {
    if (!value || *value < 0) return failure("Relative weight must be positive.");
    const auto bounded = static_cast<std::uint32_t>(std::min<std::int64_t>(*value, 25'600));
    return apply(context, found, control::SetWeight{bounded, control::SetWeight::Unit::Percent});
  }
  if (!value || *value < 0 || *value > base::limits::kMaxWeight) {
    return failure("Absolute weight can only be between 0 and 256 inclusive.");
  }
  return apply(
      context, found,
      control::SetWeight{static_cast<std::uint32_t>(*value), control::SetWeight::Unit::Absolute});
}

CommandReply set_state(CommandContext& context, const FoundServer& found) {
  const std::string_view word = context.argument(2);
  for (const AdminState state : {AdminState::Ready, AdminState::Drain, AdminState::Maint}) {
    if (word == model::to_text(state)) return apply(context, found, control::SetAdmin{state});
  }
  return failure("'set server <srv> state' expects 'ready', 'drain' and 'maint'.");
}

CommandReply set_health(CommandContext& context, const FoundServer& found) {
  using To = control::SetHealth::To;
  if (!found.server->live->tracked.expired())
    return failure("cannot change health on a tracking server.");
  const std::string_view word = context.argument(2);
  if (word == "up") return apply(context, found, control::SetHealth{To::Up});
  if (word == "stopping") return apply(context, found, control::SetHealth{To::Stopping});
  if (word == "down") return apply(context, found, control::SetHealth{To::Down});
  return failure("'set server <srv> health' expects 'up', 'stopping', or 'down'.");
}

CommandReply set_agent(CommandContext& context, const FoundServer& found) {
  using To = control::SetAgentHealth::To;
  if (!found.server->live->agent_enabled)
    return failure("agent checks are not enabled on this server.");
  const std::string_view word = context.argument(2);
  if (word == "up") return apply(context, found, control::SetAgentHealth{To::Up});
  if (word == "down") return apply(context, found, control::SetAgentHealth{To::Down});
  return failure("'set server <srv> agent' expects 'up' or 'down'.");
}

/// `set server … check-addr`, `agent-port` and so on: the words of HAProxy's answers differ by
/// which is asked and which of its two parts is missing.
struct ProbeWords {
  control::SetProbe::Of of;
  std::string_view address, port;
};
constexpr ProbeWords kProbes[] = {
    {control::SetProbe::Of::Check, "check-addr", "check-port"},
    {control::SetProbe::Of::Agent, "agent-addr", "agent-port"},
};

std::optional<CommandReply> read_port(std::string_view text, control::SetProbe& action) {
  const auto port = base::to_signed(text);
  if (!port) return bare_failure("provided port is not an integer");
  if (*port < 0 || *port > 65'535) return bare_failure("provided port is invalid");
  action.port = static_cast<std::uint16_t>(*port);
  return std::nullopt;
}

/// Nothing: `what` names neither an address nor a port of checks.
std::optional<CommandReply> set_probe(CommandContext& context, const FoundServer& found,
                                      std::string_view what) {
  for (const ProbeWords& probe : kProbes) {
    if (what != probe.address && what != probe.port) continue;
    control::SetProbe action{probe.of, std::nullopt, std::nullopt};
    const std::string usage = "set server <b>/<s> " + std::string(what) + " requires ";
    const std::string_view value = context.argument(2);
    if (what == probe.port) {
      if (value.empty()) return failure(usage + "a port.");
      if (auto error = read_port(value, action)) return error;
      return apply(context, found, std::move(action));
    }
    if (value.empty()) return failure(usage + "an address and optionally a port.");
    const auto address = base::Address::from_ip(value, 0);
    if (!address) return failure("invalid addr '" + std::string(value) + "'");
    action.address = *address;
    if (context.argument(3) == "port") {
      if (auto error = read_port(context.argument(4), action)) return error;
    }
    return apply(context, found, std::move(action));
  }
  return std::nullopt;
}

CommandReply set_server(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  const std::string_view what = context.argument(1);
  if (what == "weight") return change_weight(context, found, context.argument(2));
  if (what == "state") return set_state(context, found);
  if (what == "health") return set_health(context, found);
  if (what == "agent") return set_agent(context, found);
  if (what == "addr") return set_server_address(context, *found.backend, *found.server);
  if (what == "fqdn") return set_server_name(context, *found.backend, *found.server);
  if (what == "agent-send")
    return apply(context, found, control::SetAgentSend{std::string(context.argument(2))});
  if (what == "ssl") return failure("'set server <srv> ssl' is not supported by Sluice.");
  if (auto reply = set_probe(context, found, what)) return std::move(*reply);
  return failure(
      "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | "
      "check-addr | check-port | fqdn | health | state | weight");
}

CommandReply set_weight(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  return change_weight(context, found, context.argument(1));
}

CommandReply get_weight(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  return message(std::to_string(found.server->live->state().weight) + " (initial " +
                 std::to_string(found.server->live->initial_weight) + ")");
}

CommandReply enable_server(CommandContext& context) {
  return change(context, control::SetAdmin{AdminState::Ready});
}
CommandReply disable_server(CommandContext& context) {
  return change(context, control::SetAdmin{AdminState::Maint});
}

CommandReply enable_health(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  if (!found.server->config->check.enabled) {
    return failure("Health check was not configured on this server, cannot enable.");
  }
  return apply(context, found, control::SetChecks{control::SetChecks::To::Enabled});
}

CommandReply disable_health(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  // Nothing runs where no check is configured: already as asked.
  if (!found.server->config->check.enabled) return success();
  return apply(context, found, control::SetChecks{control::SetChecks::To::Disabled});
}

CommandReply enable_agent(CommandContext& context) {
  return change(context, control::SetAgent{control::SetAgent::To::Enabled});
}
CommandReply disable_agent(CommandContext& context) {
  return change(context, control::SetAgent{control::SetAgent::To::Disabled});
}

CommandReply change_backend(CommandContext& context, ChangeAction action) {
  const std::string_view name = context.argument(0);
  if (name.empty()) return failure("A backend name is expected.");
  const auto snapshot = context.view.snapshot();
  if (snapshot == nullptr || snapshot->find_backend(name) == nullptr)
    return failure("No such backend.");
  control::Change change;
  change.who = "socket";
  change.from = control::ChangeSource::Socket;
  change.target.backend = name;
  change.action = std::move(action);
  const auto done = context.view.changes->apply(std::move(change), nullptr);
  return done ? success() : failure(done.error().detail);
}

CommandReply enable_dynamic_cookie(CommandContext& context) {
  return change_backend(context, control::SetDynamicCookie{control::SetDynamicCookie::To::Enabled});
}
CommandReply disable_dynamic_cookie(CommandContext& context) {
  return change_backend(context,
                        control::SetDynamicCookie{control::SetDynamicCookie::To::Disabled});
}
CommandReply set_dynamic_cookie_key(CommandContext& context) {
  const std::string_view key = context.argument(1);
  if (key.empty() && !context.argument(0).empty()) return failure("String value expected.");
  return change_backend(context, control::SetDynamicCookieKey{std::string(key)});
}

CommandReply set_maxconn_server(CommandContext& context) {
  FoundServer found;
  if (auto error = find(context, found)) return std::move(*error);
  const std::string_view text = context.argument(1);
  if (text.empty()) return failure("Require <maxconn>.");
  const auto value = base::to_unsigned(text);
  if (!value) {
    return bare_failure(base::is_digit(text.front()) ? "Trailing garbage in maxconn string"
                                                     : "maxconn string empty or preceded by "
                                                       "garbage");
  }
  if (*value > 0xFFFFFFFFU) return failure("Value out of range.");
  return apply(context, found, control::SetMaxconn{static_cast<std::uint32_t>(*value)});
}

CommandReply shutdown_sessions(CommandContext& context) {
  return change(context, control::ShutdownSessions{});
}

constexpr Command kServer[] = {
    {"disable agent", Level::Admin, "disable agent <bk>/<srv>", "stop asking a server's agent",
     disable_agent},
    {"disable dynamic-cookie backend", Level::Admin, "disable dynamic-cookie backend <bk>",
     "stop giving servers dynamic cookies", disable_dynamic_cookie},
    {"disable health", Level::Admin, "disable health <bk>/<srv>",
     "stop the health checks of a server", disable_health},
    {"disable server", Level::Admin, "disable server <bk>/<srv>", "put a server into maintenance",
     disable_server},
    {"enable agent", Level::Admin, "enable agent <bk>/<srv>", "ask a server's agent again",
     enable_agent},
    {"enable dynamic-cookie backend", Level::Admin, "enable dynamic-cookie backend <bk>",
     "give servers dynamic cookies", enable_dynamic_cookie},
    {"enable health", Level::Admin, "enable health <bk>/<srv>",
     "resume the health checks of a server", enable_health},
    {"enable server", Level::Admin, "enable server <bk>/<srv>", "take a server out of maintenance",
     enable_server},
    {"get weight", Level::User, "get weight <bk>/<srv>", "tell a server's weight", get_weight},
    {"set dynamic-cookie-key backend", Level::Admin, "set dynamic-cookie-key backend <bk> <value>",
     "change the key of dynamic cookies", set_dynamic_cookie_key},
    {"set maxconn server", Level::Admin, "set maxconn server <bk>/<srv> <value>",
     "limit a server's sessions", set_maxconn_server},
    {"set server", Level::Admin, "set server <bk>/<srv> [opts]",
     "change a server's state, health, weight, checks or agent", set_server},
    {"set weight", Level::Admin, "set weight <bk>/<srv> <weight>[%]", "change a server's weight",
     set_weight},
    {"shutdown sessions server", Level::Admin, "shutdown sessions server <bk>/<srv>",
     "end the sessions on a server", shutdown_sessions},
};

}  // namespace

std::span<const Command> server_commands() { return kServer; }

}  // namespace sluice::admin
