// The live sides of frontends and backends: survive reloads, found by name. Workers count and
// queue; the control thread reads, and changes what an operator may change.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/counters.h"
#include "model/error_capture.h"
#include "model/limiter.h"
#include "model/queue.h"
#include "model/server_live.h"

namespace sluice::model {

/// What a bind line counts by itself (`option socket-stats`).
struct ListenerLive {
  Gauge sessions;
  CounterSet counters;
};

class FrontendLive {
 public:
  explicit FrontendLive(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const { return name_; }

  Limiter limiter;  // maxconn
  Gauge sessions;   // scur, smax: connections
  Rate connection_rate, session_rate, request_rate;
  Rate admissions;  // what rate-limit sessions counts
  CounterSet counters;
  std::atomic<bool> enabled{true};  // `disable frontend`
  ErrorCapture refused;             // the last malformed request
  /// Control thread: what the configuration last said; `set maxconn frontend` holds while it does.
  std::optional<std::uint32_t> written_maxconn;
  std::atomic<std::uint32_t> numeric_id{0};

  /// Control thread: the counts of the bind line of that name, which stay as long as the frontend.
  ListenerLive& listener(const std::string& name) {
    auto& place = listeners_[name];
    if (place == nullptr) place = std::make_unique<ListenerLive>();
    return *place;
  }
  /// Control thread: the limiter of a bind line's own maxconn, the same for every configuration.
  [[nodiscard]] std::shared_ptr<Limiter> bind_limiter(const std::string& name) {
    auto& place = bind_limiters_[name];
    if (place == nullptr) place = std::make_shared<Limiter>();
    return place;
  }

 private:
  const std::string name_;
  std::map<std::string, std::unique_ptr<ListenerLive>> listeners_;
  std::map<std::string, std::shared_ptr<Limiter>> bind_limiters_;
};

class BackendLive {
 public:
  explicit BackendLive(std::string name) : name_(std::move(name)) {}
  BackendLive(const BackendLive&) = delete;
  BackendLive& operator=(const BackendLive&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Control thread: the server of that name, made if there is none.
  ServerLive& server(const std::string& name, std::uint64_t fresh_id) {
    return *shared_server(name, fresh_id);
  }
  const std::shared_ptr<ServerLive>& shared_server(const std::string& name,
                                                   std::uint64_t fresh_id) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return servers_[found->second];
    const auto& made = servers_.emplace_back(std::make_shared<ServerLive>(name, fresh_id, *this));
    by_name_.emplace(made->name(), servers_.size() - 1);
    return made;
  }
  /// Control thread only.
  [[nodiscard]] ServerLive* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : servers_[found->second].get();
  }
  /// Control thread only: drops the servers that nothing but this backend refers to any more.
  void forget_unused() {
    by_name_.clear();
    std::erase_if(servers_, [](const std::shared_ptr<ServerLive>& server) {
      return server.use_count() == 1;
    });
    for (std::size_t i = 0; i < servers_.size(); ++i) by_name_.emplace(servers_[i]->name(), i);
  }
  /// Control thread only: every server that ever was and is still referred to.
  [[nodiscard]] const std::vector<std::shared_ptr<ServerLive>>& servers() const { return servers_; }

  Gauge sessions;  // scur, smax: requests at work, queued ones included
  Gauge queued;    // qcur, qmax: waiting for any server
  BackendQueue queue{queued};
  Rate session_rate, request_rate;
  CounterSet counters;
  std::atomic<std::uint32_t> numeric_id{0};

  /// `cookie … dynamic` and `dynamic-cookie-key` as they are in force. Control thread only.
  struct DynamicCookie {
    bool enabled = false;
    std::string key;
    [[nodiscard]] bool operator==(const DynamicCookie&) const = default;
  };
  DynamicCookie dynamic_cookie;
  DynamicCookie written_cookie;  // as the configuration last said it

  /// Kept by the control thread at each change: usable servers (nbsrv), by kind, and their weights.
  std::atomic<std::uint32_t> active_servers{0};
  std::atomic<std::uint32_t> backup_servers{0};
  std::atomic<std::uint32_t> total_weight{0};
  std::atomic<std::uint64_t> last_session_ms{0};
  ErrorCapture refused;  // the last malformed response
  /// nbsrv(): servers that take traffic; backups count only while no active one is usable.
  [[nodiscard]] std::uint32_t usable_servers() const noexcept {
    const std::uint32_t active = active_servers.load(std::memory_order_relaxed);
    return active != 0 ? active : backup_servers.load(std::memory_order_relaxed);
  }
  /// The round-robin cursor: one for all workers and generations, on a cache line of its own.
  alignas(64) std::atomic<std::uint64_t> round_robin{0};

  alignas(64) struct {
    std::uint64_t last_change_ms = 0;
    std::uint64_t down_ms = 0;
    std::uint64_t downs = 0;
  } history;  // control thread only

 private:
  const std::string name_;
  std::vector<std::shared_ptr<ServerLive>> servers_;
  std::unordered_map<std::string_view, std::size_t> by_name_;  // index in servers_
};

}  // namespace sluice::model
