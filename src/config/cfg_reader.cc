#include "config/cfg_reader.h"

#include <utility>

#include "config/collector.h"

namespace sluice::config {

std::shared_ptr<const base::SourceFile> make_source(std::string name, std::string_view text) {
  auto file = std::make_shared<base::SourceFile>();
  file->name = std::move(name);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    file->lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return file;
}

Directives read_cfg(std::shared_ptr<const base::SourceFile> file, Environment& environment,
                    base::Diagnostics& diagnostics, Expansion expansion) {
  Collector collector(environment, diagnostics, expansion);
  std::uint32_t number = 0;
  for (const std::string& line : file->lines) {
    ++number;
    if (const std::size_t nul = line.find('\0'); nul != std::string::npos) {
      diagnostics.error({file, number, static_cast<std::uint32_t>(nul + 1), 1},
                        "a NUL byte cannot stand in a configuration");
      continue;
    }
    const LexContext context{file, number, 1, environment, collector.section(), expansion};
    // Lines of a branch that is not taken are only looked at for their conditional directives.
    const std::size_t start = line.find_first_not_of(" \t");
    if (collector.skipping() && (start == std::string::npos || line[start] != '.')) continue;
    std::vector<base::Word> words;
    if (lex(line, context, diagnostics, words)) collector.line(std::move(words));
  }
  return collector.finish();
}

}  // namespace sluice::config
