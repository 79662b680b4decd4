#include "app/configuration.h"

#include "app/check_targets.h"
#include "config/parse.h"
#include "control/build.h"

namespace sluice::app {

Loaded load_configuration(const std::vector<std::string>& files, std::uint64_t generation,
                          control::Registry& registry, base::Diagnostics& diagnostics) {
  Loaded out;
  config::Parsed parsed = config::parse_files(files, {}, diagnostics);
  out.config = std::make_shared<model::Config>(std::move(parsed.config));
  out.resources = std::make_unique<Resources>();
  auto snapshot = control::build({out.config, generation, registry, *out.resources, diagnostics});
  if (!snapshot || !diagnostics.ok()) return out;
  out.checks = check_targets(*snapshot, *out.resources, diagnostics);
  if (diagnostics.ok()) out.snapshot = std::move(snapshot);
  return out;
}

}  // namespace sluice::app
