// Commands about the insides of the process, for who looks for the cause of something odd:
// descriptors, threads, pools, events, libraries. HAProxy's names; what they tell is ours, and
// true.
#include <link.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "admin/runtime_commands.h"
#include "base/text.h"

namespace sluice::admin {

namespace {

using model::WorkerFigures;
constexpr std::size_t kPieceBytes = 65'536;

CommandReply dump(std::string text) { return {std::move(text), {}, std::nullopt}; }

CommandReply of_workers(const View& view,
                        std::function<std::string(const std::vector<WorkerFigures>&)> tell) {
  if (!view.figures) return failure("There are no workers to ask.");
  CommandReply reply;
  reply.later = std::make_shared<LaterReply>();
  view.figures([later = reply.later, tell = std::move(tell)](
                   const std::vector<WorkerFigures>& figures) { later->give(tell(figures)); });
  return reply;
}

// show activity, show threads, show pools

struct ActivityRow {
  std::string_view name;
  std::uint64_t (*value)(const WorkerFigures&);
};
constexpr ActivityRow kActivity[] = {
    {"loops", [](const WorkerFigures& w) { return w.turns; }},
    {"cpu_ms", [](const WorkerFigures& w) { return w.cpu_ns / 1'000'000; }},
    {"connections", [](const WorkerFigures& w) -> std::uint64_t { return w.connections; }},
    {"sessions", [](const WorkerFigures& w) -> std::uint64_t { return w.exchanges.used; }},
    {"idle_servers",
     [](const WorkerFigures& w) -> std::uint64_t { return w.idle_server_connections; }},
    {"timers", [](const WorkerFigures& w) -> std::uint64_t { return w.timers; }},
    {"accept_no_fd", [](const WorkerFigures& w) { return w.no_descriptor; }},
    {"pool_fail", [](const WorkerFigures& w) { return w.blocks.failures; }},
};

CommandReply show_activity(CommandContext& context) {
  const std::int64_t wall_us = context.view.now ? context.view.now().wall_us : 0;
  return of_workers(context.view, [wall_us](const std::vector<WorkerFigures>& figures) {
    char date[48];
    std::snprintf(date, sizeof date, "date_now: %lld.%06lld\n",
                  static_cast<long long>(wall_us / 1'000'000),
                  static_cast<long long>(wall_us % 1'000'000));
    std::string out = "threads: " + std::to_string(figures.size()) + "\n" + date;
    for (const ActivityRow& row : kActivity) {
      std::uint64_t total = 0;
      std::string each;
      for (const WorkerFigures& worker : figures) {
        total += row.value(worker);
        each += std::to_string(row.value(worker)) + " ";
      }
      out += std::string(row.name) + ": " + std::to_string(total) +
             (figures.size() > 1 ? " [ " + each + "]" : std::string()) + "\n";
    }
    return out;
  });
}

CommandReply show_threads(CommandContext& context) {
  return of_workers(context.view, [](const std::vector<WorkerFigures>& figures) {
    std::string out;
    for (const WorkerFigures& worker : figures) {
      out += "  Thread " + std::to_string(worker.slot + 1) + " : " +
             (worker.leaving ? "leaving" : "serving") +
             " connections=" + std::to_string(worker.connections) +
             " sessions=" + std::to_string(worker.exchanges.used) +
             " idle_servers=" + std::to_string(worker.idle_server_connections) +
             " timers=" + std::to_string(worker.timers) +
             " configurations=" + std::to_string(worker.generations) + "\n" +
             "             loops=" + std::to_string(worker.turns) +
             " cpu_ns=" + std::to_string(worker.cpu_ns) + "\n";
    }
    return out;
  });
}

void append_pool(std::string& out, std::string_view name, const WorkerFigures::Pool& pool) {
  const std::size_t allocated = pool.used + pool.spare;
  out += "  - Pool " + std::string(name) + " (" + std::to_string(pool.bytes_each) +
         " bytes) : " + std::to_string(allocated) + " allocated (" +
         std::to_string(allocated * pool.bytes_each) + " bytes), " + std::to_string(pool.used) +
         " used, " + std::to_string(pool.failures) + " failures\n";
}

CommandReply show_pools(CommandContext& context) {
  return of_workers(context.view, [](const std::vector<WorkerFigures>& figures) {
    std::string out = "Dumping pools usage.\n";
    const auto sum = [&](std::string_view name, WorkerFigures::Pool WorkerFigures::*which) {
      WorkerFigures::Pool total;
      for (const WorkerFigures& worker : figures) {
        const WorkerFigures::Pool& pool = worker.*which;
        total.bytes_each = pool.bytes_each;
        total.used += pool.used;
        total.spare += pool.spare;
        total.failures += pool.failures;
      }
      append_pool(out, name, total);
      return (total.used + total.spare) * total.bytes_each;
    };
    std::size_t bytes = sum("buffer", &WorkerFigures::blocks);
    bytes += sum("exchange", &WorkerFigures::exchanges);
    bytes += sum("h1_client", &WorkerFigures::client_states);
    bytes += sum("pipe", &WorkerFigures::pipes);
    return out + "Total: 4 pools, " + std::to_string(bytes) + " bytes allocated.\n";
  });
}

// show fd

std::string name_of_socket(int descriptor, int (*ask)(int, sockaddr*, socklen_t*)) {
  base::Address address;
  socklen_t length = base::Address::kCapacity;
  if (ask(descriptor, address.data(), &length) != 0) return "-";
  address.set_length(length);
  return address.is_set() ? address.to_string() : "-";
}

/// "" where there is no such descriptor.
std::string descriptor_line(int descriptor) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return {};
  std::string out = "  " + std::to_string(descriptor) + " : ";
  if (!S_ISSOCK(info.st_mode)) {
    return out +
           (S_ISFIFO(info.st_mode)  ? "pipe"
            : S_ISREG(info.st_mode) ? "file"
            : S_ISCHR(info.st_mode) ? "device"
                                    : "other") +
           "\n";
  }
  int listening = 0, type = 0;
  socklen_t length = sizeof listening;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length);
  length = sizeof type;
  ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length);
  out += listening != 0        ? "listener"
         : type == SOCK_STREAM ? "stream"
         : type == SOCK_DGRAM  ? "datagram"
                               : "socket";
  out += " local=" + name_of_socket(descriptor, ::getsockname);
  if (listening == 0) out += " peer=" + name_of_socket(descriptor, ::getpeername);
  return out + "\n";
}

