#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "app/flags.h"
#include "base/files.h"

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
  bool any_host = false;
};

void add_port(CLI::App* to, const char* name, std::uint16_t& port, const char* help) {
  to->add_option(name, port, help)->check(CLI::Range(1, 65'535))->capture_default_str();
}

void describe(CLI::App& app, Parsed& parsed) {
  app.require_subcommand(1);
  app.name("sluice");

  CLI::App* check = app.add_subcommand("check", "Checks configurations, as -c does");
  check->add_option("files", parsed.check.files, "Files and folders")->required();

  CLI::App* convert = app.add_subcommand("convert", "Writes a configuration in the other spelling");
  static const std::map<std::string, ConvertCommand::Spelling> kSpellings{
      {"cfg", ConvertCommand::Spelling::Cfg}, {"ini", ConvertCommand::Spelling::Ini}};
  convert->add_option("file", parsed.convert.file, "The file to read")->required();
  convert->add_option("--to", parsed.convert.to, "cfg or ini; without it, the other spelling")
      ->transform(CLI::CheckedTransformer(kSpellings));
  convert->add_flag("--modernise", parsed.convert.modernise,
                    "Writes what has replaced removed keywords");

  CLI::App* keywords = app.add_subcommand("keywords", "Lists the keywords of configurations");
  keywords->add_flag("--markdown", parsed.keywords.markdown, "print the reference as a page");
  keywords->add_flag("--accepted", parsed.keywords.accepted,
                     "one line for each keyword, option and word of rules that is taken");
  keywords->add_option("containing", parsed.keywords.containing,
                       "Only those with this in their name");

  CLI::App* demo =
      app.add_subcommand("demo", "Runs a monolith, three services and the proxy before them");
  add_port(demo, "--port", parsed.demo.port, "The proxy's port");
  add_port(demo, "--stats-port", parsed.demo.stats_port, "The stats page's port, on loopback");
  add_port(demo, "--services-port", parsed.demo.first_service_port,
           "The first of the four services' ports");

  CLI::App* service = app.add_subcommand("demo-service", "Runs one part of the demo");
  static const std::map<std::string, demo::Part> kParts{{"monolith", demo::Part::Monolith},
                                                        {"frontend", demo::Part::Frontend},
                                                        {"thoughts", demo::Part::Thoughts},
                                                        {"users", demo::Part::Users}};
  service->add_option("part", parsed.service.part, "monolith, frontend, thoughts or users")
      ->required()
      ->transform(CLI::CheckedTransformer(kParts));
  parsed.service.thoughts_port = parsed.demo.first_service_port + 2;
  parsed.service.users_port = parsed.demo.first_service_port + 3;
  service->add_option("--port", parsed.service.port, "Where to listen, on loopback")
      ->required()
      ->check(CLI::Range(1, 65'535));
  add_port(service, "--thoughts-port", parsed.service.thoughts_port,
           "frontend: where thoughts listens");
  add_port(service, "--users-port", parsed.service.users_port, "frontend: where users listens");
  service->add_flag("--any-host", parsed.any_host, "monolith: answers to every Host");

  CLI::App* healthcheck =
      app.add_subcommand("healthcheck", "Asks a URL; exits with 0 on 2xx and 3xx, else 1");
  healthcheck->add_option("url", parsed.healthcheck.url, "http://HOST[:PORT]/PATH")->required();

  app.add_subcommand("version", "Says the version, as -v does");
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
  if (given("demo-service")) {
    parsed.service.hosts = parsed.any_host ? demo::Hosts::Any : demo::Hosts::OwnOnly;
    return parsed.service;
  }
  return VersionCommand{};
}

std::string usage() {
  return "Usage: sluice -f FILE [FLAGS]      runs a configuration\n"
         "       sluice COMMAND [ARGUMENTS]  check, convert, keywords, demo, demo-service, "
         "healthcheck, version\n\n"
         "Flags, as HAProxy has them:\n" +
         flags_help() + "\nsluice COMMAND --help tells what a command takes.\n";
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
