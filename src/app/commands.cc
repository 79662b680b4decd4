#include "app/commands.h"

#include <sys/utsname.h>

#include <cstdio>
#include <string>

#include "app/accepted.h"
#include "app/completion.h"
#include "app/health_client.h"
#include "app/manual.h"
#include "app/process.h"
#include "app/version.h"
#include "base/diagnostics.h"
#include "config/cfg_reader.h"
#include "config/convert.h"
#include "config/keywords.h"
#include "config/parse.h"
#include "demo/demo.h"
#include "demo/service.h"
#include "net/versions.h"

namespace sluice::app {

int show_version(const VersionCommand& command) {
  std::printf("Sluice version %s %s\n", kVersion, kReleaseDate);
  if (command.detail == VersionCommand::Detail::Short) return 0;
  utsname system{};
  if (::uname(&system) == 0) {
    std::printf("Running on: %s %s %s %s\n", system.sysname, system.release, system.version,
                system.machine);
  }
  for (const std::string& line : net::library_versions())
    std::printf("Built with: %s\n", line.c_str());
  std::printf(
      "Speaks: HTTP/1.0, HTTP/1.1, TLS 1.2, TLS 1.3; configuration of HAProxy 2.6 (cfg and INI)\n");
  return 0;
}

int convert_file(const ConvertCommand& command) {
  auto text = config::read_whole_file(command.file);
  if (!text) {
    std::fprintf(stderr, "error: %s\n", text.error().detail.c_str());
    return 1;
  }
  base::Diagnostics diagnostics;
  const auto file = config::make_source(command.file, *text);
  const config::Spelling from = config::spelling_of(command.file);
  config::Spelling to =
      from == config::Spelling::Ini ? config::Spelling::Cfg : config::Spelling::Ini;
  if (command.to)
    to = *command.to == ConvertCommand::Spelling::Ini ? config::Spelling::Ini
                                                      : config::Spelling::Cfg;
  const auto style = command.modernise ? config::Style::Modern : config::Style::AsWritten;
  const std::string converted = config::convert(file, from, to, style, diagnostics);
  for (const base::Diagnostic& diagnostic : diagnostics.all()) {
    std::fputs(base::to_text(diagnostic).c_str(), stderr);
  }
  if (!diagnostics.ok()) return 1;
  std::fwrite(converted.data(), 1, converted.size(), stdout);
  return 0;
}

int show_keywords(const KeywordsCommand& command) {
  if (command.markdown) {
    std::fputs(config::reference_markdown().c_str(), stdout);
    return 0;
  }
  const std::string text = command.accepted ? accepted_text() : config::keywords_text();
  std::size_t shown = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end == std::string::npos ? end : end - at);
    at = end == std::string::npos ? text.size() : end + 1;
    if (!command.containing.empty() && line.find(command.containing) == std::string::npos) continue;
    std::puts(line.c_str());
    ++shown;
  }
  return shown != 0 ? 0 : 1;
}

int show_manual(const ManualCommand& command) {
  std::fputs(manual_page(command.page).c_str(), stdout);
  return 0;
}

int show_completion(const CompletionCommand& command) {
  std::fputs(completion_of(command.shell).c_str(), stdout);
  return 0;
}

namespace {

struct Runner {
  int operator()(const RunCommand& command) const { return run_proxy(command); }
  int operator()(const VersionCommand& command) const { return show_version(command); }
  int operator()(const HelpCommand& command) const {
    std::fputs(command.text.c_str(), command.exit_code == 0 ? stdout : stderr);
    return command.exit_code;
  }
  int operator()(const ConvertCommand& command) const { return convert_file(command); }
  int operator()(const KeywordsCommand& command) const { return show_keywords(command); }
  int operator()(const demo::DemoOptions& options) const { return demo::run(options); }
  int operator()(const demo::ServiceOptions& options) const { return demo::run_service(options); }
  int operator()(const HealthcheckCommand& command) const { return check_health(command); }
  int operator()(const ManualCommand& command) const { return show_manual(command); }
  int operator()(const CompletionCommand& command) const { return show_completion(command); }
};

}  // namespace

int run_command(const Command& command) { return std::visit(Runner{}, command); }

}  // namespace sluice::app