CommandReply show_fd(CommandContext& context) {
  if (const auto wanted = base::to_unsigned(context.argument(0))) {
    if (*wanted > 0x7FFFFFFF) return dump({});
    return dump(descriptor_line(static_cast<int>(*wanted)));
  }
  // The lowest free number is always taken first, so that a long gap is the end.
  constexpr int kGap = 4'096;
  auto next = std::make_shared<int>(0);
  const auto more = [next] {
    std::string out;
    for (int absent = 0; absent < kGap && out.size() < kPieceBytes; ++*next) {
      const std::string line = descriptor_line(*next);
      absent = line.empty() ? absent + 1 : 0;
      out += line;
    }
    return out;
  };
  std::string first = more();
  return {std::move(first), more, std::nullopt};
}

// show events

std::string event_line(const control::LoggedChange& change) {
  const std::time_t seconds = change.at_us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char when[40];
  const std::size_t size = std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06d+00:00",
                static_cast<int>(change.at_us % 1'000'000));
  std::string out = std::string(when, size) + fraction + " #" + std::to_string(change.id) + " " +
                    std::string(control::to_text(change.origin.from));
  if (!change.origin.who.empty()) out += " by " + change.origin.who;
  for (const control::LoggedItem& item : change.items) {
    out += " " + item.target + " " + item.set;
    if (!item.old_value.empty()) out += " " + item.old_value + " ->";
    if (!item.new_value.empty()) out += " " + item.new_value;
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return out + "\n";
}

constexpr std::string_view kSink = "changes";

struct EventWords {
  bool wait = false, fresh = false, wrong = false;
};
EventWords read_event_words(const CommandContext& context) {
  EventWords out;
  for (std::size_t i = 1; i < context.arguments.size(); ++i) {
    const std::string_view word = context.arguments[i];
    if (word.size() < 2 || word[0] != '-') out.wrong = true;
    for (const char c : word.substr(std::min<std::size_t>(1, word.size()))) {
      if (c == 'w')
        out.wait = true;
      else if (c == 'n')
        out.fresh = true;
      else
        out.wrong = true;
    }
  }
  return out;
}

/// What came after entry `last`.
std::string events_after(const control::ChangeLog& log, std::uint64_t& last) {
  std::string out;
  for (const control::LoggedChange& change : log.entries()) {
    if (change.id <= last) continue;
    out += event_line(change);
    last = change.id;
  }
  return out;
}

CommandReply show_events(CommandContext& context) {
  const control::ChangeLog* log = context.view.log;
  if (log == nullptr) return failure("There is no log of changes.");
  const std::string_view sink = context.argument(0);
  if (sink.empty()) {
    return dump(
        "Supported events sinks are listed below. Add -w(wait), -n(new). Any key to stop\n"
        "    changes    : type=buffer, " +
        std::to_string(log->total() - log->entries().size()) +
        " dropped, what was changed, by whom\n");
  }
  if (sink != kSink) return {"No such event sink", {}, Severity::Error};
  const EventWords words = read_event_words(context);
  if (words.wrong) return {"unknown option", {}, Severity::Error};
  std::uint64_t last = words.fresh ? log->total() : 0;
  if (!words.wait) return dump(events_after(*log, last));
  CommandReply reply;
  reply.watch = std::make_shared<CommandWatch>();
  reply.watch->interruptible = true;
  reply.watch->look = [log, last](CommandWatch::Moment, bool&) mutable {
    return events_after(*log, last);
  };
  return reply;
}

// show libs

int append_library(dl_phdr_info* info, std::size_t, void* into) {
  std::uintptr_t begin = UINTPTR_MAX, end = 0;
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    const std::uintptr_t from = info->dlpi_addr + header.p_vaddr;
    begin = std::min(begin, from);
    end = std::max(end, from + header.p_memsz);
  }
  if (end == 0) return 0;
  char text[96];
  std::snprintf(text, sizeof text, "0x%012zx-0x%012zx (0x%07zx) ", begin, end - 1, end - begin);
  const std::string_view name = info->dlpi_name;
  static_cast<std::string*>(into)->append(text + std::string(name.empty() ? "sluice" : name) +
                                          "\n");
  return 0;
}

CommandReply show_libs(CommandContext&) {
  std::string out;
  ::dl_iterate_phdr(append_library, &out);
  return dump(std::move(out));
}

constexpr Command kInside[] = {
    {"show activity", Level::User, "show activity", "count what the threads did", show_activity},
    {"show events", Level::User, "show events [<sink>] [-w] [-n]",
     "list the changes that were made; -w: and those to come, -n: those alone", show_events},
    {"show fd", Level::Operator, "show fd [<number>]", "list the open descriptors", show_fd},
    {"show libs", Level::Operator, "show libs", "list the libraries that are loaded", show_libs},
    {"show pools", Level::User, "show pools", "tell what memory is kept for reuse", show_pools},
    {"show threads", Level::User, "show threads", "tell what each thread is about", show_threads},
};

}  // namespace

std::span<const Command> inside_commands() { return kInside; }

}  // namespace sluice::admin
