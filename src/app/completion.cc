#include "app/completion.h"

#include "app/command_line.h"
#include "app/flags.h"

namespace sluice::app {

namespace {

enum class Kind : unsigned char { Nothing, File, Folder, Process, Words };

/// What an argument that the help calls by this name is completed with.
Kind kind_of(std::string_view argument) {
  for (const char c : argument) {
    if (c >= 'a' && c <= 'z') return Kind::Words;
  }
  if (argument.starts_with("FILE") || argument == "SOCKET") return Kind::File;
  if (argument == "DIR") return Kind::Folder;
  if (argument.starts_with("PID")) return Kind::Process;
  return Kind::Nothing;
}

/// "cfg|ini" as "cfg ini".
std::string words_of(std::string_view argument) {
  std::string out(argument);
  for (char& c : out) c = c == '|' ? ' ' : c;
  return out;
}

void append_word(std::string& out, std::string_view word) {
  if (!out.empty() && !word.empty()) out += ' ';
  out += word;
}

std::string flag_words() {
  std::string out;
  for (const FlagHelp& flag : flag_helps()) append_word(out, flag.name);
  return out;
}

std::string option_words(const SubcommandHelp& command) {
  std::string out;
  for (const OptionHelp& option : command.options) append_word(out, option.name);
  return out;
}

// bash

/// The assignment that has the end of the function complete such an argument.
std::string bash_case(std::string_view argument) {
  switch (kind_of(argument)) {
    case Kind::File:
      return "kind=file";
    case Kind::Folder:
      return "kind=folder";
    case Kind::Process:
      return "words=$(pgrep -x sluice)";
    case Kind::Words:
      return "words=\"" + words_of(argument) + '"';
    case Kind::Nothing:
      break;
  }
  return "kind=nothing";
}

std::string bash_flags() {
  std::string out = "        case $before in\n";
  for (const FlagHelp& flag : flag_helps()) {
    if (flag.argument == FlagArgument::None || flag.name == "--") continue;
    out += "            " + std::string(flag.name) + ") " + bash_case(flag.shown) + " ;;\n";
  }
  return out + "            *) words=\"" + flag_words() +
         "\" ;;\n"
         "        esac\n"
         "        for earlier in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
         "            [[ $earlier == -- ]] && kind=file\n"
         "        done\n";
}

std::string bash_commands() {
  std::string of_options;
  std::string of_commands;
  for (const SubcommandHelp& command : subcommands()) {
    std::string itself = "kind=nothing";
    for (const OptionHelp& option : command.options) {
      if (option.name.empty()) {
        itself = bash_case(option.argument);
      } else if (!option.argument.empty()) {
        of_options += "            \"" + command.name + ' ' + option.name + "\") " +
                      bash_case(option.argument) + " ;;\n";
      }
    }
    of_commands += "                " + command.name + ")\n                    " + itself +
                   "\n                    [[ $word == -* ]] && kind= words=\"" +
                   option_words(command) + "\" ;;\n";
  }
  return "        case \"$command $before\" in\n" + of_options +
         "            *) case $command in\n" + of_commands +
         "            esac ;;\n"
         "        esac\n";
}

std::string bash() {
  std::string names;
  for (const SubcommandHelp& command : subcommands()) append_word(names, command.name);
  return "# Completes command lines of sluice in bash; written by `sluice completion bash`.\n"
         "_sluice() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local command=${COMP_WORDS[1]} words= kind= earlier\n"
         "    COMPREPLY=()\n"
         "    if ((COMP_CWORD == 1)); then\n"
         "        words=\"" +
         names +
         "\"\n"
         "        [[ $word == -* ]] && words=\"" +
         flag_words() +
         "\"\n"
         "    elif [[ $command == -* ]]; then\n" +
         bash_flags() + "    else\n" + bash_commands() +
         "    fi\n"
         "    case $kind in\n"
         "        nothing) return ;;\n"
         "        file) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
         "        folder) mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
         "        *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
         "    esac\n"
         "    [[ -z $kind ]] || compopt -o filenames 2>/dev/null\n"
         "}\n"
         "complete -F _sluice sluice\n";
}

// zsh

/// Text inside of a specification of _arguments, in single quotes.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

/// ":FILE:_files": the message and what completes it.
std::string zsh_action(std::string_view argument) {
  const std::string message = ":" + zsh_text(argument) + ":";
  switch (kind_of(argument)) {
    case Kind::File:
      return message + "_files";
    case Kind::Folder:
      return message + "_files -/";
    case Kind::Process:
      return message + "_pids";
    case Kind::Words:
      return message + "(" + words_of(argument) + ")";
    case Kind::Nothing:
      break;
  }
  return message + " ";
}

std::string zsh_flags() {
  std::string out = "    _arguments";
  for (const FlagHelp& flag : flag_helps()) {
    if (flag.name == "--") continue;  // what follows it are files, as below
    const bool joined = flag.argument == FlagArgument::None && !flag.shown.empty();
    const bool repeats = flag.name == "-f";
    out += std::string(" \\\n      '") + (repeats ? "*" : "") + std::string(flag.name) +
           (joined ? "-" : "") + "[" + zsh_text(flag.help) + "]";
    if (joined) out += ":";  // an argument that may be missing
    if (!flag.shown.empty()) out += zsh_action(flag.shown);
    out += "'";
  }
  return out + " \\\n      '*:FILE:_files'\n";
}

std::string zsh_commands() {
  std::string out = "  case $command in\n";
  for (const SubcommandHelp& command : subcommands()) {
    out += "    " + command.name + ")\n      _arguments";
    for (const OptionHelp& option : command.options) {
      out += " \\\n        '";
      if (option.name.empty()) {
        out += (option.repeats ? "*" : "") + zsh_action(option.argument);
      } else {
        out += option.name + "[" + zsh_text(option.help) + "]";
        if (!option.argument.empty()) out += zsh_action(option.argument);
      }
      out += "'";
    }
    out += " ;;\n";
  }
  return out + "  esac\n";
}

std::string zsh() {
  std::string names;
  for (const SubcommandHelp& command : subcommands())
    names += "    '" + command.name + ":" + zsh_text(command.help) + "'\n";
  return "#compdef sluice\n"
         "# Completes command lines of sluice in zsh; written by `sluice completion zsh`.\n"
         "_sluice() {\n"
         "  local command=$words[2]\n"
         "  local -a commands=(\n" +
         names +
         "  )\n"
         "  if [[ $command == -* ]]; then\n" +
         zsh_flags() +
         "    return\n"
         "  fi\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe -t commands command commands\n"
         "    return\n"
         "  fi\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n" +
         zsh_commands() +
         "}\n"
         "_sluice \"$@\"\n";
}

}  // namespace

std::vector<std::string_view> completion_shells() { return {"bash", "zsh"}; }

std::string completion_of(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  return "";
}

}  // namespace sluice::app
