// The commands of the runtime socket, text to text: one table of rows {words, level, usage, help,
// function}; HAProxy's names, arguments, answers and errors (management.txt 9.3), byte for byte
// where programs parse them. Knows no sockets. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/view.h"
#include "model/config.h"

namespace sluice::admin {

using Level = model::StatsSocket::Level;

/// How much an answer matters, as syslog counts; shown when `set severity-output` asks for it.
enum class Severity : std::uint8_t { Error = 3, Warning = 4, Notice = 5, Info = 6 };
enum class SeverityOutput : std::uint8_t { None, Number, Word };

/// What one connection has set for itself.
struct CliSession {
  Level level = Level::Operator;
  bool interactive = false;   // stays open after a line
  bool prompt = false;        // and shows "> "
  bool timed = false;         // with the uptime before it
  bool closing = false;       // `quit` was given
  bool experimental = false;  // experimental-mode, expert-mode
  bool expert = false;
  std::uint32_t timeout_ms = 10'000;
  SeverityOutput severity = SeverityOutput::None;
};

/// An answer that comes later. Whoever gives it calls `give`, once; its connection may be gone by
/// then.
class LaterReply {
 public:
  void give(std::string text) {
    text_ = std::move(text);
    if (const auto wake = std::exchange(wake_, nullptr)) wake();
  }
  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }
  /// What to do when it is there; null: nobody waits any more.
  void when_given(std::function<void()> wake) { wake_ = std::move(wake); }

 private:
  std::optional<std::string> text_;
  std::function<void()> wake_;
};

/// An answer that takes its time: `look` is called when it begins, every kEveryMs from then on, and
/// after `lasts_ms`. What it gives is sent; it sets `done` when nothing more comes.
struct CommandWatch {
  static constexpr std::uint64_t kForEver = UINT32_MAX;
  static constexpr std::uint32_t kEveryMs = 50;
  std::uint64_t lasts_ms = kForEver;
  bool interruptible = false;  // by any input, and by its end
  bool done = false;
  enum class Moment : std::uint8_t { Meanwhile, End };
  std::function<std::string(Moment moment, bool& done)> look;
};

/// An answer: its text, or, where it is long, a first piece and more until an empty one; or, where
/// it takes time, what it comes with later, or what it watches.
struct CommandReply {
  std::string text;
  std::function<std::string()> more;
  std::optional<Severity> severity;  // none: a dump, never marked
  std::shared_ptr<LaterReply> later = nullptr;
  std::shared_ptr<CommandWatch> watch = nullptr;
};

struct CommandContext {
  const View& view;
  CliSession& session;
  std::span<const std::string> arguments;  // what follows the command's own words
  std::string_view payload;                // the lines that "<<" announced; each ends with '\n'
  /// "" past the last one.
  [[nodiscard]] std::string_view argument(std::size_t i) const {
    return i < arguments.size() ? std::string_view(arguments[i]) : std::string_view();
  }
};

struct Command {
  std::string_view words;  // "set maxconn server"
  Level level;             // the least that may use it
  std::string_view usage;  // with its arguments
  std::string_view help;
  CommandReply (*run)(CommandContext& context);
};

/// Every row, grouped by family: a file each.
[[nodiscard]] std::span<const Command> cli_commands();
[[nodiscard]] std::span<const Command> error_commands();
[[nodiscard]] std::span<const Command> inside_commands();
[[nodiscard]] std::span<const Command> placing_commands();
[[nodiscard]] std::span<const Command> session_commands();
[[nodiscard]] std::span<const Command> show_commands();
[[nodiscard]] std::span<const Command> server_commands();
[[nodiscard]] std::span<const Command> name_commands();
[[nodiscard]] std::span<const Command> process_commands();
[[nodiscard]] std::span<const Command> state_commands();
[[nodiscard]] std::span<const Command> drain_commands();
[[nodiscard]] std::vector<const Command*> all_commands();

/// Runs one command (no ';' in it).
[[nodiscard]] CommandReply run_command(const View& view, CliSession& session,
                                       std::string_view command, std::string_view payload = {});
/// The line that ends the payload which this line announces by its last word, "<<" or "<<END"; ""
/// is an empty line. That word is taken from the line. Nothing: it announces none.
[[nodiscard]] std::optional<std::string> take_payload_mark(std::string& line);
/// Cuts a line at each ';' that no backslash protects.
[[nodiscard]] std::vector<std::string> split_commands(std::string_view line);
/// Cuts a command at spaces and tabs; a backslash takes the next character as it is.
[[nodiscard]] std::vector<std::string> split_words(std::string_view command);

/// A command that would have changed something ended in an error.
void count_refused(const View& view);

[[nodiscard]] CommandReply success();
[[nodiscard]] CommandReply failure(std::string_view text);  // the line end is added
/// Without one: HAProxy ends some of its answers so.
[[nodiscard]] CommandReply bare_failure(std::string_view text);
[[nodiscard]] CommandReply message(std::string_view text);
/// The list that `help` and unknown commands answer with.
[[nodiscard]] std::string help_text(Level level, std::string_view asked);

}  // namespace sluice::admin
