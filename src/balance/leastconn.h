// `balance leastconn`: the server with the least (requests + 1) per weight; ties go to the one that
// moved longest ago, which is round-robin among equals. An ordered tree under a short spin lock:
// O(log n) a pick and a release, nothing allocated after a rebuild. A release need not be reported
// to be right: the first entry is checked against its server before it is believed.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "balance/usable.h"
#include "base/spinlock.h"

namespace sluice::balance {

class LeastConn final : public Balancer {
 public:
  LeastConn(model::BackendLive& backend, std::span<const ServerSlot> servers, BackupUse backups);

  [[nodiscard]] Pick pick(const PickRequest& request) noexcept override;
  [[nodiscard]] std::shared_ptr<const void> rebuild() override;
  void released(model::ServerLive& server) noexcept override;
  [[nodiscard]] std::string_view name() const noexcept override { return "leastconn"; }

 private:
  struct Entry {
    std::uint64_t load = 0;
    std::uint64_t sequence = 0;
    std::uint32_t weight = 1;
    model::ServerLive* server = nullptr;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.load != b.load ? a.load < b.load : a.sequence < b.sequence;
    }
  };
  using Tree = std::set<Entry>;
  struct State {
    Tree tree;
    std::unordered_map<const model::ServerLive*, Tree::iterator> places;
  };

  [[nodiscard]] static std::uint64_t load_of(const Entry& entry) noexcept;
  Tree::iterator move(Tree::iterator entry) noexcept;
  void settle_first() noexcept;

  model::BackendLive& backend_;
  const std::vector<ServerSlot> servers_;
  const BackupUse backups_;
  base::SpinLock lock_;
  std::shared_ptr<State> state_;  // under lock_, as is what it holds
  std::uint64_t sequence_ = 0;
};

}  // namespace sluice::balance
