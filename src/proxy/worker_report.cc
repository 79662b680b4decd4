// What a worker tells operators of itself and of the requests at work, and how one of them is
// ended.
#include <ctime>

#include "proxy/client_connection.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {

constexpr std::uint32_t kClientsPerLook = 512;

template <class T>
model::WorkerFigures::Pool pool_of(const ObjectPool<T>& pool) {
  return {sizeof(T), pool.in_use(), pool.spare(), 0};
}

std::uint64_t thread_cpu_ns() {
  timespec spent{};
  if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) != 0) return 0;
  return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(spent.tv_nsec);
}

}  // namespace

/// Each is looked at and goes to the end of the list, so that new ones wait behind them; while
/// clients are moved to a new configuration in the same way, that goes first.
bool Worker::report_sessions(SessionWalk& walk, std::vector<model::SessionInfo>& out) {
  if (to_move_ > 0) return false;
  if (!walk.begun) {
    walk.begun = true;
    walk.left = load_.load(std::memory_order_relaxed);
  }
  for (std::uint32_t i = 0; i < kClientsPerLook && walk.left > 0; ++i, --walk.left) {
    ClientConnection* client = clients_.front();
    if (client == nullptr) return true;
    clients_.push_back(*client);
    if (client->exchange() != nullptr) client->describe(out.emplace_back());
  }
  return walk.left == 0;
}

std::optional<model::SessionInfo> Worker::find_session(std::uint64_t id) {
  for (ClientConnection* client = clients_.front(); client != nullptr;
       client = clients_.next(*client)) {
    if (client->exchange() == nullptr || client->exchange()->id() != id) continue;
    model::SessionInfo out;
    client->describe(out);
    return out;
  }
  return std::nullopt;
}

bool Worker::end_session(std::uint64_t id) {
  EventScope scope(*this);
  for (ClientConnection* client = clients_.front(); client != nullptr;
       client = clients_.next(*client)) {
    if (client->exchange() == nullptr || client->exchange()->id() != id) continue;
    client->exchange()->kill(EndCause::Killed);
    return true;
  }
  return false;
}

model::WorkerFigures Worker::figures() {
  model::WorkerFigures out;
  out.slot = slot_;
  out.leaving = leaving_.load(std::memory_order_relaxed);
  out.turns = loop_.turn_number();
  out.cpu_ns = thread_cpu_ns();
  out.connections = load_.load(std::memory_order_relaxed);
  out.no_descriptor = exhausted_.load(std::memory_order_relaxed);
  out.timers = loop_.timers().count();
  out.idle_server_connections = idle_pool_.size();
  out.generations = generations_.size();
  out.blocks = {blocks_.block_bytes(), blocks_.in_use(), blocks_.spare(), blocks_.exhausted()};
  out.exchanges = pool_of(exchanges_);
  out.client_states = pool_of(client_states_);
  out.pipes = {0, pipes_.in_use(), pipes_.spare(), 0};
  return out;
}

}  // namespace sluice::proxy
