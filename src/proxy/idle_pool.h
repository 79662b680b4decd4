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
  /// Closes those of servers that the configuration does not name any more.
  void drop_retired();
  /// Closes those of one server.
  void drop_of(const model::ServerLive& server);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Pool keys that are remembered: those with a connection.
  [[nodiscard]] std::size_t keys() const { return stacks_.size(); }

 private:
  template <class Which>
  void drop_those(Which which);
  using Stack = std::vector<std::unique_ptr<ServerConnection>>;
  Worker& worker_;
  std::unordered_map<std::uint64_t, Stack> stacks_;
  std::size_t size_ = 0;
};

}  // namespace sluice::proxy
