// The command line: HAProxy's flags (management guide §3) by one table, so that the binary can
// stand where haproxy stood; and subcommands, where the first word is no flag. Nothing is done
// here, only understood.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "demo/demo.h"
#include "demo/service.h"

namespace sluice::app {

enum class Verbosity : unsigned char { Normal, Quiet, Verbose };  // -q, -V

/// Run with configurations, or check them (-c).
struct RunCommand {
  std::vector<std::string> files;  // -f and what follows --; folders not yet opened
  bool check_only = false;         // -c
  bool daemon = false;             // -D
  bool foreground = false;         // -db, -d
  bool debug = false;              // -d
  bool zero_warning = false;       // -dW
  bool master_worker = false;      // -W, -Ws: this one process
  Verbosity verbosity = Verbosity::Normal;
  std::optional<std::uint32_t> maxconn;        // -n
  std::optional<std::uint32_t> proxy_maxconn;  // -N
  std::optional<std::uint32_t> memory_mb;      // -m
  std::optional<unsigned char> poison;         // -dM[BYTE]
  std::string pidfile;                         // -p
  std::string directory;                       // -C
  std::string local_peer;                      // -L
  std::vector<pid_t> finish;                   // -sf: SIGUSR1 once we listen
  std::vector<pid_t> terminate;                // -st: SIGTERM once we listen
  /// -sf or -st was given, pids or not: the ports may still be an older process's.
  bool replaces = false;
  std::vector<std::string> warnings;  // flags that are taken and have no effect yet
};

struct VersionCommand {
  enum class Detail : unsigned char { Short, Full } detail = Detail::Short;  // -v, -vv
};
/// Text to print; the exit code says whether it was asked for.
struct HelpCommand {
  std::string text;
  int exit_code = 0;
};
struct ConvertCommand {
  enum class Spelling : unsigned char { Cfg, Ini };
  std::string file;
  std::optional<Spelling> to;  // none: the other one
  bool modernise = false;
};
struct KeywordsCommand {
  std::string containing;  // empty: all
  bool markdown = false;   // the whole table, as a page of documentation
  bool accepted = false;   // everything that is taken, words of lines and rules too; no help
};
struct HealthcheckCommand {
  std::string url;
};
struct ManualCommand {
  std::string page;  // one of manual_pages()
};
struct CompletionCommand {
  std::string shell;  // one of completion_shells()
};

using Command = std::variant<RunCommand, VersionCommand, HelpCommand, ConvertCommand,
                             KeywordsCommand, demo::DemoOptions, demo::ServiceOptions,
                             HealthcheckCommand, ManualCommand, CompletionCommand>;

/// `arguments` without the program's name. An error's detail is a whole message for the user; the
/// exit code is then 1.
[[nodiscard]] base::Result<Command> read_command_line(const std::vector<std::string>& arguments);

/// What a subcommand takes, as its --help tells it: of this the manual and the completions of
/// shells are made.
struct OptionHelp {
  std::string name;      // "--to"; empty: an argument that stands by itself
  std::string argument;  // "FILE", "PORT", or the words that it may be: "cfg|ini"; empty: a flag
  std::string help;
  bool repeats = false;
};
struct SubcommandHelp {
  std::string name;
  std::string help;
  std::vector<OptionHelp> options;
};
[[nodiscard]] std::vector<SubcommandHelp> subcommands();

/// The files to read, in order: each argument that is a folder becomes its *.cfg and *.ini files,
/// hidden ones left out, sorted by bytes. To be called after the change of directory that -C asks
/// for.
[[nodiscard]] base::Result<std::vector<std::string>> configuration_files(
    const std::vector<std::string>& arguments);

}  // namespace sluice::app
