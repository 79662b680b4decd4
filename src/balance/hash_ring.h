// `hash-type consistent`: each usable server has 16 points per weight on a ring of 32 bits, placed
// by hashes of its id; a key goes to the server of the point that is nearest to its hash, and to
// the next ones while `hash-balance-factor` refuses. A server that comes or goes moves its own keys
// only. A request without a key takes the ring's next turn. A server that is full keeps its keys:
// they wait for it.
#pragma once

#include <vector>

#include "balance/key_hash.h"
#include "balance/load_bound.h"
#include "balance/published.h"

namespace sluice::balance {

class HashRing final : public Balancer {
 public:
  HashRing(std::string_view name, KeyKind kind, const model::HashUse& use,
           model::BackendLive& backend, std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool is_determinist() const noexcept override { return true; }

 private:
  struct Point {
    std::uint32_t key = 0;
    std::uint32_t candidate = 0;
  };
  struct Ring {
    std::vector<Candidate> candidates;
    std::vector<Point> points;  // by key
    LoadBound bound;
    [[nodiscard]] std::size_t nearest(std::uint32_t hash) const noexcept;
  };

  [[nodiscard]] Pick pick_turn(const Ring& ring, const model::ServerLive* avoid) noexcept;

  const std::string_view name_;
  const KeyKind kind_;
  const model::HashUse use_;
  model::BackendLive& backend_;
  const std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  Published<Ring> ring_;
};

}  // namespace sluice::balance
