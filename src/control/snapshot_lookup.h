// Where names in rules lead while a snapshot is built: to what the snapshot itself has, and holds.
// Something that only an older generation still has would go away with it. Control thread; lives no
// longer than the build.
#pragma once

#include <string_view>
#include <unordered_map>

#include "control/snapshot.h"
#include "rules/compile.h"

namespace sluice::control {

class SnapshotLookup final : public rules::LiveLookup {
 public:
  /// The sections of `snapshot` are there; what is added later is not found.
  explicit SnapshotLookup(const Snapshot& snapshot) {
    for (const auto& backend : snapshot.backends)
      backends_.emplace(backend->live->name(), backend.get());
    for (const auto& frontend : snapshot.frontends)
      frontends_.emplace(frontend->live->name(), frontend->live.get());
  }
  [[nodiscard]] model::BackendLive* find_backend(std::string_view name) override {
    const auto found = backends_.find(name);
    return found == backends_.end() ? nullptr : found->second->live.get();
  }
  [[nodiscard]] model::FrontendLive* find_frontend(std::string_view name) override {
    const auto found = frontends_.find(name);
    return found == frontends_.end() ? nullptr : found->second;
  }
  [[nodiscard]] model::ServerLive* find_server(std::string_view backend,
                                               std::string_view server) override {
    const auto found = backends_.find(backend);
    return found == backends_.end() ? nullptr : found->second->find_by_name(server);
  }

 private:
  std::unordered_map<std::string_view, const BackendRuntime*> backends_;
  std::unordered_map<std::string_view, model::FrontendLive*> frontends_;
};

}  // namespace sluice::control
