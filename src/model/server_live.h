// The live side of a server: survives reloads, found by backend and server name, with an id that is
// never used again. Workers read and count; the control thread alone changes state
// (ServerLive::apply and report, called by control/change and health/).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/spinlock.h"
#include "model/counters.h"
#include "model/dynamic_cookie.h"
#include "model/limiter.h"
#include "model/observation.h"
#include "model/queue.h"
#include "model/recent_clients.h"
#include "model/server_state.h"

namespace sluice::model {

class BackendLive;

/// One finished check, or what live traffic showed.
struct CheckReport {
  CheckStatus status = CheckStatus::Unknown;
  bool passed = false;
  bool conditional = false;  // 404 under disable-on-404: NoLb
  std::uint16_t code = 0;    // layer 7 status, 0 without
  std::uint32_t duration_ms = 0;
  std::string detail;  // e.g. "Connection refused"
  bool timed = true;   // false: no check was made, so there is no duration
};

/// What happened last and how long things lasted. Control thread only.
struct ServerHistory {
  CheckReport last_check;
  bool check_running = false;
  CheckReport last_agent;
  bool agent_running = false;
  std::uint64_t checks_failed = 0;    // chkfail: failures while UP
  std::uint64_t errors_observed = 0;  // hanafail: how often the error-limit was reached
  std::uint64_t downs = 0;            // chkdown: UP → DOWN
  std::uint64_t last_change_ms = 0;   // monotonic; of the operational state
  std::uint64_t down_ms = 0;          // total, without the present DOWN
  std::uint64_t last_session_ms = 0;  // monotonic, 0: never
};

class ServerLive {
 public:
  ServerLive(std::string name, std::uint64_t id, BackendLive& backend)
      : name_(std::move(name)), id_(id), backend_(backend) {}
  ServerLive(const ServerLive&) = delete;
  ServerLive& operator=(const ServerLive&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] BackendLive& backend() const { return backend_; }

  /// Any thread: one consistent moment of everything that decides availability.
  [[nodiscard]] ServerStateWord state() const noexcept {
    return ServerStateWord::unpack(state_.load(std::memory_order_acquire));
  }
  /// Control thread (or before the workers start). Who changes availability must then rebuild the
  /// backend's schedule and hand over or redistribute its queue: control/change does.
  void set_state(ServerStateWord state) noexcept {
    state_.store(state.pack(), std::memory_order_release);
  }

  /// The present address (it may move by DNS or `set server addr`). Any thread; a short lock.
  [[nodiscard]] base::Address address() const noexcept {
    address_lock_.lock();
    const base::Address copy = address_;
    address_lock_.unlock();
    return copy;
  }
  void set_address(const base::Address& address) noexcept {
    address_lock_.lock();
    address_ = address;
    address_lock_.unlock();
    update_dynamic_cookie();
    forget_idle_connections();
  }
  /// Those that exist were made to another address, or under other TLS settings. Any thread.
  void forget_idle_connections() noexcept {
    address_generation_.fetch_add(1, std::memory_order_release);
  }
  /// The same as people are shown it: none while its name has none.
  [[nodiscard]] base::Address shown_address() const noexcept {
    return state().unresolved ? base::Address() : address();
  }
  /// Idle connections of an older generation go to an address that is no longer the server's.
  [[nodiscard]] std::uint32_t address_generation() const noexcept {
    return address_generation_.load(std::memory_order_acquire);
  }

  /// The value that `cookie … dynamic` gives this server, following its address; 0: none.
  [[nodiscard]] std::uint64_t dynamic_cookie() const noexcept {
    return dynamic_cookie_.load(std::memory_order_relaxed);
  }
  /// Control thread. An empty key takes the value away.
  void set_cookie_key(std::string key) {
    cookie_key_ = std::move(key);
    update_dynamic_cookie();
  }

