#include "config/parse.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "config/cfg_reader.h"
#include "config/ini_reader.h"
#include "config/sections.h"
#include "config/validate.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxFileBytes = 16U << 20;

base::Error file_error(const std::string& path, int code) {
  return {code == ENOENT ? base::ErrorKind::NotFound : base::ErrorKind::System,
          base::Origin::Internal, base::Retry::No, code, std::strerror(code) + (": " + path)};
}

void set_file_names(const std::vector<std::string>& files, Environment& environment) {
  std::string list;
  for (const std::string& file : files) {
    if (!list.empty()) list += ';';
    list += file;
  }
  environment.set("HAPROXY_CFGFILES", list);
}

Parsed build(const Directives& directives, const FileReader& read_file,
             base::Diagnostics& diagnostics) {
  Parsed out;
  SectionBuilder builder(out.config, diagnostics, read_file);
  for (const Directive& directive : directives) builder.take(directive);
  builder.finish();
  validate(out.config, diagnostics);
  if (builder.warnings_are_errors() && diagnostics.warnings() != 0) {
    diagnostics.error(out.config.global.span, "'zero-warning' refuses this configuration: it has " +
                                                  std::to_string(diagnostics.warnings()) +
                                                  " warnings");
  }
  return out;
}

}  // namespace

Spelling spelling_of(std::string_view file_name) {
  return file_name.ends_with(".ini") ? Spelling::Ini : Spelling::Cfg;
}

base::Result<std::string> read_whole_file(const std::string& path) {
  auto text = base::files::read(path);
  if (!text) return tl::unexpected(file_error(path, text.error().code));
  if (text->size() > kMaxFileBytes) return tl::unexpected(file_error(path, EFBIG));
  return text;
}

std::vector<std::string> expand_paths(const std::vector<std::string>& paths,
                                      base::Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const std::string& path : paths) {
    if (!base::files::is_folder(path)) {
      out.push_back(path);
      continue;
    }
    const auto entries = base::files::list(path);
    if (!entries) {
      diagnostics.error({}, "the directory '" + path + "' cannot be read", entries.error().detail);
      continue;
    }
    for (const std::string& entry : *entries) {
      const std::string_view name = std::string_view(entry).substr(entry.rfind('/') + 1);
      const bool ours = name.ends_with(".cfg") || name.ends_with(".ini");
      if (ours && !name.starts_with('.')) out.push_back(entry);
    }
  }
  return out;
}

Directives read(std::shared_ptr<const base::SourceFile> file, Spelling spelling,
                Environment& environment, base::Diagnostics& diagnostics, Expansion expansion) {
  if (spelling == Spelling::Ini) {
    return read_ini(std::move(file), environment, diagnostics, expansion);
  }
  return read_cfg(std::move(file), environment, diagnostics, expansion);
}

Parsed parse_files(const std::vector<std::string>& paths, Options options,
                   base::Diagnostics& diagnostics) {
  if (!options.read_file) options.read_file = read_whole_file;
  const std::vector<std::string> files = expand_paths(paths, diagnostics);
  set_file_names(files, options.environment);
  if (files.empty()) diagnostics.error({}, "there is no configuration file to read");
  Directives all;
  std::vector<std::shared_ptr<const base::SourceFile>> sources;
  for (const std::string& path : files) {
    const auto text = options.read_file(path);
    if (!text) {
      diagnostics.error({}, "the configuration '" + path + "' cannot be read", text.error().detail);
      continue;
    }
    sources.push_back(make_source(path, *text));
    Directives some = read(sources.back(), spelling_of(path), options.environment, diagnostics);
    std::ranges::move(some, std::back_inserter(all));
  }
  Parsed out = build(all, options.read_file, diagnostics);
  out.files = std::move(sources);
  return out;
}

Parsed parse_text(std::string name, std::string_view text, Options options,
                  base::Diagnostics& diagnostics) {
  if (!options.read_file) options.read_file = read_whole_file;
  set_file_names({name}, options.environment);
  const Spelling spelling = spelling_of(name);
  const auto source = make_source(std::move(name), text);
  const Directives all = read(source, spelling, options.environment, diagnostics);
  Parsed out = build(all, options.read_file, diagnostics);
  out.files.push_back(source);
  return out;
}

}  // namespace sluice::config
