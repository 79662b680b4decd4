// `slowstart`: which servers came back a short while ago, and what share of their weight and
// maxconn they have by now. A server that was down, stopping or in MAINT begins with a sixteenth of
// its weight and one request, and has everything after its slowstart. Pure bookkeeping; control
// thread. The manual §5.2, slowstart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/server.h"
#include "model/server_live.h"

namespace sluice::control {

class WarmUp {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;

  /// A change of state, not yet followed by a rebuild. Gives `server` its share of the beginning,
  /// or all of it.
  void note(model::ServerLive& server, const model::Server& config,
            const model::ServerStateWord& before, const model::ServerStateWord& after,
            std::uint64_t now_ms);

  /// Who grows at `now_ms`: their shares are set, their balancers and queues are the caller's.
  struct Grown {
    std::string backend;
    model::ServerLive* server = nullptr;
    bool complete = false;  // it has everything now
  };
  [[nodiscard]] std::vector<Grown> grow(std::uint64_t now_ms);
  /// When grow() has something to do next.
  [[nodiscard]] std::uint64_t next_ms() const noexcept;
  /// Of servers that no configuration in force names, before they are destroyed.
  void forget_retired();
  /// Of a server that is not there any more.
  void forget(const model::ServerLive* server);

 private:
  struct Warming {
    model::ServerLive* server = nullptr;
    std::string backend;
    std::uint64_t began_ms = 0;
    std::uint64_t next_ms = 0;
    std::uint32_t slowstart_ms = 0;
  };
  std::vector<Warming> warming_;
};

}  // namespace sluice::control
