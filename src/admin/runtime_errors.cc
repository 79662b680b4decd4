// `show errors`: the last malformed message of each proxy, in HAProxy's form (management.txt 9.3);
// where its parser's flags stand there, the reason stands here.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "admin/runtime_commands.h"
#include "base/text.h"
#include "http/h1/field_line.h"

namespace sluice::admin {

namespace {

using model::CapturedError;
using Shared = std::shared_ptr<const CapturedError>;

constexpr std::size_t kTextColumns = 70;  // behind the offset; 79 in all
constexpr std::size_t kBufferBytes = model::ErrorCapture::kMaxBytes;

/// "29/Nov/2026:01:16:25.120", local time.
std::string date_text(std::int64_t wall_us) {
  const std::time_t seconds = wall_us / 1'000'000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[48];
  const std::size_t size = std::strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S", &parts);
  char milliseconds[8];
  std::snprintf(milliseconds, sizeof milliseconds, ".%03d",
                static_cast<int>(wall_us / 1'000 % 1'000));
  return std::string(text, size) + milliseconds;
}

std::string encoded(char c) {
  switch (c) {
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\x1B':
      return "\\e";
    case '\\':
      return "\\\\";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7F) return std::string(1, c);
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02X", byte);
  return text;
}

/// Each input line by itself, broken where it is too long.
void append_bytes(std::string& out, std::string_view bytes) {
  std::size_t columns = 0;
  bool continued = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string text = encoded(bytes[i]);
    if (columns + text.size() > kTextColumns) {
      out += '\n';
      columns = 0;
      continued = true;
    }
    if (columns == 0) {
      char offset[32];
      std::snprintf(offset, sizeof offset, "  %05zu%c ", i, continued ? '+' : ' ');
      out += offset;
    }
    out += text;
    columns += text.size();
    if (bytes[i] != '\n') continue;
    out += '\n';
    columns = 0;
    continued = false;
  }
  if (columns != 0) out += '\n';
}

/// The byte of the refused line that no name or value may have; the line's beginning where it is
/// refused as a whole.
std::size_t offender(const CapturedError& error) {
  const std::string& bytes = error.bytes;
  bool in_name = error.position != 0;
  for (std::size_t i = error.position; i < bytes.size() && bytes[i] != '\n'; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (in_name && bytes[i] == ':') {
      if (i == error.position) return i;
      in_name = false;
    } else if (in_name ? !http::h1::is_token_byte(byte)
                       : byte < 0x20 && byte != '\t' && byte != '\r') {
      return i;
    }
  }
  return error.position;
}

std::string named(std::string_view word, const std::string& name, std::uint32_t id) {
  return std::string(word) + " " +
         (name.empty() ? "<NONE> (#-1)" : name + " (#" + std::to_string(id) + ")");
}

void append_error(std::string& out, const CapturedError& error) {
  const std::string frontend = named("frontend", error.frontend, error.frontend_id);
  const std::string backend = named("backend", error.backend, error.backend_id);
  out += " \n[" + date_text(error.wall_us) + "] " + (error.response ? backend : frontend) +
         ": invalid " + (error.response ? "response" : "request") + "\n";
  out += "  " + (error.response ? frontend : backend) + ", " +
         named("server", error.server, error.server_id) + ", event #" +
         std::to_string(error.number) + ", src " +
         (error.source.is_ip() ? error.source.to_string() : "unix:1") + "\n";
  const std::size_t room = error.length < kBufferBytes ? kBufferBytes - error.length : 0;
  out += "  buffer starts at 0 (including 0 out), " + std::to_string(room) + " free,\n";
  out += "  len " + std::to_string(error.length) + ", wraps at " + std::to_string(kBufferBytes) +
         ", error at position " + std::to_string(offender(error)) + "\n";
  out += "  refused: " + error.cause + " :\n  \n";
  append_bytes(out, error.bytes);
}

struct Filter {
  bool all = true;
  std::uint32_t id = 0;
  bool requests = true, responses = true;
  [[nodiscard]] bool takes(const CapturedError& error) const {
    if (error.response ? !responses : !requests) return false;
    return all || error.frontend_id == id || (error.backend_id == id && !error.backend.empty());
  }
};

/// False: no proxy has that name.
bool read_filter(const CommandContext& context, const control::Snapshot& snapshot, Filter& filter) {
  const std::string_view who = context.argument(0);
  const std::string_view kind = context.argument(1);
  filter.requests = kind != "response";
  filter.responses = kind != "request";
  if (who.empty()) return true;
  if (const auto number = base::to_signed(who)) {
    filter.all = *number == -1;
    filter.id = static_cast<std::uint32_t>(*number);
    return true;
  }
  filter.all = false;
  for (const model::Proxy& proxy : snapshot.config->proxies) {
    if (proxy.name != who) continue;
    filter.id = proxy.numeric_id;
    return true;
  }
  return false;
}

std::vector<Shared> captured(const control::Snapshot& snapshot) {
  std::vector<Shared> out;
  for (const auto& frontend : snapshot.frontends) out.push_back(frontend->live->refused.last());
  for (const auto& backend : snapshot.backends) out.push_back(backend->live->refused.last());
  std::erase(out, nullptr);
  std::ranges::sort(out, {}, [](const Shared& error) { return error->number; });
  return out;
}

CommandReply show_errors(CommandContext& context) {
  const auto snapshot = context.view.snapshot();
  Filter filter;
  if (snapshot == nullptr || !read_filter(context, *snapshot, filter))
    return failure("No such proxy.");
  const std::int64_t wall_us = context.view.now ? context.view.now().wall_us : 0;
  std::string out = "Total events captured on [" + date_text(wall_us) + "] : " +
                    std::to_string(model::captured_errors().load(std::memory_order_relaxed)) + "\n";
  for (const Shared& error : captured(*snapshot)) {
    if (filter.takes(*error)) append_error(out, *error);
  }
  return {std::move(out), {}, std::nullopt};
}

constexpr Command kErrors[] = {
    {"show errors", Level::Operator, "show errors [<iid>|<proxy>] [request|response]",
     "show the last malformed message of each proxy", show_errors},
};

}  // namespace

std::span<const Command> error_commands() { return kErrors; }

}  // namespace sluice::admin
