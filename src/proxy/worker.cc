#include "proxy/worker.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "base/planted.h"
#include "proxy/client_connection.h"

namespace sluice::proxy {

Worker::Worker(std::size_t slot, net::Loop& loop, Shared& shared, const WorkerLimits& limits,
               std::uint64_t seed)
    : slot_(slot),
      loop_(loop),
      shared_(shared),
      limits_(limits),
      mailbox_(loop),
      random_(seed),
      blocks_(limits.block_bytes),
      reads_(blocks_),
      responses_(blocks_),
      heads_(blocks_),
      pipes_(limits.pipes),
      logs_(loop, shared.dropped_logs),
      idle_pool_(*this) {}

Worker::~Worker() { stop_now(); }

Generation& Worker::generation_of(std::shared_ptr<const control::Snapshot> snapshot) {
  for (const auto& generation : generations_) {
    if (generation->snapshot == snapshot) return *generation;
  }
  return *generations_.emplace_back(
      std::make_unique<Generation>(Generation{std::move(snapshot), 0}));
}

void Worker::use(std::shared_ptr<const control::Snapshot> snapshot,
                 const std::vector<BindDescriptor>& descriptors) {
  EventScope scope(*this);
  Generation& generation = generation_of(std::move(snapshot));
  current_ = GenerationRef(generation);
  logs_.set_hostname((*current_).config->global.log_send_hostname);
  std::vector<std::unique_ptr<FrontendListener>> kept;
  std::unordered_multimap<int, std::unique_ptr<FrontendListener>*> present;
  for (auto& listener : listeners_) present.emplace(listener->descriptor(), &listener);
  for (const BindDescriptor& wanted : descriptors) {
    if (const auto same = present.find(wanted.descriptor); same != present.end()) {
      auto& listener = *same->second;
      present.erase(same);
      if (wanted.frontend != nullptr)
        listener->set_generation(current_, *wanted.frontend, *wanted.bind);
      kept.push_back(std::move(listener));
    } else if (wanted.frontend != nullptr) {
      kept.push_back(std::make_unique<FrontendListener>(*this, current_, *wanted.frontend,
                                                        *wanted.bind, wanted.descriptor));
    }
  }
  for (auto& gone : listeners_) {  // somebody else polls these now
    if (!gone || !gone->holds_any()) continue;
    gone->poll_no_more();
    kept.push_back(std::move(gone));
  }
  listeners_ = std::move(kept);
  for (const auto& listener : listeners_) listener->reconsider();  // limits may have been raised
  idle_pool_.begin_sweep();
  sweep_idle_pool();
  walk_clients();
}

void Worker::close_idle_clients() {
  EventScope scope(*this);
  if (!leaving()) return;
  for (ClientConnection* client = clients_.front(); client != nullptr;
       client = clients_.next(*client))
    client->close_if_idle(next_leave_ms());
}

std::uint64_t Worker::next_leave_ms() {
  const std::uint64_t earliest_ms = now().ms() + kLeaveIdleMs;
  if (leave_ms_ < earliest_ms) {
    leave_ms_ = earliest_ms;
    leaves_ = 0;
  } else if (leaves_ == kLeavesPerMs) {
    ++leave_ms_;
    leaves_ = 0;
  }
  ++leaves_;
  return leave_ms_;
}

bool Worker::let_go(const std::vector<int>& descriptors) {
  EventScope scope(*this);
  bool waiting = false;
  std::erase_if(listeners_, [&](const auto& listener) {
    if (std::ranges::find(descriptors, listener->descriptor()) == descriptors.end()) return false;
    if (!listener->paused()) listener->drain();
    const bool lost = base::planted(base::Fault::LostBacklog);
    const bool full = !lost && (listener->paused() || listener->holds_any());
    waiting = waiting || full;
    return !full;
  });
  return waiting;
}

void Worker::walk_clients() {
  to_move_ = load_.load(std::memory_order_relaxed);
  move_clients();
}

/// Each is looked at and goes to the end of the list, so that new ones wait behind them. Idle ones
/// move to the present generation.
void Worker::move_clients() {
  EventScope scope(*this);
  std::uint32_t cuts = 0;
  for (std::uint32_t i = 0; i < kMovesPerTurn && cuts < kCutsPerTurn && to_move_ > 0; ++i) {
    ClientConnection* client = clients_.front();
    to_move_ = client == nullptr ? 0 : to_move_ - 1;
    if (client == nullptr) break;
    clients_.push_back(*client);
    if (client->generation() > cut_up_to_) {
      client->configuration_changed();
    } else {
      client->close_now();
      ++cuts;
    }
  }
  if (to_move_ > 0)
    next_move_.arm(timers(), loop_.now_ms());
  else
    cut_up_to_ = 0;
}

void Worker::sweep_idle_pool() {
  EventScope scope(*this);
  idle_pool_.sweep_some();
  if (idle_pool_.is_sweeping()) next_sweep_.arm(timers(), loop_.now_ms());
}

void Worker::end_generations(std::uint64_t last) {
  EventScope scope(*this);
  // Not of those that come later, where the walk takes long.
  if (current_.get() != nullptr) last = std::min(last, (*current_).generation);
  cut_up_to_ = std::max(cut_up_to_, last);
  walk_clients();
}

void Worker::give_generations_back() noexcept {
  std::erase_if(generations_, [this](const auto& generation) {
    if (generation->users != 0 || base::planted(base::Fault::KeptConfiguration)) return false;
    if (shared_.give_back) shared_.give_back(std::move(generation->snapshot));
    return true;
  });
}

Worker::Place Worker::find_place(const control::FrontendRuntime& frontend,
                                 const control::BindRuntime& bind) const {
  if (current_.get() == nullptr) return {&frontend, &bind};  // not told of any yet
  for (const auto& candidate : (*current_).frontends) {
    if (candidate->live != frontend.live) continue;
    if (candidate->config->is_http() != frontend.config->is_http()) continue;
    for (const auto& own : candidate->binds) {
      const bool same_tls = (own->tls == nullptr) == (bind.tls == nullptr);
      if (same_tls && own->config->address == bind.config->address &&
          own->config->inherited_fd == bind.config->inherited_fd)
        return {candidate.get(), own.get()};
    }
  }
  return {};
}

bool Worker::refresh(GenerationRef& generation, const control::FrontendRuntime*& frontend,
                     const control::BindRuntime*& bind) {
  if (generation.get() == current_.get() || current_.get() == nullptr) return true;
  if (base::planted(base::Fault::StaleConfiguration)) return true;
  const Place place = find_place(*frontend, *bind);
  if (place.bind == nullptr) return false;
  generation = current_;
  frontend = place.frontend;
  bind = place.bind;
  return true;
}

void Worker::begin_connection(const GenerationRef& generation,
                              const control::FrontendRuntime& frontend,
                              const control::BindRuntime& bind, const net::Accepted& accepted) {
  shared_.connections_total.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t now_ms = now().ms();
  shared_.connection_rate.add(now_ms);
  Worker& least = least_loaded();
  if (&least != this) {
    least.load_.fetch_add(1, std::memory_order_relaxed);
    const auto* front = &frontend;
    const auto* own = &bind;
    least.mailbox().run([&least, snapshot = generation.snapshot(), front, own, accepted] {
      EventScope scope(least);
      least.start_connection(GenerationRef(least.generation_of(snapshot)), *front, *own, accepted);
    });
    return;
  }
  load_.fetch_add(1, std::memory_order_relaxed);
  start_connection(generation, frontend, bind, accepted);
}

/// Somebody with over an eighth fewer connections than we have, else this.
Worker& Worker::least_loaded() {
  const std::size_t count = shared_.workers.size();
  if (count < 2) return *this;
  const std::uint32_t own = load_.load(std::memory_order_relaxed);
  Worker* best = this;
  std::uint32_t least = own;
  for (std::size_t slot = 0; slot < count; ++slot) {
    Worker* worker = shared_.workers.at(slot);
    if (worker == nullptr || worker->leaving_.load(std::memory_order_relaxed)) continue;
    const std::uint32_t load = worker->load_.load(std::memory_order_relaxed);
    if (load < least) {
      least = load;
      best = worker;
    }
  }
  return own - least > 1 + own / 8 ? *best : *this;
}

void Worker::start_connection(GenerationRef generation, const control::FrontendRuntime& frontend,
                              const control::BindRuntime& bind, const net::Accepted& accepted) {
  auto& live = *frontend.live;
  live.sessions.increase();
  const std::uint64_t now_ms = now().ms();
  live.connection_rate.add(now_ms);
  live.counters.of(slot_).add(model::Counter::Connections);
  if (bind.live != nullptr) {
    bind.live->sessions.increase();
    bind.live->counters.of(slot_).add(model::Counter::Sessions);
  }
  auto connection =
      std::make_unique<ClientConnection>(*this, frontend, bind, std::move(generation));
  clients_.push_back(*connection);
  ClientConnection* started = connection.release();  // owned by clients_ until dispose()
  started->start(accepted);
}

void Worker::session_begun(const control::FrontendRuntime& frontend) {
  frontend.live->session_rate.add(now().ms());
  frontend.live->counters.of(slot_).add(model::Counter::Sessions);
}

void Worker::connection_closed(const control::FrontendRuntime& frontend,
                               model::ListenerLive* listener) {
  if (listener != nullptr) listener->sessions.decrease();
  load_.fetch_sub(1, std::memory_order_relaxed);
  frontend.live->sessions.decrease();
  (void)frontend.live->limiter.release();
  (void)shared_.connections.release();
  for (std::size_t slot = 0; slot < shared_.workers.size(); ++slot) {
    Worker* worker = shared_.workers.at(slot);
    if (worker == nullptr || worker->paused_.load(std::memory_order_seq_cst) == 0) continue;
    if (worker == this)
      resume_wanted_ = true;
    else
      worker->mailbox().run([worker] { worker->resume_listeners(); });
  }
}

void Worker::resume_listeners() {
  EventScope scope(*this);
  for (const auto& listener : listeners_) {
    listener->reconsider();
  }
  std::erase_if(listeners_, [](const auto& listener) { return listener->is_spent(); });
}

void Worker::dispose(ClientConnection* connection) {
  connection->base::ListNode<ClientConnection>::unlink();
  idle_pool_.drop(connection->pool_key());
  client_graveyard_.emplace_back(connection);
}

void Worker::settle() noexcept {
  for (;;) {
    if (Flushable* flushable = flush_.front()) {
      flushable->base::ListNode<FlushTag>::unlink();
      flushable->flush_now();
      continue;
    }
    if (Continuable* continuable = continue_.front()) {
      continuable->base::ListNode<ContinueTag>::unlink();
      continuable->continue_now();
      continue;
    }
    if (!server_graveyard_.empty() || !client_graveyard_.empty()) {
      auto servers = std::move(server_graveyard_);
      auto clients = std::move(client_graveyard_);
      server_graveyard_.clear();
      client_graveyard_.clear();
      continue;
    }
    if (std::exchange(resume_wanted_, false)) {
      resume_listeners();
      continue;
    }
    // Servers go with their generation, after the last connection to them.
    if (generations_.size() > 1 && !idle_pool_.is_sweeping()) give_generations_back();
    return;
  }
}

/// More and more of them, and at the end of the time all.
bool Worker::stop_ends_response() {
  if (stop_spread_ms_ == kForever) return false;
  const std::uint64_t passed_ms = now().ms() - stop_began_ms_;
  return passed_ms >= stop_spread_ms_ || random_.below(stop_spread_ms_) < passed_ms;
}

std::uint64_t Worker::close_idle_at_ms() {
  if (stop_spread_ms_ == kForever) return kForever;
  const std::uint64_t now_ms = now().ms();
  const std::uint64_t end_ms = stop_began_ms_ + stop_spread_ms_;
  return end_ms > now_ms ? now_ms + random_.below(end_ms - now_ms) : 0;
}

void Worker::stop_softly(std::uint64_t spread_ms) {
  EventScope scope(*this);
  stop_began_ms_ = now().ms();
  stop_spread_ms_ = spread_ms;
  for (const auto& listener : listeners_) listener->drain();
  stopping_ = true;
  listeners_.clear();
  idle_pool_.clear();
  for (ClientConnection* client = clients_.front(); client != nullptr;) {
    ClientConnection* next = clients_.next(*client);
    client->stop_softly();
    client = next;
  }
}

void Worker::shutdown_sessions(const model::ServerLive& server) {
  EventScope scope(*this);
  for (ClientConnection* client = clients_.front(); client != nullptr;) {
    ClientConnection* next = clients_.next(*client);
    if (client->exchange() != nullptr && client->exchange()->server() == &server)
      client->exchange()->kill(EndCause::Killed);
    client = next;
  }
}

void Worker::shutdown_sessions(const model::FrontendLive& frontend) {
  EventScope scope(*this);
  for (ClientConnection* client = clients_.front(); client != nullptr;) {
    ClientConnection* next = clients_.next(*client);
    if (client->frontend().live.get() == &frontend) {
      Exchange* exchange = client->exchange();
      if (exchange == nullptr)
        client->close_now();
      else if (!exchange->is_served())
        exchange->kill(EndCause::Killed);
    }
    client = next;
  }
}

void Worker::stop_now() {
  EventScope scope(*this);
  stopping_ = true;
  listeners_.clear();
  while (ClientConnection* client = clients_.front()) client->close_now();
  idle_pool_.clear();
}

}  // namespace sluice::proxy
