#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "app/completion.h"
#include "app/flags.h"
#include "app/manual.h"
#include "base/files.h"
#include "base/text.h"

namespace sluice::app {

namespace {

/// What the subcommands fill in; which one was given decides what is taken from it.
struct Parsed {
  RunCommand check;
  ConvertCommand convert;
  KeywordsCommand keywords;
  demo::DemoOptions demo;
  demo::ServiceOptions service;
  HealthcheckCommand healthcheck;
  ManualCommand manual;
  CompletionCommand completion;
  bool any_host = false;
};

/// A port, whose range is told by the error and not in every line of the help.
CLI::Option* port(CLI::Option* option) {
  return option->check(CLI::Range(1, 65'535).description(""))->type_name("PORT");
}

void add_port(CLI::App* to, const char* name, std::uint16_t& value, const char* help) {
  port(to->add_option(name, value, help))->capture_default_str();
}

/// One of the words of `table`, which are also how the help calls the argument.
template <class Value>
void one_of(CLI::Option* option, const std::map<std::string, Value>& table) {
  std::string words;
  for (const auto& entry : table) words += (words.empty() ? "" : "|") + entry.first;
  option->transform(CLI::CheckedTransformer(table).description(""))->type_name(words);
}

std::map<std::string, std::string> words_of(const std::vector<std::string_view>& words) {
  std::map<std::string, std::string> out;
  for (const std::string_view word : words) out.emplace(word, word);
  return out;
}

void describe_configurations(CLI::App& app, Parsed& parsed) {
  CLI::App* check = app.add_subcommand("check", "Checks configurations, as -c does");
  check->add_option("files", parsed.check.files, "Files and folders")
      ->required()
      ->type_name("FILE");

  CLI::App* convert = app.add_subcommand("convert", "Writes a configuration in the other spelling");
  static const std::map<std::string, ConvertCommand::Spelling> kSpellings{
      {"cfg", ConvertCommand::Spelling::Cfg}, {"ini", ConvertCommand::Spelling::Ini}};
  convert->add_option("file", parsed.convert.file, "The file to read")
      ->required()
      ->type_name("FILE");
  one_of(convert->add_option("--to", parsed.convert.to,
                             "The spelling to write; without it, the other one"),
         kSpellings);
  convert->add_flag("--modernise", parsed.convert.modernise,
                    "Writes what has replaced removed keywords");

  CLI::App* keywords = app.add_subcommand("keywords", "Lists the keywords of configurations");
  keywords->add_flag("--markdown", parsed.keywords.markdown, "print the reference as a page");
  keywords->add_flag("--accepted", parsed.keywords.accepted,
                     "one line for each keyword, option and word of rules that is taken");
  keywords->add_option("containing", parsed.keywords.containing,
                       "Only those with this in their name");
}

void describe_shipping(CLI::App& app, Parsed& parsed) {
  CLI::App* healthcheck =
      app.add_subcommand("healthcheck", "Asks a URL; exits with 0 on 2xx and 3xx, else 1");
  healthcheck->add_option("url", parsed.healthcheck.url, "http://HOST[:PORT]/PATH")
      ->required()
      ->type_name("URL");

  app.add_subcommand("version", "Says the version, as -v does");

  CLI::App* manual = app.add_subcommand("manual", "Writes a page of the manual, for man(1)");
  one_of(manual->add_option("page", parsed.manual.page, "The page")->required(),
         words_of(manual_pages()));
  CLI::App* completion =
      app.add_subcommand("completion", "Writes what completes command lines in a shell");
  one_of(completion->add_option("shell", parsed.completion.shell, "The shell")->required(),
         words_of(completion_shells()));
}

void describe_demo(CLI::App& app, Parsed& parsed) {
  CLI::App* demo =
      app.add_subcommand("demo", "Runs a monolith, three services and the proxy before them");
  add_port(demo, "--port", parsed.demo.port, "The proxy's port");
  add_port(demo, "--stats-port", parsed.demo.stats_port, "The stats page's port, on loopback");
  add_port(demo, "--services-port", parsed.demo.first_service_port,
           "The first of the four services' ports");
  demo->add_flag("--no-traffic", parsed.demo.no_traffic,
                 "no requests of the demo's own, which keep its charts moving");

  CLI::App* service = app.add_subcommand("demo-service", "Runs one part of the demo");
  static const std::map<std::string, demo::Part> kParts{{"monolith", demo::Part::Monolith},
                                                        {"frontend", demo::Part::Frontend},
                                                        {"thoughts", demo::Part::Thoughts},
                                                        {"users", demo::Part::Users}};
  one_of(service->add_option("part", parsed.service.part, "The part")->required(), kParts);
  parsed.service.thoughts_port = parsed.demo.first_service_port + 2;
  parsed.service.users_port = parsed.demo.first_service_port + 3;
  port(service->add_option("--port", parsed.service.port, "Where to listen, on loopback"))
      ->required();
  add_port(service, "--thoughts-port", parsed.service.thoughts_port,
           "frontend: where thoughts listens");
  add_port(service, "--users-port", parsed.service.users_port, "frontend: where users listens");
  service->add_flag("--any-host", parsed.any_host, "monolith: answers to every Host");
}

void describe(CLI::App& app, Parsed& parsed) {
  app.require_subcommand(1);
  app.name("sluice");
  describe_configurations(app, parsed);
  describe_demo(app, parsed);
  describe_shipping(app, parsed);
}

Command chosen(const CLI::App& app, Parsed& parsed) {
  const auto given = [&app](const char* name) { return app.got_subcommand(name); };
  if (given("check")) {
    parsed.check.check_only = true;
    return std::move(parsed.check);
  }
  if (given("convert")) return std::move(parsed.convert);
  if (given("keywords")) return std::move(parsed.keywords);
  if (given("demo")) return parsed.demo;
  if (given("healthcheck")) return std::move(parsed.healthcheck);
  if (given("manual")) return std::move(parsed.manual);
  if (given("completion")) return std::move(parsed.completion);
  if (given("demo-service")) {
    parsed.service.hosts = parsed.any_host ? demo::Hosts::Any : demo::Hosts::OwnOnly;
    return parsed.service;
  }
  return VersionCommand{};
}

std::string usage() {
  std::string commands;
  for (const SubcommandHelp& command : subcommands()) {
    std::string left = "  " + command.name;
    left.resize(std::max(left.size() + 1, std::size_t{16}), ' ');
    commands += left;
    commands += base::to_lower(command.help.front()) + command.help.substr(1) + '\n';
  }
  return "Usage: sluice -f FILE [FLAGS]      runs a configuration\n"
         "       sluice COMMAND [ARGUMENTS]  does one of these:\n" +
         commands + "\nFlags, as HAProxy has them:\n" + flags_help() +
         "\nsluice COMMAND --help tells what a command takes.\n";
}

/// The library throws; nothing leaves this function but a result.
base::Result<Command> read_subcommand(const std::vector<std::string>& arguments) {
  CLI::App app("Sluice, an HTTP reverse proxy and load balancer");
  Parsed parsed;
  describe(app, parsed);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    const auto subcommands = app.get_subcommands();
    return HelpCommand{subcommands.empty() ? usage() : subcommands.front()->help(), 0};
  } catch (const CLI::Error& error) {
    return base::fail(base::ErrorKind::Configuration, error.what());
  }
  return chosen(app, parsed);
}

bool is_configuration(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".cfg") || name.ends_with(".ini"));
}

base::Result<> add_folder(const std::string& folder, std::vector<std::string>& out) {
  const auto files = base::files::list(folder);
  if (!files) {
    return base::fail(base::ErrorKind::System, folder + ": " + files.error().detail,
                      files.error().code);
  }
  for (const std::string& path : *files) {
    if (is_configuration(std::string_view(path).substr(path.rfind('/') + 1))) out.push_back(path);
  }
  return {};
}

}  // namespace

