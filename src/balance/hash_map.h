// `hash-type map-based`: a key's hash, modulo the length of a table in which each usable server has
// as many places as its weight, in static-rr's order. A request without a key takes the table's
// next turn. A server that is full keeps its keys: they wait for it.
#pragma once

#include "balance/key_hash.h"
#include "balance/round_robin.h"

namespace sluice::balance {

class HashMap final : public Balancer {
 public:
  HashMap(std::string_view name, KeyKind kind, const model::HashUse& use,
          model::BackendLive& backend, std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override { return table_.rebuild(); }
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return table_.name(); }
  [[nodiscard]] bool is_static() const noexcept override { return true; }
  [[nodiscard]] bool is_determinist() const noexcept override { return true; }

 private:
  const KeyKind kind_;
  const model::HashUse use_;
  RoundRobin table_;
};

}  // namespace sluice::balance
