// The configuration as text: what runs, and what lies on disk, checked without being loaded.
#include <unistd.h>

#include <algorithm>

#include "app/server.h"

namespace sluice::app {

admin::ConfigurationFiles Server::running_files() const { return {loaded_us_, files_}; }

/// As far as a reload comes before it opens anything. What was built is given up at once.
admin::ConfigurationFiles Server::check_files(base::Diagnostics& diagnostics) {
  std::unique_ptr<Surroundings> surroundings;
  if (parts_.opener == nullptr) {
    surroundings = std::make_unique<OwnSurroundings>();
  } else if (auto read = parts_.opener->read()) {
    surroundings = std::move(*read);
  } else {
    diagnostics.error({}, read.error().detail);
    return {};
  }
  Loaded loaded = load_configuration(parts_.command, generation_ + 1, parts_.registry,
                                     *surroundings, diagnostics);
  if (parts_.opener) parts_.opener->end_session();
  admin::ConfigurationFiles out{0, std::move(loaded.files)};
  loaded = {};
  publisher_.collect();
  return out;
}

namespace {

/// The process's variables whose names stand in its files: an error's words may show what a
/// variable holds.
config::Environment named_variables(
    const std::vector<std::shared_ptr<const base::SourceFile>>& files) {
  config::Environment out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view pair = *entry;
    const std::string_view name = pair.substr(0, pair.find('='));
    if (name.empty() || name.size() == pair.size()) continue;
    const bool named = std::ranges::any_of(files, [name](const auto& file) {
      return std::ranges::any_of(file->lines, [name](const std::string& line) {
        return line.find(name) != std::string::npos;
      });
    });
    if (named) out.set(name, pair.substr(name.size() + 1));
  }
  return out;
}

}  // namespace

/// The text is the configuration; whoever may send one may not see any file that way.
admin::ConfigurationFiles Server::check_text(base::Diagnostics& diagnostics,
                                             const admin::ConfigurationText& text) {
  Loaded loaded =
      check_configuration(text.name, text.text, generation_ + 1, parts_.registry, *answers_,
                          named_variables(files_), parts_.opener.get(), diagnostics);
  admin::ConfigurationFiles out{0, std::move(loaded.files)};
  loaded = {};
  publisher_.collect();
  return out;
}

}  // namespace sluice::app
