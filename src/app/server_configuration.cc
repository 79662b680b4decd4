// The configuration as text: what runs, and what lies on disk, checked without being loaded.
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

}  // namespace sluice::app