base::Result<Command> read_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return HelpCommand{usage(), 1};
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return HelpCommand{usage(), 0};
  if (first == "--version") return VersionCommand{};
  return first.starts_with('-') ? read_flags(arguments) : read_subcommand(arguments);
}

std::vector<SubcommandHelp> subcommands() {
  CLI::App app;
  Parsed parsed;
  describe(app, parsed);
  std::vector<SubcommandHelp> out;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    SubcommandHelp entry{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options()) {
      const bool positional = option->get_positional();
      const bool flag = option->get_items_expected_max() == 0;
      entry.options.push_back({positional ? "" : option->get_name(),
                               flag ? "" : option->get_type_name(), option->get_description(),
                               positional && option->get_items_expected_max() > 1});
    }
    out.push_back(std::move(entry));
  }
  return out;
}

base::Result<std::vector<std::string>> configuration_files(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (const std::string& path : arguments) {
    if (!base::files::is_folder(path)) {
      if (!base::files::exists(path)) {
        return base::fail(base::ErrorKind::NotFound, path + ": " + std::strerror(ENOENT), ENOENT);
      }
      out.push_back(path);
      continue;
    }
    if (auto added = add_folder(path, out); !added) return tl::unexpected(added.error());
  }
  return out;
}

}  // namespace sluice::app
