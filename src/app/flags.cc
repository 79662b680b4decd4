#include "app/flags.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/text.h"

namespace sluice::app {

namespace {

bool read_count(std::string_view text, std::optional<std::uint32_t>& out) {
  const auto value = base::to_unsigned(text);
  if (!value || *value == 0 || *value > std::numeric_limits<std::int32_t>::max()) return false;
  out = static_cast<std::uint32_t>(*value);
  return true;
}

bool read_pid(std::string_view text, std::vector<pid_t>& out) {
  const auto value = base::to_unsigned(text);
  if (!value || *value == 0 || *value > std::numeric_limits<pid_t>::max()) return false;
  out.push_back(static_cast<pid_t>(*value));
  return true;
}

bool read_text(std::string_view text, std::string& out) {
  out = std::string(text);
  return !text.empty();
}

constexpr unsigned char kDefaultPoison = 0x50;

/// "-dM", "-dM0x50", "-dM80".
bool read_poison(RunCommand& command, std::string_view value) {
  unsigned number = kDefaultPoison;
  if (!value.empty()) {
    const bool hex = value.starts_with("0x") || value.starts_with("0X");
    if (hex) value.remove_prefix(2);
    if (value.empty() || value.size() > 3) return false;
    number = 0;
    for (const char c : value) {
      const char letter = base::to_lower(c);
      const bool is_letter = hex && letter >= 'a' && letter <= 'f';
      if (!base::is_digit(c) && !is_letter) return false;
      number =
          number * (hex ? 16 : 10) + static_cast<unsigned>(is_letter ? letter - 'a' + 10 : c - '0');
    }
    if (number > 255) return false;
  }
  command.poison = static_cast<unsigned char>(number);
  return true;
}

bool warn(RunCommand& command, std::string text) {
  command.warnings.push_back(std::move(text));
  return true;
}

}  // namespace

const std::vector<Flag>& flags() {
  using A = FlagArgument;
  using C = RunCommand;
  using V = std::string_view;
  static const std::vector<Flag> table = {
      {"-f", A::Value, "FILE|DIR",
       "reads this configuration; may be repeated; of a folder its *.cfg and *.ini",
       [](C& c, V v) { return c.files.emplace_back(v), !v.empty(); }},
      {"-c", A::None, "", "checks the configuration and exits",
       [](C& c, V) { return c.check_only = true; }},
      {"-D", A::None, "", "goes to the background", [](C& c, V) { return c.daemon = true; }},
      {"-db", A::None, "", "stays in the foreground", [](C& c, V) { return c.foreground = true; }},
      {"-d", A::None, "", "debugs: stays in the foreground and shows what happens",
       [](C& c, V) { return c.debug = c.foreground = true; }},
      {"-dW", A::None, "", "refuses to start after a warning",
       [](C& c, V) { return c.zero_warning = true; }},
      {"-q", A::None, "", "says less",
       [](C& c, V) { return c.verbosity = Verbosity::Quiet, true; }},
      {"-V", A::None, "", "takes quiet back",
       [](C& c, V) { return c.verbosity = Verbosity::Verbose, true; }},
      {"-p", A::Value, "FILE", "writes the process id to this file",
       [](C& c, V v) { return read_text(v, c.pidfile); }},
      {"-n", A::Value, "N", "global maxconn; wins over the file",
       [](C& c, V v) { return read_count(v, c.maxconn); }},
      {"-N", A::Value, "N", "maxconn of proxies that set none",
       [](C& c, V v) { return read_count(v, c.proxy_maxconn); }},
      {"-m", A::Value, "MB", "bound of the memory that may be had",
       [](C& c, V v) { return read_count(v, c.memory_mb); }},
      {"-C", A::Value, "DIR", "changes to this folder before it reads files",
       [](C& c, V v) { return read_text(v, c.directory); }},
      {"-L", A::Value, "NAME", "this node's name among its peers",
       [](C& c, V v) { return read_text(v, c.local_peer); }},
      {"-W", A::None, "", "master-worker mode, which here is this one process",
       [](C& c, V) { return c.master_worker = true; }},
      {"-Ws", A::None, "", "the same; systemd is told with and without it",
       [](C& c, V) { return c.master_worker = true; }},
      {"-sf", A::Pids, "PID…", "asks these processes to finish once we listen",
       [](C& c, V v) { return read_pid(v, c.finish); }},
      {"-st", A::Pids, "PID…", "ends these processes once we listen",
       [](C& c, V v) { return read_pid(v, c.terminate); }},
      {"-S", A::Value, "BIND", "a master's socket; there is none yet",
       [](C& c, V) { return warn(c, "-S has no effect: there is no master process"); }},
      {"-x", A::Value, "SOCKET", "takes listeners from an older process; not yet",
       [](C& c, V) { return warn(c, "-x has no effect yet: listeners are opened anew"); }},
  };
  return table;
}

bool is_flag_of_haproxy(std::string_view name) {
  constexpr std::string_view kPlain[] = {"-cc", "-dD", "-dG", "-dL", "-dR", "-dS", "-dV", "-dZ",
                                         "-dC", "-dF", "-de", "-dk", "-dp", "-dr", "-ds", "-dv"};
  constexpr std::string_view kPrefixes[] = {"-dK", "-dt"};
  return std::find(std::begin(kPlain), std::end(kPlain), name) != std::end(kPlain) ||
         std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::vector<FlagHelp> flag_helps() {
  using A = FlagArgument;
  std::vector<FlagHelp> out;
  for (const Flag& flag : flags()) out.push_back({flag.name, flag.argument, flag.shown, flag.help});
  out.push_back({"-dM", A::None, "[BYTE]", "fills memory with this byte before its first use"});
  out.push_back({"-v", A::None, "", "says the version"});
  out.push_back({"-vv", A::None, "", "says the version and how it was built"});
  out.push_back({"--", A::Value, "FILE…", "reads all these configurations"});
  return out;
}

std::string flags_help() {
  std::string out;
  for (const FlagHelp& flag : flag_helps()) {
    const bool joined = flag.argument == FlagArgument::None;
    std::string left = "  " + std::string(flag.name);
    left += (joined ? "" : " ") + std::string(flag.shown);
    std::size_t columns = 0;  // an ellipsis has three bytes
    for (const char c : left) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    for (; columns < 16; ++columns) left += ' ';
    out += left + " " + std::string(flag.help) + "\n";
  }
  return out;
}

namespace {

tl::unexpected<base::Error> refuse(std::string text) {
  return base::fail(base::ErrorKind::Configuration, std::move(text));
}

/// The argument or arguments of `flag`, from `at` on; moves past them.
base::Result<> apply_flag(const Flag& flag, RunCommand& command,
                          const std::vector<std::string>& arguments, std::size_t& at) {
  const std::string name(flag.name);
  if (flag.argument == FlagArgument::None) {
    (void)flag.apply(command, {});
    return {};
  }
  if (flag.argument == FlagArgument::Pids) {
    command.replaces = true;
    for (; at < arguments.size() && !arguments[at].starts_with('-'); ++at) {
      if (!flag.apply(command, arguments[at]))
        return refuse(name + " takes process ids, not '" + arguments[at] + "'");
    }
    return {};
  }
  if (at == arguments.size())
    return refuse(name + " needs an argument: " + std::string(flag.shown));
  const std::string& value = arguments[at++];
  if (!flag.apply(command, value)) {
    return refuse(name + " takes " + std::string(flag.shown) + ", not '" + value + "'");
  }
  return {};
}

}  // namespace

base::Result<Command> read_flags(const std::vector<std::string>& arguments) {
  RunCommand command;
  for (std::size_t at = 0; at < arguments.size();) {
    const std::string& word = arguments[at++];
    if (word == "-v") return VersionCommand{VersionCommand::Detail::Short};
    if (word == "-vv") return VersionCommand{VersionCommand::Detail::Full};
    if (word == "--") {
      command.files.insert(command.files.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at),
                           arguments.end());
      break;
    }
    if (word.starts_with("-dM")) {
      if (!read_poison(command, std::string_view(word).substr(3)))
        return refuse(word + ": a byte is 0 to 255 or 0x00 to 0xff");
      continue;
    }
    const auto found = std::find_if(flags().begin(), flags().end(),
                                    [&](const Flag& flag) { return flag.name == word; });
    if (found == flags().end()) {
      if (is_flag_of_haproxy(word)) return refuse("HAProxy's " + word + " is not supported");
      if (!word.starts_with('-'))
        return refuse("'" + word + "' is no flag; a configuration is given by -f " + word);
      return refuse("'" + word + "' is not known; sluice --help lists what is");
    }
    if (auto applied = apply_flag(*found, command, arguments, at); !applied)
      return tl::unexpected(applied.error());
  }
  if (command.files.empty()) return refuse("no configuration: give one by -f FILE");
  return command;
}

}  // namespace sluice::app
