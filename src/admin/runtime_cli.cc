// Commands about the connection to the socket itself: its manners, its level, what it may do.
#include "admin/runtime_commands.h"
#include "base/text.h"

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

CommandReply help(CommandContext& context) {
  std::string asked;
  for (const std::string& word : context.arguments) asked += word + " ";
  return {help_text(context.session.level, asked), {}, Severity::Info};
}

/// HAProxy's toggle, the time that 2.9 can put before it, and the modes of 3.3.
CommandReply prompt(CommandContext& context) {
  CliSession& session = context.session;
  if (context.arguments.empty()) {
    session.prompt = !session.prompt;
    session.interactive = session.prompt;
    return success();
  }
  for (const std::string& word : context.arguments) {
    if (word == "timed") {
      session.interactive = session.prompt = true;
      session.timed = !session.timed;
    } else if (word == "n" || word == "i" || word == "p") {
      session.interactive = word != "n";
      session.prompt = word == "p";
    } else {
      return failure("'prompt' expects n (one line), i (interactive), p (with a prompt) or timed.");
    }
  }
  return success();
}

CommandReply quit(CommandContext& context) {
  context.session.closing = true;
  return success();
}

/// A level can be lowered, never raised.
CommandReply lower(CommandContext& context, Level level) {
  if (context.session.level < level) return failure("Permission denied");
  context.session.level = level;
  context.session.expert = context.session.experimental = false;
  return success();
}
CommandReply become_user(CommandContext& context) { return lower(context, Level::User); }
CommandReply become_operator(CommandContext& context) { return lower(context, Level::Operator); }

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
  constexpr std::uint64_t kMostUs = std::uint64_t{0x7FFFFFFF} * 1'000;
  if (!timeout_us || *timeout_us < 1'000 || *timeout_us > kMostUs)
    return failure("Invalid timeout value.");
  context.session.timeout_ms = static_cast<std::uint32_t>(*timeout_us / 1'000);
  return success();
}

/// Nothing here depends on these modes: scripts switch them on before commands of HAProxy's that
/// did.
CommandReply set_mode(CommandContext& context, std::string_view name, bool& mode) {
  const std::string_view word = context.argument(0);
  if (word.empty()) return message(std::string(name) + " is " + (mode ? "ON" : "OFF"));
  mode = word == "on";
  return success();
}
CommandReply experimental_mode(CommandContext& context) {
  return set_mode(context, "experimental-mode", context.session.experimental);
}
CommandReply expert_mode(CommandContext& context) {
  return set_mode(context, "expert-mode", context.session.expert);
}

constexpr Command kCli[] = {
    {"experimental-mode", Level::Admin, "experimental-mode [on|off]",
     "switch a mode that nothing depends on", experimental_mode},
    {"expert-mode", Level::Admin, "expert-mode [on|off]", "switch a mode that nothing depends on",
     expert_mode},
    {"help", Level::User, "help [<command>]", "list the commands, or those like the one given",
     help},
    {"operator", Level::Operator, "operator", "lower this connection's level to operator",
     become_operator},
    {"prompt", Level::User, "prompt [n|i|p|timed]*",
     "stay open and show a prompt, or no more; n, i, p: which of both; timed: with the uptime",
     prompt},
    {"quit", Level::User, "quit", "close this connection", quit},
    {"set severity-output", Level::User, "set severity-output [none|number|string]",
     "mark answers with how much they matter", set_severity_output},
    {"set timeout", Level::User, "set timeout cli <delay>",
     "close this connection after idling so long", set_timeout},
    {"show cli level", Level::User, "show cli level", "tell the level of this connection",
     show_cli_level},
    {"show cli sockets", Level::User, "show cli sockets", "list the runtime sockets",
     show_cli_sockets},
    {"user", Level::User, "user", "lower this connection's level to user", become_user},
};

}  // namespace

std::span<const Command> cli_commands() { return kCli; }

}  // namespace sluice::admin
