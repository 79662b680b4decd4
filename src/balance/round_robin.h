// `balance roundrobin` and `balance static-rr`: one schedule per backend and one atomic cursor (in
// BackendLive, shared by all workers and generations), so that any n periods of consecutive picks
// hold each server n times its weight, whichever workers make them. A pick takes no lock and
// allocates nothing. A server that is saturated or avoided loses its turn, as in HAProxy. A rebuild
// goes on after the server that was picked last.
#pragma once

#include <vector>

#include "balance/published.h"
#include "balance/schedule.h"
#include "balance/usable.h"

namespace sluice::balance {

struct Schedule {
  std::vector<Candidate> candidates;
  std::vector<model::ServerLive*> entries;  // one period
  std::uint64_t offset = 0;                 // added to the cursor

  [[nodiscard]] std::size_t place(std::uint64_t cursor) const noexcept {
    return static_cast<std::size_t>((cursor + offset) % entries.size());
  }
};

class RoundRobin final : public Balancer {
 public:
  using MakeOrder = Order (*)(std::span<const std::uint32_t> weights);
  RoundRobin(std::string_view name, MakeOrder make_order, model::BackendLive& backend,
             std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void follow(const Balancer& previous) override;
  void released(model::ServerLive& /*server*/) noexcept override {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  [[nodiscard]] bool is_static() const noexcept override {
    return make_order_ != &round_robin_order;
  }
  /// Any worker; null before the first rebuild.
  [[nodiscard]] const Schedule* schedule() const noexcept { return schedule_.read(); }

 private:
  [[nodiscard]] Pick pick_past_skipped(const Schedule& schedule,
                                       const PickRequest& request) noexcept;

  const std::string_view name_;
  const MakeOrder make_order_;
  model::BackendLive& backend_;
  const std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  Published<Schedule> schedule_;
  const Schedule* followed_ = nullptr;  // from follow() to the first rebuild()
};

}  // namespace sluice::balance
