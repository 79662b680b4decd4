#include "app/manual.h"

#include <map>
#include <span>

#include "app/accepted.h"
#include "app/command_line.h"
#include "app/flags.h"
#include "app/roff.h"
#include "app/version.h"
#include "config/keywords.h"

namespace sluice::app {

namespace {

constexpr std::string_view kProgramPage = "sluice.1";
constexpr std::string_view kConfigurationPage = "sluice.cfg.5";

/// "2026/11/24" as manuals write it.
std::string date() {
  std::string out = kReleaseDate;
  for (char& c : out) c = c == '/' ? '-' : c;
  return out;
}

std::string capital(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 32);
  return out + '.';
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

struct Term {
  std::string_view name;
  std::string_view text;
};

constexpr Term kSignals[] = {
    {"SIGTERM, SIGINT", "stop at once: connections are closed."},
    {"SIGUSR1",
     "stops softly: nothing new is accepted, what runs finishes, for at most hard-stop-after."},
    {"SIGUSR2, SIGHUP", "ask for a reload."},
    {"SIGPIPE", "is ignored."},
};

constexpr Term kExitCodes[] = {
    {"0", "It was told to stop, or the configuration that was to be checked is valid."},
    {"1",
     "The command line or the configuration is refused, or something that it names cannot be "
     "opened. Standard error says what and where."},
    {"2", "The configuration has no listener."},
};

constexpr Term kEnvironment[] = {
    {"NOTIFY_SOCKET",
     "The socket where a service manager is told READY=1, STOPPING=1 and a status line; see "
     "sd_notify(3)."},
    {"WATCHDOG_USEC, WATCHDOG_PID",
     "How often that service manager expects to hear WATCHDOG=1, and of which process. It is sent "
     "when every thread of the process has answered."},
    {"STATE_DIRECTORY",
     "Where run-time states and the log of changes are kept, unless state-dir says otherwise; see "
     "systemd.exec(5)."},
};

constexpr Term kSections[] = {
    {"global", "The process: threads, limits, users, sockets, logs. Letter G."},
    {"defaults [<name>]", "What the sections below take over. Letter D."},
    {"frontend <name>", "Where clients are accepted, and what leads to which backend. Letter F."},
    {"backend <name>", "Servers, and how one of them is chosen. Letter B."},
    {"listen <name>", "A frontend and a backend in one. Letter L."},
    {"admin [<name>]",
     "The admin page at /ui/, the control API, metrics and health of this process, and no classic "
     "page. Letter A."},
};

void append_terms(Roff& page, std::span<const Term> terms) {
  for (const Term& term : terms) page.item(term.name, "", term.text);
}

void append_commands(Roff& page) {
  page.section("COMMANDS");
  for (const SubcommandHelp& command : subcommands()) {
    page.subsection("sluice " + command.name);
    page.paragraph(command.help + ".");
    for (const OptionHelp& option : command.options) {
      if (option.name == "--help") continue;
      page.item(option.name, option.argument + (option.repeats ? "…" : ""), capital(option.help));
    }
  }
}

std::string program_page() {
  Roff page({"sluice", "1", date(), std::string("Sluice ") + kVersion, "User Commands",
             "HTTP reverse proxy and load balancer"});
  page.section("SYNOPSIS")
      .paragraph("*sluice* *-f* _FILE_ [_FLAGS_]")
      .paragraph("*sluice* _COMMAND_ [_ARGUMENTS_]");
  page.section("DESCRIPTION")
      .paragraph(
          "*sluice* accepts connections of HTTP and TCP clients, looks at what they ask for with "
          "rules, chooses a server, and carries its answer back. It speaks the language of "
          "HAProxy: its configuration, its flags, its states, statistics, logs and runtime "
          "commands.")
      .paragraph(
          "Where the first word is no flag, it is a command; else a configuration is run, which "
          "sluice.cfg(5) describes.");
  page.section("FLAGS");
  for (const FlagHelp& flag : flag_helps()) {
    const bool part = flag.argument == FlagArgument::None && !flag.shown.empty();
    page.item(std::string(flag.name) + (part ? std::string(flag.shown) : ""),
              part ? "" : flag.shown, capital(flag.help));
  }
  append_commands(page);
  page.section("SIGNALS");
  append_terms(page, kSignals);
  page.section("EXIT STATUS");
  append_terms(page, kExitCodes);
  page.section("ENVIRONMENT");
  append_terms(page, kEnvironment);
  page.section("EXAMPLES").paragraph("Check a configuration, then run it:");
  page.example("sluice -c -f /etc/sluice/sluice.cfg\nsluice -f /etc/sluice/sluice.cfg");
  page.paragraph("List the keywords that have to do with cookies:");
  page.example("sluice keywords cookie");
  page.section("SEE ALSO").paragraph("sluice.cfg(5), sd_notify(3), systemd.service(5)");
  return page.text();
}

/// "[DFLB, no]": where a directive may stand, and whether `no` may stand before it.
std::string place_of(const config::ReferenceEntry& entry) {
  std::string letters;
  for (const char c : entry.sections) {
    if (c != '-' && c != ' ') letters += c;
  }
  if (letters.empty()) return "";
  return "[" + letters + (entry.negation == config::Negation::Yes ? ", no" : "") + "] ";
}

void append_entries(Roff& page, const std::vector<config::ReferenceEntry>& entries) {
  std::vector<std::string_view> missing;
  for (const config::ReferenceEntry& entry : entries) {
    if (entry.support == config::Support::Unsupported) {
      missing.push_back(entry.keyword);
      continue;
    }
    const std::string text = place_of(entry) + std::string(entry.help);
    page.item(entry.keyword, entry.syntax, text);
  }
  if (!missing.empty()) page.paragraph("Not supported: " + joined(missing) + ".");
}

/// Is this accepted line a row of the reference, which the page shows at length?
bool is_row(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view section = line.substr(0, space == line.npos ? 0 : space);
  for (const config::Support support : {config::Support::Implemented, config::Support::Automatic}) {
    for (const config::ReferenceEntry& entry : config::reference_directives(support)) {
      if (line == entry.keyword) return true;
      const bool in_section =
          section == "global" || section == "resolvers" || section == "userlist";
      if (in_section && line.substr(space + 1) == entry.keyword) return true;
    }
  }
  for (const config::ReferenceGroup& group : config::reference_options()) {
    for (const config::ReferenceEntry& entry : group.entries) {
      if (group.title.starts_with(section) && line.ends_with(" " + std::string(entry.keyword)))
        return true;
    }
  }
  return false;
}

/// The words that some directives take, such as the algorithms of `balance`.
void append_line_words(Roff& page) {
  std::map<std::string, std::string> words;
  for (const std::string& line : config::accepted_keywords()) {
    const std::size_t space = line.rfind(' ');
    if (space == line.npos || is_row(line)) continue;
    std::string& list = words[line.substr(0, space)];
    list += (list.empty() ? "" : ", ") + line.substr(space + 1);
  }
  page.section("WORDS OF LINES");
  for (const auto& [directive, list] : words) page.item(directive, "", list + ".");
}

void append_rule_words(Roff& page) {
  constexpr Term kTitles[] = {
      {"fetch", "What is looked at: fetches"},
      {"converter", "What is made of it: converters"},
      {"tag", "Tags of log formats, after %"},
      {"acl predefined", "Conditions that need no acl"},
      {"acl -m", "How values are matched: acl … -m"},
  };
  page.section("WORDS OF RULES AND FORMATS");
  for (const RuleWords& words : rule_words()) {
    std::string title = "Actions of " + std::string(words.group);
    for (const Term& term : kTitles) {
      if (term.name == words.group) title = term.text;
    }
    page.subsection(title);
    page.paragraph(joined(words.names) + ".");
  }
}

void append_language(Roff& page) {
  page.section("DESCRIPTION")
      .paragraph(
          "A configuration is made of sections. A line that begins with the name of a section "
          "opens one; each line in it is a directive, which is a keyword and its arguments. A word "
          "in \"double\" or 'single' quotes may hold spaces, # begins a comment, and ${NAME} in "
          "double quotes is a variable of the environment. Times take us, ms, s, m, h or d; a bare "
          "number counts milliseconds unless said otherwise.")
      .paragraph(
          "The language is that of HAProxy 2.6, whose manual tells each directive at length. A "
          "keyword that is not supported is an error that names it. *sluice* *-c* *-f* _FILE_ "
          "checks a file and tells the line and the column of each error.")
      .paragraph(
          "The same may be written as an INI file, where [backend nodes] opens a section and "
          "key = value stands for the words of the key followed by those of the value. "
          "*sluice* *convert* _FILE_ writes the one as the other.");
  page.section("SECTIONS");
  append_terms(page, kSections);
}

std::string configuration_page() {
  Roff page({"sluice.cfg", "5", date(), std::string("Sluice ") + kVersion, "File Formats",
             "configuration of sluice(1)"});
  append_language(page);
  page.section("DIRECTIVES")
      .paragraph(
          "In brackets: the sections where a directive may stand, and no where it may follow "
          "that word.");
  append_entries(page, config::reference_directives(config::Support::Implemented));
  page.section("OPTIONS OF LINES");
  for (const config::ReferenceGroup& group : config::reference_options()) {
    page.subsection(group.title);
    append_entries(page, group.entries);
  }
  append_line_words(page);
  append_rule_words(page);
  page.section("AUTOMATIC DIRECTIVES")
      .paragraph("Accepted, because their purpose is met without them.");
  append_entries(page, config::reference_directives(config::Support::Automatic));
  page.section("RETIRED DIRECTIVES").paragraph("HAProxy has removed these. What to write today:");
  append_entries(page, config::reference_directives(config::Support::Retired));
  page.section("UNSUPPORTED DIRECTIVES");
  append_entries(page, config::reference_directives(config::Support::Unsupported));
  page.section("EXAMPLES")
      .example(
          "defaults\n"
          "    mode http\n"
          "    timeout connect 5s\n"
          "    timeout client 1m\n"
          "    timeout server 1m\n"
          "\n"
          "frontend www\n"
          "    bind :80\n"
          "    use_backend orders if { path_beg /orders }\n"
          "    default_backend monolith\n"
          "\n"
          "backend monolith\n"
          "    server old 192.0.2.10:8080 check\n"
          "\n"
          "backend orders\n"
          "    server new 192.0.2.20:8080 check");
  page.section("SEE ALSO").paragraph("sluice(1)");
  return page.text();
}

}  // namespace

std::vector<std::string_view> manual_pages() { return {kProgramPage, kConfigurationPage}; }

std::string manual_page(std::string_view name) {
  if (name == kProgramPage) return program_page();
  if (name == kConfigurationPage) return configuration_page();
  return "";
}

}  // namespace sluice::app
