#include "admin/runtime_commands.h"

#include <algorithm>

namespace sluice::admin {

namespace {

constexpr std::size_t kUsageWidth = 40;
constexpr std::size_t kMaxSuggestions = 6;

/// These end every list.
constexpr std::string_view kAlways[] = {"help", "prompt", "quit"};

bool is_always(const Command& command) {
  return std::find(std::begin(kAlways), std::end(kAlways), command.words) != std::end(kAlways);
}

std::vector<std::string_view> words_of(const Command& command) {
  std::vector<std::string_view> out;
  std::string_view rest = command.words;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    out.push_back(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return out;
}

void append_line(std::string& out, const Command& command) {
  out += "  ";
  out += command.usage;
  if (command.usage.size() < kUsageWidth) out.append(kUsageWidth - command.usage.size(), ' ');
  out += ": ";
  out += command.help;
  out += '\n';
}

/// Do the words lead to this command: each a beginning of its word, as far as both go?
bool leads_to(const std::vector<std::string>& words, const Command& command) {
  const auto own = words_of(command);
  for (std::size_t i = 0; i < words.size() && i < own.size(); ++i) {
    const bool last = i + 1 == words.size();
    if (last ? !own[i].starts_with(words[i]) : own[i] != words[i]) return false;
  }
  return !words.empty();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({changed, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row[b.size()];
}

/// Commands whose words look like what was typed, nearest first.
std::vector<const Command*> similar_commands(const std::vector<std::string>& words, Level level) {
  std::vector<std::pair<std::size_t, const Command*>> near;
  for (const Command* command : all_commands()) {
    if (command->level > level || is_always(*command)) continue;
    const auto own = words_of(*command);
    std::string typed;
    for (std::size_t i = 0; i < own.size() && i < words.size(); ++i)
      typed += (i != 0 ? " " : "") + words[i];
    const std::size_t distance = edit_distance(typed, command->words);
    if (distance <= std::max<std::size_t>(2, command->words.size() / 4))
      near.emplace_back(distance, command);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Command*> out;
  for (const auto& [distance, command] : near) {
    if (out.size() < kMaxSuggestions) out.push_back(command);
  }
  return out;
}

std::vector<const Command*> suggestions(const std::vector<std::string>& words, Level level) {
  std::vector<const Command*> out;
  for (const Command* command : all_commands()) {
    if (command->level <= level && !is_always(*command) && leads_to(words, *command))
      out.push_back(command);
  }
  return out.empty() ? similar_commands(words, level) : out;
}

std::string list_text(std::string_view head, const std::vector<const Command*>& commands) {
  std::string out(head);
  out += '\n';
  for (const Command* command : commands) append_line(out, *command);
  for (const Command* command : all_commands()) {
    if (is_always(*command)) append_line(out, *command);
  }
  return out;
}

std::vector<const Command*> valid_commands(Level level) {
  std::vector<const Command*> out;
  for (const Command* command : all_commands()) {
    if (command->level <= level && !is_always(*command)) out.push_back(command);
  }
  return out;
}

/// HAProxy's, about what Sluice does not have.
constexpr std::string_view kMissing[] = {
    "abort ssl",      "add acl",     "add map",     "add ssl",    "clear acl",     "clear map",
    "clear table",    "commit acl",  "commit map",  "commit ssl", "debug",         "del acl",
    "del map",        "del ssl",     "get acl",     "get map",    "get var",       "httpclient",
    "new ssl",        "prepare acl", "prepare map", "set map",    "set profiling", "set ssl",
    "set table",      "set var",     "show acl",    "show cache", "show map",      "show peers",
    "show profiling", "show quic",   "show ssl",    "show table", "show tasks",    "show tls-keys",
    "show trace",     "trace",       "update ssl"};

/// "" where the words are none of them.
std::string_view missing_command(const std::vector<std::string>& words) {
  std::string two = words.empty() ? std::string() : words[0];
  const std::string one = two;
  if (words.size() > 1) two += " " + words[1];
  for (const std::string_view missing : kMissing) {
    if (missing == two || missing == one) return missing;
  }
  return {};
}

CommandReply unknown_command(const std::vector<std::string>& words, Level level) {
  if (const std::string_view missing = missing_command(words); !missing.empty())
    return failure("Unknown command: '" + std::string(missing) + "' is not supported by Sluice.");
  const auto near = suggestions(words, level);
  if (near.empty()) {
    return {list_text("Unknown command. Please enter one of the following commands only:",
                      valid_commands(level)),
            {},
            Severity::Error};
  }
  return {
      list_text("Unknown command, but maybe one of the following ones is a better match:", near),
      {},
      Severity::Error};
}

const Command* find_command(const std::vector<std::string>& words) {
  const Command* found = nullptr;
  std::size_t longest = 0;
  for (const Command* command : all_commands()) {
    const auto own = words_of(*command);
    if (own.size() > words.size() || own.size() <= longest) continue;
    if (!std::equal(own.begin(), own.end(), words.begin())) continue;
    found = command;
    longest = own.size();
  }
  return found;
}

/// Of the process, and not of the connection alone.
bool changes_something(const Command& command) {
  constexpr std::string_view kVerbs[] = {"add",    "clear",  "del", "disable", "drain",
                                         "enable", "reload", "set", "shutdown"};
  const std::string_view verb = command.words.substr(0, command.words.find(' '));
  return command.level > Level::User &&
         std::find(std::begin(kVerbs), std::end(kVerbs), verb) != std::end(kVerbs);
}

}  // namespace

std::vector<const Command*> all_commands() {
  std::vector<const Command*> out;
  for (const auto family :
       {cli_commands(), drain_commands(), error_commands(), inside_commands(), name_commands(),
        placing_commands(), process_commands(), server_commands(), session_commands(),
        show_commands(), state_commands()}) {
    for (const Command& command : family) out.push_back(&command);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Command* a, const Command* b) { return a->words < b->words; });
  return out;
}

CommandReply success() { return {"", {}, Severity::Info}; }
CommandReply failure(std::string_view text) {
  return {std::string(text) + "\n", {}, Severity::Error};
}
CommandReply bare_failure(std::string_view text) {
  return {std::string(text), {}, Severity::Error};
}
CommandReply message(std::string_view text) {
  return {std::string(text) + "\n", {}, Severity::Info};
}

std::string help_text(Level level, std::string_view asked) {
  const auto words = split_words(asked);
  auto commands = words.empty() ? std::vector<const Command*>() : suggestions(words, level);
  if (commands.empty()) commands = valid_commands(level);
  return list_text("The following commands are valid at this level:", commands);
}

CommandReply run_command(const View& view, CliSession& session, std::string_view text,
                         std::string_view payload) {
  const std::vector<std::string> words = split_words(text);
  if (words.empty()) return unknown_command(words, session.level);
  const Command* command = find_command(words);
  if (command == nullptr) return unknown_command(words, session.level);
  const bool changes = changes_something(*command);
  if (command->level > session.level) {
    if (changes) count_refused(view);
    return failure("Permission denied");
  }
  const std::size_t own = words_of(*command).size();
  CommandContext context{view, session, std::span<const std::string>(words).subspan(own), payload};
  CommandReply reply = command->run(context);
  if (changes && reply.severity == Severity::Error) count_refused(view);
  return reply;
}

void count_refused(const View& view) {
  if (view.log != nullptr) view.log->refused(control::ChangeSource::Socket);
}

std::optional<std::string> take_payload_mark(std::string& line) {
  constexpr std::string_view kMark = "<<";
  constexpr std::size_t kMaxEndBytes = 64;
  const std::size_t last = line.find_last_not_of(" \t\r");
  if (last == std::string::npos) return std::nullopt;
  const std::size_t space = line.find_last_of(" \t;", last);
  const std::size_t from = space == std::string::npos ? 0 : space + 1;
  const std::string_view word = std::string_view(line).substr(from, last + 1 - from);
  if (!word.starts_with(kMark) || word.size() - kMark.size() > kMaxEndBytes) return std::nullopt;
  std::string end(word.substr(kMark.size()));
  line.erase(from);
  return end;
}

std::vector<std::string> split_commands(std::string_view line) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      out.back() += line[i];
      out.back() += line[++i];
    } else if (line[i] == ';') {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

std::vector<std::string> split_words(std::string_view command) {
  std::vector<std::string> out;
  bool inside = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == ' ' || c == '\t' || c == '\r') {
      inside = false;
      continue;
    }
    if (!inside) out.emplace_back();
    inside = true;
    out.back() += c == '\\' && i + 1 < command.size() ? command[++i] : c;
  }
  return out;
}

}  // namespace sluice::admin
