// TLS contexts and addresses for a configuration that was derived from the one in force: what both
// have is used again, with its sessions and tickets; only what is new is made. Control thread.
#pragma once

#include <memory>
#include <unordered_map>

#include "app/resources.h"
#include "control/snapshot.h"
#include "model/config.h"

namespace sluice::app {

class KeptResources final : public model::Resources {
 public:
  /// `config` was a copy of `previous`'s; the lines that it still has are found by their places and
  /// names. All outlive this.
  KeptResources(const control::Snapshot& previous, const model::Config& config, Resources& fresh);
  [[nodiscard]] std::shared_ptr<void> bind_tls(const model::Bind& bind, const model::Global& global,
                                               base::Diagnostics& diagnostics) override;
  [[nodiscard]] std::shared_ptr<void> server_tls(const model::Server& server,
                                                 const model::Global& global,
                                                 base::Diagnostics& diagnostics) override;
  [[nodiscard]] base::Result<std::vector<base::Address>> resolve(std::string_view host) override {
    return fresh_.resolve(host);
  }

 private:
  [[nodiscard]] std::shared_ptr<void> find(const void* line) const;
  Resources& fresh_;
  std::unordered_map<const void*, std::shared_ptr<void>> contexts_;  // by line of the new one
};

}  // namespace sluice::app
