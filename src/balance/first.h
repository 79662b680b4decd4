// `balance first`: the server with the lowest id that has room, so that the others can be switched
// off.
#pragma once

#include <vector>

#include "balance/published.h"
#include "balance/usable.h"

namespace sluice::balance {

class First final : public Balancer {
 public:
  First(model::BackendLive& backend, std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return "first"; }

 private:
  model::BackendLive& backend_;
  std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  Published<std::vector<Candidate>> by_id_;
};

}  // namespace sluice::balance
