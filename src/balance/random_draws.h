// `balance random(N)`: N servers are drawn by weight (2 by default, the "power of two choices"),
// the least loaded of them for its weight takes the request. Without a draw that has room, any
// other that has.
#pragma once

#include <vector>

#include "balance/published.h"
#include "balance/usable.h"

namespace sluice::balance {

class RandomDraws final : public Balancer {
 public:
  RandomDraws(std::uint32_t draws, model::BackendLive& backend, std::span<const ServerSlot> servers,
              BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return "random"; }

 private:
  struct Urn {
    std::vector<Candidate> candidates;
    std::vector<std::uint64_t> up_to;  // running sums of the weights
    [[nodiscard]] std::size_t draw(base::Random& random) const noexcept;
  };

  const std::uint32_t draws_;
  model::BackendLive& backend_;
  const std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  Published<Urn> urn_;
};

}  // namespace sluice::balance
