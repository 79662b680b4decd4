// Idle connections to servers of one worker, by pool key (server, address, TLS name). Each is
// watched: a byte, EOF or a time-out removes it. Totals are kept in the server.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "proxy/server_connection.h"

namespace sluice::proxy {

class IdlePool {
 public:
  explicit IdlePool(Worker& worker) : worker_(worker) {}
  ~IdlePool() { clear(); }

  void give(std::unique_ptr<ServerConnection> connection, std::uint32_t keep_ms);
  /// The one that was used last, or null; one
  /// that served at least `least_requests`.
  [[nodiscard]] std::unique_ptr<ServerConnection> take(model::ServerLive& server,
                                                       std::uint64_t pool_key,
                                                       std::uint32_t least_requests);
  /// Whose connection take() would give for the key; null: nobody's.
  [[nodiscard]] model::ServerLive* server_of(std::uint64_t pool_key) const;
  /// It died, or its time is over.
  void remove(ServerConnection& connection);
  /// A client ends: what was kept for it alone (http-reuse never) is closed.
  void drop(std::uint64_t pool_key);
  /// Begins to close those of servers that the configuration does not name any more; what is
  /// given of those from now on is closed at once.
  void begin_sweep();
  /// Looks at some and closes some, so that the worker never stops for long; to be called again,
  /// in another event, while is_sweeping().
  void sweep_some();
  [[nodiscard]] bool is_sweeping() const { return sweeping_; }
  static constexpr std::size_t kLooksPerTurn = 256, kClosesPerTurn = 16;
  /// Closes those of one server.
  void drop_of(const model::ServerLive& server);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Pool keys that are remembered: those with a connection.
  [[nodiscard]] std::size_t keys() const { return stacks_.size(); }

 private:
  using Stack = std::vector<std::unique_ptr<ServerConnection>>;
  /// What this turn of a sweep has done.
  struct Turn {
    std::size_t looks = 0, closes = 0;
  };
  [[nodiscard]] bool sweep_bucket(Turn& turn);
  void close_retired(std::uint64_t pool_key, Stack& stack, Turn& turn);
  void close(std::unique_ptr<ServerConnection>& connection);
  Worker& worker_;
  std::unordered_map<std::uint64_t, Stack> stacks_;
  std::size_t size_ = 0;
  bool sweeping_ = false;
  std::size_t swept_ = 0, buckets_ = 0;  // of stacks_: buckets done, and how many there were
};

}  // namespace sluice::proxy
