// Drains: the servers that are in DRAIN or MAINT by an operator, by the configuration or by the
// server that they track; what still holds each of them; and the deadline that ends it:
//
//   until the deadline   idle connections are closed at once, and again as they become idle;
//                        tunnels are closed one by one, at times chosen by chance
//   at the deadline      the server goes into MAINT, so that no cookie leads there any more, and
//                        what is left is shut down
//
// What holds a server: requests and tunnels (its slots), idle connections to it, requests that wait
// for it alone, and in DRAIN the clients that persistence led to it within the last minutes. When
// nothing does it is safe to stop. (`force-persist` leads past all of this, and is not foreseen.)
//
// Control thread. The owner calls turn() when turn() said so, and soon after a state moved.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/change.h"
#include "control/snapshot.h"
#include "model/holdings.h"
#include "model/server_live.h"

namespace sluice::control {

inline constexpr std::uint32_t kMaxDrainSeconds = 86'400;

struct Drain {
  struct Holds {
    std::uint32_t requests = 0, tunnels = 0, idle = 0, queued = 0, sticky = 0;
    std::uint64_t oldest_ms = 0;  // when the oldest request or tunnel began, monotonic; 0: none
    bool operator==(const Holds&) const = default;
  };
  std::string backend, server;
  std::shared_ptr<model::ServerLive> live;
  std::uint64_t since_ms = 0;     // monotonic
  std::string who;                // "" where nobody is known
  std::uint64_t deadline_ms = 0;  // monotonic; 0: none
  bool ended = false;             // the deadline has passed
  Holds holds;

  [[nodiscard]] bool safe() const;
};

/// Servers, in an order that the answer keeps.
using DrainServers = std::vector<std::shared_ptr<model::ServerLive>>;

struct DrainHooks {
  std::function<std::shared_ptr<const Snapshot>()> snapshot;
  std::function<base::Moment()> now;
  Changes* changes = nullptr;
  /// Asks every worker what holds the servers; `done` gets the sums, on the control thread.
  std::function<void(DrainServers servers,
                     std::function<void(const std::vector<model::Holdings>&)> done)>
      count;
  std::function<void(std::shared_ptr<model::ServerLive>)> close_idle;
  std::function<void(std::shared_ptr<model::ServerLive>, std::uint32_t permille)> end_tunnels;
  enum class News : std::uint8_t { Goes, Over };
  /// A drain began, holds something else than before, or is over. May be empty.
  std::function<void(const Drain& drain, News news)> told;
};

class Drains {
 public:
  explicit Drains(DrainHooks hooks) : hooks_(std::move(hooks)) {}

  /// A change was applied: one of an admin state begins or ends a drain, or sets its deadline.
  void note(const Change& change);
  /// Follows states and deadlines, and asks anew what holds whom. When it is to be called again
  /// (monotonic ms); 0: when a state has moved.
  [[nodiscard]] std::uint64_t turn();
  /// Asks what holds whom; `done` runs when the answers are in all().
  void look(std::function<void()> done);

  /// By "BACKEND/SERVER".
  [[nodiscard]] const std::map<std::string, Drain, std::less<>>& all() const { return drains_; }
  [[nodiscard]] const Drain* find(std::string_view backend, std::string_view server) const;

 private:
  Drain& begin(const BackendRuntime& backend, const ServerRuntime& server);
  void follow_states();
  void count_here(Drain& drain, const model::Holdings& holdings);
  void meet_deadline(Drain& drain, std::uint64_t now_ms);
  void end(Drain& drain);
  void tell(const Drain& drain, DrainHooks::News news) const;

  DrainHooks hooks_;
  std::map<std::string, Drain, std::less<>> drains_;
};

}  // namespace sluice::control
