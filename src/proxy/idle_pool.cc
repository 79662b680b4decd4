#include "proxy/idle_pool.h"

#include <iterator>
#include <utility>

#include "base/planted.h"
#include "proxy/worker.h"

namespace sluice::proxy {

void IdlePool::give(std::unique_ptr<ServerConnection> connection, std::uint32_t keep_ms) {
  if (connection->server().retired.load(std::memory_order_relaxed)) {
    worker_.dispose(std::move(connection));
    return;
  }
  const std::uint32_t keep = keep_ms != 0 ? keep_ms : base::limits::kIdlePoolTimeoutMs;
  connection->become_idle(worker_.now().ms() + keep);
  connection->server().idle_connections.fetch_add(1, std::memory_order_relaxed);
  ++size_;
  stacks_[connection->pool_key()].push_back(std::move(connection));
}

std::unique_ptr<ServerConnection> IdlePool::take(model::ServerLive& server, std::uint64_t pool_key,
                                                 std::uint32_t least_requests) {
  const auto found = stacks_.find(pool_key);
  if (found == stacks_.end()) return nullptr;
  Stack& stack = found->second;
  std::unique_ptr<ServerConnection> connection;
  while (!stack.empty() && stack.back()->requests() >= least_requests) {
    connection = std::move(stack.back());
    stack.pop_back();
    --size_;
    connection->server().idle_connections.fetch_sub(1, std::memory_order_relaxed);
    const bool same = &connection->server() == &server;  // keys are hashes
    const bool there = connection->address_generation() == server.address_generation();
    if (same && (there || base::planted(base::Fault::StaleAddress))) break;
    worker_.dispose(std::move(connection));  // the server's address has moved
  }
  // The shared stack of a server stays, so that warm traffic allocates nothing.
  if (stack.empty() && pool_key != server.id()) stacks_.erase(found);
  return connection;
}

model::ServerLive* IdlePool::server_of(std::uint64_t pool_key) const {
  const auto found = stacks_.find(pool_key);
  if (found == stacks_.end() || found->second.empty()) return nullptr;
  return &found->second.back()->server();
}

void IdlePool::remove(ServerConnection& connection) {
  const auto found = stacks_.find(connection.pool_key());
  if (found == stacks_.end()) return;
  Stack& stack = found->second;
  for (auto& held : stack) {
    if (held.get() != &connection) continue;
    connection.server().idle_connections.fetch_sub(1, std::memory_order_relaxed);
    --size_;
    worker_.dispose(std::move(held));
    if (&held != &stack.back()) held = std::move(stack.back());
    stack.pop_back();
    if (stack.empty() && found->first != connection.server().id()) stacks_.erase(found);
    return;
  }
}

void IdlePool::drop(std::uint64_t pool_key) {
  const auto found = stacks_.find(pool_key);
  if (found == stacks_.end()) return;
  for (auto& connection : found->second) close(connection);
  stacks_.erase(found);
}

void IdlePool::close(std::unique_ptr<ServerConnection>& connection) {
  connection->server().idle_connections.fetch_sub(1, std::memory_order_relaxed);
  --size_;
  worker_.dispose(std::move(connection));
}

void IdlePool::drop_of(const model::ServerLive& server) {
  for (auto each = stacks_.begin(); each != stacks_.end();) {
    Stack& stack = each->second;
    for (auto& connection : stack) {
      if (&connection->server() == &server) close(connection);
    }
    std::erase(stack, nullptr);
    each = stack.empty() ? stacks_.erase(each) : std::next(each);
  }
}

void IdlePool::begin_sweep() {
  sweeping_ = true;
  swept_ = 0;
  buckets_ = stacks_.bucket_count();
}

/// By buckets, since those stay where they are while stacks come and go; where there are more than
/// before, it begins anew.
void IdlePool::sweep_some() {
  if (sweeping_ && buckets_ != stacks_.bucket_count()) begin_sweep();
  for (Turn turn; sweeping_ && turn.looks < kLooksPerTurn; ++turn.looks) {
    if (!sweep_bucket(turn)) return;
    sweeping_ = ++swept_ < buckets_;
  }
}

/// False: there may be more to close than this turn closes.
bool IdlePool::sweep_bucket(Turn& turn) {
  for (auto each = stacks_.begin(swept_); each != stacks_.end(swept_);) {
    auto& [pool_key, stack] = *each++;
    ++turn.looks;
    close_retired(pool_key, stack, turn);
    if (turn.closes == kClosesPerTurn) return false;
    if (stack.empty()) stacks_.erase(std::uint64_t{pool_key});
  }
  return true;
}

/// Under a server's id lie its own connections alone; under other keys those of one client, or of
/// one server and name, but keys are hashes.
void IdlePool::close_retired(std::uint64_t pool_key, Stack& stack, Turn& turn) {
  for (std::size_t i = stack.size(); i > 0 && turn.closes < kClosesPerTurn; --i) {
    model::ServerLive& server = stack[i - 1]->server();
    if (server.retired.load(std::memory_order_relaxed)) {
      close(stack[i - 1]);
      stack.erase(stack.begin() + static_cast<std::ptrdiff_t>(i - 1));
      ++turn.closes;
    } else if (pool_key == server.id()) {
      return;
    }
  }
}

void IdlePool::clear() {
  for (auto& [key, stack] : stacks_) {
    for (auto& connection : stack)
      connection->server().idle_connections.fetch_sub(1, std::memory_order_relaxed);
    stack.clear();
  }
  stacks_.clear();
  size_ = 0;
  sweeping_ = false;
}

}  // namespace sluice::proxy
