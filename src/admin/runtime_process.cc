// Commands about the process and its frontends.
#include <algorithm>

#include "admin/process_changes.h"
#include "admin/runtime_commands.h"
#include "base/text.h"

extern "C" char** environ;

namespace sluice::admin {

namespace {

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

CommandReply set_rate_limit(CommandContext& context) {
  struct Row {
    std::string_view word;
    RateLimit which;
  };
  constexpr Row kRows[] = {{"connections", RateLimit::Connections},
                           {"sessions", RateLimit::Sessions},
                           {"ssl-sessions", RateLimit::TlsSessions}};
  const auto* row = std::ranges::find(kRows, context.argument(0), &Row::word);
  if (row == std::end(kRows) || context.argument(1) != "global") {
    return failure(
        "'set rate-limit' only supports :\n"
        "   - 'connections global' to set the per-process maximum connection rate\n"
        "   - 'sessions global' to set the per-process maximum session rate\n"
        "   - 'ssl-sessions global' to set the per-process maximum SSL session rate");
  }
  const std::string_view text = context.argument(2);
  const auto value = base::to_signed(text);
  if (!value) return failure("Expects an integer value.");
  if (*value < 0 || *value > 0x7FFFFFFF) return failure("Value out of range.");
  if (!context.view.set_rate_limit) return failure("There is no such limit here.");
  set_process_rate_limit(context.view, row->which, row->word, static_cast<std::uint32_t>(*value),
                         kSocket);
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
  if (found.snapshot != nullptr) found.frontend = found.snapshot->find_frontend(name);
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
  if (found.frontend->config->shut_down) {
    return failure(std::string("Frontend was previously shut down, cannot ") +
                   (enabled ? "enable." : "disable."));
  }
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
  const auto value = base::to_signed(context.argument(1));
  if (!value) return failure("Integer value expected.");
  if (*value < 0 || *value > 0x7FFFFFFF) return failure("Value out of range.");
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
    {"reload", Level::Admin, "reload", "read the configuration again", reload},
    {"set maxconn frontend", Level::Admin, "set maxconn frontend <frontend> <value>",
     "limit a frontend's connections", set_maxconn_frontend},
    {"set maxconn global", Level::Admin, "set maxconn global <value>",
     "limit the connections of the process", set_maxconn_global},
    {"set rate-limit", Level::Admin, "set rate-limit <setting> global <value>",
     "limit what comes in a second: connections, sessions or ssl-sessions", set_rate_limit},
    {"show env", Level::Operator, "show env [<name>]", "list the environment of the process",
     show_env},
};

}  // namespace

std::span<const Command> process_commands() { return kProcess; }

}  // namespace sluice::admin
