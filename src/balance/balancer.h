// Chooses a server for a request. One Balancer per backend and generation, shared by all workers;
// it is given a key and a moment, knows no HTTP and no sockets. A new balancer picks nobody until
// rebuild(). Truth: only servers whose state accepts_new(); backups only while no active server is
// usable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "model/proxy.h"
#include "model/proxy_live.h"

namespace sluice::balance {

struct PickRequest {
  std::optional<std::string_view> key;       // for algorithms that hash; none: they take turns
  const model::ServerLive* avoid = nullptr;  // a redispatch does not go to the one that just failed
  base::Random* random = nullptr;
};

enum class PickResult : std::uint8_t {
  Picked,
  AllSaturated,    // usable ones exist, none has room: queue
  BoundSaturated,  // the key's server has no room: wait for it
  NoneUsable,      // 503
};

struct Pick {
  PickResult result = PickResult::NoneUsable;
  model::ServerLive* server = nullptr;  // a slot of its limiter was acquired (Picked)
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  /// Any worker. Acquires a slot of the chosen server's limiter.
  [[nodiscard]] virtual Pick pick(const PickRequest& request) noexcept = 0;
  /// Control thread: states or weights changed; recompute what depends on them and the backend's
  /// totals. Publishes atomically; what it replaces is returned, to be destroyed after every worker
  /// was quiescent.
  [[nodiscard]] virtual std::shared_ptr<const void> rebuild() = 0;
  /// Control thread, before the first rebuild(): this one takes over from `previous`, of the same
  /// backend in an older configuration, and goes on where that one stands.
  virtual void follow(const Balancer& /*previous*/) {}
  /// A request on `server` ended (leastconn keeps its order by it). Any worker.
  virtual void released(model::ServerLive& server) noexcept = 0;
  /// HAProxy's name, as in the "algo" field ("roundrobin").
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// Weights that change at run time count for nothing, but for none and all.
  [[nodiscard]] virtual bool is_static() const noexcept { return false; }
  /// The same request goes to the same server.
  [[nodiscard]] virtual bool is_determinist() const noexcept { return false; }
};

struct ServerSlot {
  model::ServerLive* live = nullptr;
  const model::Server* config = nullptr;
};

/// Without an active server: the first usable backup alone, or all (`option allbackups`).
enum class BackupUse : std::uint8_t { First, All };

/// Whether a text names an algorithm of the table, arguments included ("random(3)").
[[nodiscard]] bool is_known_algorithm(const model::BalanceText& text) noexcept;

/// The table of algorithms: makes the balancer of a backend, or null for a name that no row has.
[[nodiscard]] std::unique_ptr<Balancer> make_balancer(const model::BalanceText& text,
                                                      model::BackendLive& backend,
                                                      std::span<const ServerSlot> servers,
                                                      BackupUse backups,
                                                      const model::HashUse& hash = {});
[[nodiscard]] std::span<const std::string_view> algorithm_names() noexcept;

}  // namespace sluice::balance