  Limiter limiter;  // maxconn; `used` is what is being served (scur)
  Gauge sessions;   // scur, smax
  Gauge queued;     // qcur, qmax: waiting for this server alone
  Rate session_rate;
  CounterSet counters;
  std::atomic<std::uint32_t> idle_connections{0};
  std::atomic<std::uint64_t> last_session_ms{0};
  ErrorWatch errors;  // observe
  /// Kept at each rebuild of the balancer: is it among those chosen from? A backup is not while an
  /// active server is usable, and then takes nobody who waits for any server.
  std::atomic<bool> in_rotation{true};

  /// How much of its weight counts, in sixteenths: less than all while it warms up (slowstart).
  static constexpr std::uint32_t kFullShare = 16;
  std::atomic<std::uint32_t> warm_share{kFullShare};
  /// The weight that counts by now, rounded up, as HAProxy shows it.
  [[nodiscard]] std::uint32_t effective_weight() const noexcept {
    return (state().weight * warm_share.load(std::memory_order_relaxed) + kFullShare - 1) /
           kFullShare;
  }

  /// The weight as configured, `uweight` as set at run time (0 to 256); `state().weight` is
  /// effective. These are what the configuration in force says: written by control/adopt while
  /// workers of an older one read them.
  std::atomic<std::uint16_t> initial_weight{1};
  std::atomic<bool> backup{false};
  std::atomic<std::uint32_t> numeric_id{0};
  std::atomic<std::uint32_t> rise{2}, fall{3};
  std::string name_in_dns;      // what its address is found by at present; empty: by none
  std::uint16_t kept_port = 0;  // while it has no address: the port that it had, or will have
  bool held_record = false;     // its name came from a service's record
  std::atomic<bool> check_enabled{false};
  std::atomic<bool> agent_enabled{false};
  /// The configuration in force does not name it: connections to it are not kept.
  std::atomic<bool> retired{false};
  ServerHistory history;  // control thread only

  /// Whom persistence leads here is noted while the server drains; null: it is not. Any thread.
  [[nodiscard]] RecentClients* led_clients() const noexcept {
    return led_clients_.load(std::memory_order_acquire);
  }
  /// Control thread. What workers may still look at lives as long as the server.
  void count_led_clients() {
    if (kept_led_clients_ == nullptr) kept_led_clients_ = std::make_unique<RecentClients>();
    led_clients_.store(kept_led_clients_.get(), std::memory_order_release);
  }
  void forget_led_clients() noexcept {
    led_clients_.store(nullptr, std::memory_order_release);
    if (kept_led_clients_ != nullptr) kept_led_clients_->clear();
  }

  /// Where checks, or the agent, are asked, and what the agent is sent, where an operator said so;
  /// unset: as configured. Control thread only.
  struct ProbePlace {
    base::Address address;
    std::uint16_t port = 0;
  };
  ProbePlace check_place, agent_place;
  std::optional<std::string> agent_send;

  /// `track`: whose states this one follows, and who follows it. Control thread only.
  std::weak_ptr<ServerLive> tracked;
  std::vector<std::weak_ptr<ServerLive>> trackers;

 private:
  friend class BackendQueue;
  void update_dynamic_cookie() noexcept {
    dynamic_cookie_.store(model::dynamic_cookie(cookie_key_, address_), std::memory_order_relaxed);
  }

  WaiterTree bound_waiters_;        // under the lock of the backend's queue
  std::uint32_t bound_served_ = 0;  // likewise

  const std::string name_;
  const std::uint64_t id_;
  BackendLive& backend_;
  std::atomic<std::uint64_t> state_{ServerStateWord{}.pack()};
  mutable base::SpinLock address_lock_;
  base::Address address_;
  std::atomic<std::uint32_t> address_generation_{0};
  std::unique_ptr<RecentClients> kept_led_clients_;  // control thread only
  std::atomic<RecentClients*> led_clients_{nullptr};
  std::string cookie_key_;  // control thread only
  std::atomic<std::uint64_t> dynamic_cookie_{0};
};

}  // namespace sluice::model
