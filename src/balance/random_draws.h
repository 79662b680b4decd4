// `balance random(N)`: N servers are drawn by weight (2 by default, the "power of two choices"),
// the least loaded of them for its weight takes the request. Without a draw that has room, any
// other that has. A draw that `hash-balance-factor` refuses falls to the next server.
#pragma once

#include <vector>

#include "balance/load_bound.h"
#include "balance/published.h"

namespace sluice::balance {

class RandomDraws final : public Balancer {
 public:
  RandomDraws(std::uint32_t draws, std::uint32_t balance_factor, model::BackendLive& backend,
              std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return "random"; }

 private:
  struct Urn {
    std::vector<Candidate> candidates;
    std::vector<std::uint64_t> up_to;  // running sums of the weights
    LoadBound bound;
    [[nodiscard]] std::size_t draw(base::Random& random, std::uint64_t demand) const noexcept;
  };

  const std::uint32_t draws_;
  const std::uint32_t balance_factor_;
  model::BackendLive& backend_;
  const std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  Published<Urn> urn_;
};

}  // namespace sluice::balance
