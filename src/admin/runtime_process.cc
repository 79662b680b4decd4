// Commands about the process, its frontends and the connection to the socket itself.
#include "admin/process_changes.h"
#include "admin/runtime_commands.h"
#include "base/text.h"

extern "C" char** environ;

namespace sluice::admin {

namespace {

std::string_view to_text(Level level) {
  switch (level) {
    case Level::User:
      return "user";
    case Level::Operator:
      return "operator";
    case Level::Admin:
      return "admin";
  }
  return "";
}

// The connection

CommandReply help(CommandContext& context) {
  std::string asked;
  for (const std::string& word : context.arguments) asked += word + " ";
  return {help_text(context.session.level, asked), {}, Severity::Info};
}
CommandReply prompt(CommandContext& context) {
  context.session.prompt = !context.session.prompt;
  return success();
}
CommandReply quit(CommandContext& context) {
  context.session.closing = true;
  return success();
}
/// A level can be lowered, never raised.
CommandReply become_user(CommandContext& context) {
  context.session.level = Level::User;
  return success();
}
CommandReply become_operator(CommandContext& context) {
  context.session.level = Level::Operator;
  return success();
}
CommandReply show_cli_level(CommandContext& context) {
  return message(to_text(context.session.level));
}

CommandReply show_cli_sockets(CommandContext& context) {
  std::string out = "# socket lvl processes\n";
  if (const auto snapshot = context.view.snapshot()) {
    for (const model::StatsSocket& socket : snapshot->config->global.stats_sockets) {
      const base::Address& address = socket.address;
      const char* family = address.is_unix()              ? "unix@"
                           : address.family() == AF_INET6 ? "ipv6@"
                                                          : "ipv4@";
      out += family + address.to_string() + " " + std::string(to_text(socket.level)) + " all\n";
    }
  }
  return {std::move(out), {}, std::nullopt};
}

CommandReply set_severity_output(CommandContext& context) {
  const std::string_view word = context.argument(0);
  if (word == "none")
    context.session.severity = SeverityOutput::None;
  else if (word == "number")
    context.session.severity = SeverityOutput::Number;
  else if (word == "string")
    context.session.severity = SeverityOutput::Word;
  else
    return failure("one of 'none', 'number', 'string' is a required argument");
  return success();
}

CommandReply set_timeout(CommandContext& context) {
  if (context.argument(0) != "cli") return failure("'set timeout' only supports 'cli'.");
  if (context.argument(1).empty()) return failure("Expects an integer value.");
  const auto timeout_us = base::parse_time_us(context.argument(1), 1'000'000);
  if (!timeout_us || *timeout_us < 1'000) return failure("Invalid timeout value.");
  context.session.timeout_ms = static_cast<std::uint32_t>(*timeout_us / 1'000);
  return success();
}

// The process

CommandReply show_env(CommandContext& context) {
  const std::string_view wanted = context.argument(0);
  std::string out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (wanted.empty() || variable.substr(0, variable.find('=')) == wanted)
      out += std::string(variable) + "\n";
  }
  if (out.empty() && !wanted.empty()) return failure("Variable not found");
  return {std::move(out), {}, std::nullopt};
}

const control::ChangeOrigin kSocket{"socket", control::ChangeSource::Socket, "", ""};

CommandReply set_maxconn_global(CommandContext& context) {
  const std::string_view text = context.argument(0);
  if (text.empty()) return failure("Expects an integer value.");
  const auto value = base::to_unsigned(text);
  if (!value) return failure("Expects an integer value.");
  const View& view = context.view;
  if (view.connections == nullptr || *value > view.facts.hard_max_connections)
    return failure("Value out of range.");
  set_process_maxconn(view, static_cast<std::uint32_t>(*value), kSocket);
  return success();
}

/// As a master's socket answers in HAProxy's later versions: how it went, then what was said.
CommandReply reload(CommandContext& context) {
  if (!context.view.reload) return failure("There is nothing to reload.");
  CommandReply reply;
  reply.later = std::make_shared<LaterReply>();
  const auto tell = [later = reply.later](const ReloadResult& result) {
    later->give(std::string(result.done ? "Success=1\n--\n" : "Success=0\n--\n") + result.messages);
  };
  context.view.reload(tell, {"socket", control::ChangeSource::Reload, "", ""});
  return reply;
}

// Frontends

struct FoundFrontend {
  std::shared_ptr<const control::Snapshot> snapshot;
  const control::FrontendRuntime* frontend = nullptr;
};

std::optional<CommandReply> find(const CommandContext& context, FoundFrontend& found) {
  const std::string_view name = context.argument(0);
  if (name.empty()) return failure("A frontend name is expected.");
  found.snapshot = context.view.snapshot();
  if (found.snapshot != nullptr) {
    for (const auto& frontend : found.snapshot->frontends) {
      if (frontend->config->name == name) found.frontend = frontend.get();
    }
  }
  if (found.frontend == nullptr) return failure("No such frontend.");
  return std::nullopt;
}

enum class Accepting : std::uint8_t { No, Yes };

CommandReply switch_frontend(CommandContext& context, Accepting accepting,
                             std::string_view already) {
  FoundFrontend found;
  if (auto error = find(context, found)) return std::move(*error);
  model::FrontendLive& live = *found.frontend->live;
  const bool enabled = accepting == Accepting::Yes;
  if (live.enabled.load(std::memory_order_relaxed) == enabled) return failure(already);
  set_frontend_enabled(context.view, live, enabled, kSocket);
  return success();
}
CommandReply enable_frontend(CommandContext& context) {
  return switch_frontend(context, Accepting::Yes, "All sockets are already enabled.");
}
CommandReply disable_frontend(CommandContext& context) {
  return switch_frontend(context, Accepting::No, "All sockets are already disabled.");
}

CommandReply set_maxconn_frontend(CommandContext& context) {
  FoundFrontend found;
  if (auto error = find(context, found)) return std::move(*error);
  const auto value = base::to_unsigned(context.argument(1));
  if (!value) return failure("Integer value expected.");
  if (*value > 0xFFFFFFFFU) return failure("Value out of range.");
  set_frontend_maxconn(context.view, *found.frontend->live, static_cast<std::uint32_t>(*value),
                       kSocket);
  return success();
}

// Counters

CommandReply clear_counters(CommandContext& context) {
  const bool all = context.argument(0) == "all";
  if (all && context.session.level < Level::Admin) return failure("Permission denied");
  clear_counters(context.view, all ? Clear::Everything : Clear::Maxima, kSocket);
  return success();
}

constexpr Command kProcess[] = {
    {"clear counters", Level::Operator, "clear counters [all]",
     "clear the maxima, or with 'all' every counter", clear_counters},
    {"disable frontend", Level::Admin, "disable frontend <frontend>", "stop accepting for a while",
     disable_frontend},
    {"enable frontend", Level::Admin, "enable frontend <frontend>", "accept again",
     enable_frontend},
    {"help", Level::User, "help [<command>]", "list the commands, or those like the one given",
     help},
    {"operator", Level::Operator, "operator", "lower this connection's level to operator",
     become_operator},
    {"prompt", Level::User, "prompt", "switch the prompt on or off", prompt},
    {"quit", Level::User, "quit", "close this connection", quit},
    {"reload", Level::Admin, "reload", "read the configuration again", reload},
    {"set maxconn frontend", Level::Admin, "set maxconn frontend <frontend> <value>",
     "limit a frontend's connections", set_maxconn_frontend},
    {"set maxconn global", Level::Admin, "set maxconn global <value>",
     "limit the connections of the process", set_maxconn_global},
    {"set severity-output", Level::User, "set severity-output [none|number|string]",
     "mark answers with how much they matter", set_severity_output},
    {"set timeout", Level::User, "set timeout cli <delay>",
     "close this connection after idling so long", set_timeout},
    {"show cli level", Level::User, "show cli level", "tell the level of this connection",
     show_cli_level},
    {"show cli sockets", Level::User, "show cli sockets", "list the runtime sockets",
     show_cli_sockets},
    {"show env", Level::Operator, "show env [<name>]", "list the environment of the process",
     show_env},
    {"user", Level::User, "user", "lower this connection's level to user", become_user},
};

}  // namespace

std::span<const Command> process_commands() { return kProcess; }

}  // namespace sluice::admin
