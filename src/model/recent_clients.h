// Clients, by their address, that were seen within the last minutes: each counts once. Workers note
// those that persistence leads to a server that drains, the control thread counts them. Of a
// bounded size: when it is full, who was seen longest ago is forgotten, so that it counts too few
// at most. Any thread; a short lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "base/spinlock.h"

namespace sluice::model {

class RecentClients {
 public:
  static constexpr std::uint32_t kWindowSeconds = 300;

  /// `address`: the bytes of an address, without its port. `now_ms` is monotonic.
  void note(std::string_view address, std::uint64_t now_ms) noexcept;
  /// Those that were seen within the window.
  [[nodiscard]] std::uint32_t count(std::uint64_t now_ms) const noexcept;
  void clear() noexcept;

 private:
  static constexpr std::size_t kProbes = 8;  // places that one client may have
  struct Slot {
    std::uint32_t tag = 0;  // of the address; 0: free
    std::uint32_t second = 0;
  };
  mutable base::SpinLock lock_;
  std::array<Slot, base::limits::kRecentClients> slots_{};
};

}  // namespace sluice::model
