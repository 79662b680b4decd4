// Commands about the requests at work: `show sess` and `shutdown session` (management.txt 9.3). The
// fields that HAProxy has for its own insides, and that nothing here corresponds to, are left out.
#include <algorithm>
#include <charconv>

#include "admin/runtime_commands.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

using model::SessionInfo;

std::string id_text(std::uint64_t id) {
  char digits[17];
  const auto end = std::to_chars(digits, digits + sizeof digits, id, 16).ptr;
  return "0x" + std::string(digits, end);
}

/// "0x" and hexadecimal digits, as the dumps show it.
std::optional<std::uint64_t> parse_id(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  text.remove_prefix(2);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

/// HAProxy's short form of a time: one unit.
std::string short_time(std::uint64_t ms) {
  if (ms < 1'000) return std::to_string(ms) + "ms";
  const std::uint64_t s = ms / 1'000;
  if (s < 60) return std::to_string(s) + "s";
  if (s < 3'600) return std::to_string(s / 60) + "m" + std::to_string(s % 60) + "s";
  if (s < 86'400) return std::to_string(s / 3'600) + "h" + std::to_string(s / 60 % 60) + "m";
  return std::to_string(s / 86'400) + "d" + std::to_string(s / 3'600 % 24) + "h";
}

std::string_view protocol_of(const base::Address& address) {
  if (!address.is_ip()) return "unix_stream";
  return address.family() == AF_INET6 ? "tcpv6" : "tcpv4";
}

std::string source_of(const SessionInfo& info) {
  return info.client.is_ip() ? info.client.to_string() : "unix:1";
}

std::string or_none(const std::string& name, const char* none) {
  return name.empty() ? none : name;
}

void append_line(std::string& out, const SessionInfo& info) {
  out += id_text(info.id) + ": proto=" + std::string(protocol_of(info.client)) +
         " src=" + source_of(info) + " fe=" + info.frontend +
         " be=" + or_none(info.backend, "<NONE>") + " srv=" + or_none(info.server, "<none>") +
         " age=" + short_time(info.age_ms / 1'000 * 1'000) + " phase=" + std::string(info.phase) +
         " rq[i=" + std::to_string(info.queued_in) + ",total=" + std::to_string(info.bytes_in) +
         "] rp[i=" + std::to_string(info.queued_out) + ",total=" + std::to_string(info.bytes_out) +
         "] scf=[fd=" + std::to_string(info.client_descriptor) +
         "] scb=[fd=" + std::to_string(info.server_descriptor) +
         "] exp=" + (info.expires_in_ms ? short_time(*info.expires_in_ms) : std::string()) +
         " rc=" + std::to_string(info.retries) + "\n";
}

std::uint32_t id_of(const std::vector<stats::Source>& sources, const std::string& name) {
  for (const stats::Source& source : sources) {
    if (source.config->name == name) return source.config->numeric_id;
  }
  return 0;
}

void append_details(std::string& out, const SessionInfo& info,
                    const std::vector<stats::Source>& sources) {
  const std::string mode = info.http ? "http" : "tcp";
  out += id_text(info.id) + ": proto=" + std::string(protocol_of(info.client)) +
         " source=" + source_of(info) + " age=" + short_time(info.age_ms) +
         " request=" + std::to_string(info.request_number) + "\n";
  out += "  phase=" + std::string(info.phase) + " thread=" + std::to_string(info.worker + 1) +
         " configuration=" + std::to_string(info.generation) +
         " conn_retries=" + std::to_string(info.retries) +
         " status=" + std::to_string(info.status) +
         " exp=" + (info.expires_in_ms ? short_time(*info.expires_in_ms) : std::string("<NEVER>")) +
         "\n";
  out += "  frontend=" + info.frontend + " (id=" + std::to_string(id_of(sources, info.frontend)) +
         " mode=" + mode + "), listener=" + or_none(info.bind, "?") +
         " addr=" + info.came_to.to_string() + (info.tls ? " ssl" : "") + "\n";
  if (info.backend.empty()) {
    out += "  backend=<NONE> (id=-1 mode=-)\n";
  } else {
    out += "  backend=" + info.backend + " (id=" + std::to_string(id_of(sources, info.backend)) +
           " mode=" + mode + ")" +
           (info.from.is_set() ? " addr=" + info.from.to_string() : std::string()) + "\n";
  }
  out += "  server=" + or_none(info.server, "<NONE>") + "\n";
  out += "  scf fd=" + std::to_string(info.client_descriptor) +
         " scb fd=" + std::to_string(info.server_descriptor) + "\n";
  out += "  req total=" + std::to_string(info.bytes_in) +
         " queued=" + std::to_string(info.queued_in) + "\n";
  out += "  res total=" + std::to_string(info.bytes_out) +
         " queued=" + std::to_string(info.queued_out) + "\n";
}

CommandReply later_reply(std::shared_ptr<LaterReply> later) {
  CommandReply reply;
  reply.later = std::move(later);
  return reply;
}

CommandReply show_sessions(const View& view, bool details) {
  if (!view.sessions) return failure("There are no workers to ask.");
  auto later = std::make_shared<LaterReply>();
  view.sessions([later, details, &view](std::vector<SessionInfo> sessions) {
    const auto sources = details ? take_picture(view).sources : std::vector<stats::Source>();
    std::string out;
    for (const SessionInfo& info : sessions) {
      if (details)
        append_details(out, info, sources);
      else
        append_line(out, info);
    }
    later->give(std::move(out));
  });
  return later_reply(std::move(later));
}

CommandReply show_session(CommandContext& context) {
  const View& view = context.view;
  if (context.argument(0) == "all") return show_sessions(view, true);
  const auto id = parse_id(context.argument(0));
  if (!id) return show_sessions(view, false);
  if (!view.session) return failure("There are no workers to ask.");
  auto later = std::make_shared<LaterReply>();
  view.session(*id, [later, &view](const std::optional<SessionInfo>& found) {
    std::string out;
    if (found)
      append_details(out, *found, take_picture(view).sources);
    else
      out = "Session not found.\n";
    later->give(std::move(out));
  });
  return later_reply(std::move(later));
}

CommandReply shutdown_session(CommandContext& context) {
  const auto id = parse_id(context.argument(0));
  if (!id) return failure("Session pointer expected (use 'show sess').");
  if (!context.view.end_session) return failure("There are no workers to ask.");
  auto later = std::make_shared<LaterReply>();
  context.view.end_session(*id, [later](bool ended) {
    later->give(ended ? "" : "No such session (use 'show sess').\n");
  });
  return later_reply(std::move(later));
}

constexpr Command kSessions[] = {
    {"show sess", Level::Operator, "show sess [<id>|all]",
     "list the requests at work, or tell all of one, or of all", show_session},
    {"shutdown session", Level::Admin, "shutdown session <id>", "end a request that is at work",
     shutdown_session},
};

}  // namespace

std::span<const Command> session_commands() { return kSessions; }

}  // namespace sluice::admin
