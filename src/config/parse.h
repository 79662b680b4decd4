// The whole way from files to a model: read, apply the table, validate. Every error is collected;
// the model is complete only where the diagnostics are ok. No name is resolved, no socket opened.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "config/context.h"
#include "config/directive.h"
#include "config/environment.h"
#include "config/lexer.h"
#include "model/config.h"

namespace sluice::config {

enum class Spelling : unsigned char { Cfg, Ini };

/// ".ini" is the INI spelling, anything else HAProxy's.
[[nodiscard]] Spelling spelling_of(std::string_view file_name);

struct Options {
  FileReader read_file;  // empty: read_whole_file
  Environment environment = Environment::of_process();
};

struct Parsed {
  model::Config config;
  std::vector<std::shared_ptr<const base::SourceFile>> files;  // as they were read, in their order
};

/// Up to 16 MiB of a regular file, a pipe or a device.
[[nodiscard]] base::Result<std::string> read_whole_file(const std::string& path);

/// Files as they are, directories as their *.cfg and *.ini in lexical order.
[[nodiscard]] std::vector<std::string> expand_paths(const std::vector<std::string>& paths,
                                                    base::Diagnostics& diagnostics);

[[nodiscard]] Directives read(std::shared_ptr<const base::SourceFile> file, Spelling spelling,
                              Environment& environment, base::Diagnostics& diagnostics,
                              Expansion expansion = Expansion::Variables);

/// `-f` in order; directories are expanded.
[[nodiscard]] Parsed parse_files(const std::vector<std::string>& paths, Options options,
                                 base::Diagnostics& diagnostics);
[[nodiscard]] Parsed parse_text(std::string name, std::string_view text, Options options,
                                base::Diagnostics& diagnostics);

}  // namespace sluice::config
