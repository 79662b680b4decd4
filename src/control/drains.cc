#include "control/drains.h"

#include <algorithm>
#include <utility>

namespace sluice::control {

using model::AdminState;
using News = DrainHooks::News;

namespace {

constexpr std::uint64_t kTurnMs = 1'000;

/// What a name in DNS lacks is nobody's decision, and no drain.
bool is_taken_out(const model::ServerStateWord& state) {
  return state.admin != AdminState::Ready || state.inherited_maint || state.inherited_drain;
}

std::string name_of(std::string_view backend, std::string_view server) {
  return std::string(backend) + '/' + std::string(server);
}

/// How many of a thousand tunnels are to end now, so that they end evenly until the deadline.
std::uint32_t share_of_turn(std::uint64_t left_ms) {
  return left_ms <= kTurnMs ? 1000 : static_cast<std::uint32_t>(1000 * kTurnMs / left_ms);
}

}  // namespace

bool Drain::safe() const {
  return is_taken_out(live->state()) && holds.requests == 0 && holds.tunnels == 0 &&
         holds.idle == 0 && holds.queued == 0 && holds.sticky == 0;
}

const Drain* Drains::find(std::string_view backend, std::string_view server) const {
  if (drains_.empty()) return nullptr;
  const auto found = drains_.find(name_of(backend, server));
  return found != drains_.end() ? &found->second : nullptr;
}

void Drains::tell(const Drain& drain, News news) const {
  if (hooks_.told) hooks_.told(drain, news);
}

Drain& Drains::begin(const BackendRuntime& backend, const ServerRuntime& server) {
  Drain drain;
  drain.backend = backend.config->name;
  drain.server = server.config->name;
  drain.live = server.live;
  drain.since_ms = hooks_.now().ms();
  server.live->count_led_clients();
  auto& kept = drains_[name_of(drain.backend, drain.server)];
  kept = std::move(drain);
  count_here(kept, {});
  return kept;
}

void Drains::note(const Change& change) {
  const auto* admin = std::get_if<SetAdmin>(&change.action);
  const auto snapshot = admin != nullptr ? hooks_.snapshot() : nullptr;
  if (snapshot == nullptr) return;
  follow_states();
  const auto found = drains_.find(name_of(change.target.backend, change.target.server));
  if (found == drains_.end()) return;
  Drain& drain = found->second;
  if (change.old_value == model::to_text(AdminState::Ready)) drain.who = change.who;
  if (admin->deadline_s != 0) {
    drain.deadline_ms = hooks_.now().ms() + admin->deadline_s * std::uint64_t{1000};
    drain.ended = false;
    hooks_.close_idle(drain.live);
  }
  tell(drain, News::Goes);
}

void Drains::follow_states() {
  const auto snapshot = hooks_.snapshot();
  for (const auto& backend : snapshot->backends) {
    for (const auto& server : backend->servers) {
      if (!is_taken_out(server->live->state())) continue;
      const Drain* known = find(backend->config->name, server->config->name);
      if (known == nullptr || known->live != server->live)
        tell(begin(*backend, *server), News::Goes);
    }
  }
  for (auto each = drains_.begin(); each != drains_.end();) {
    Drain& drain = each->second;
    const bool gone = drain.live->retired.load(std::memory_order_relaxed);
    if (!gone && is_taken_out(drain.live->state())) {
      ++each;
      continue;
    }
    drain.live->forget_led_clients();
    tell(drain, News::Over);
    each = drains_.erase(each);
  }
}

void Drains::count_here(Drain& drain, const model::Holdings& holdings) {
  const model::ServerLive& live = *drain.live;
  Drain::Holds holds;
  const std::uint32_t used = live.limiter.used();
  holds.tunnels = std::min(holdings.tunnels, used);
  holds.requests = used - holds.tunnels;
  holds.idle = live.idle_connections.load(std::memory_order_relaxed);
  holds.queued = live.queued.value();
  const model::RecentClients* led = live.led_clients();
  if (led != nullptr && live.state().accepts_known()) holds.sticky = led->count(hooks_.now().ms());
  if (used != 0) holds.oldest_ms = holdings.oldest_begun / 1'000'000;
  drain.holds = holds;
}

void Drains::look(std::function<void()> done) {
  DrainServers busy;
  const auto take = [this](Drain& drain, const model::Holdings& holdings) {
    const Drain::Holds before = drain.holds;
    count_here(drain, holdings);
    if (drain.holds != before) tell(drain, News::Goes);
  };
  for (auto& [name, drain] : drains_) {
    if (drain.live->limiter.used() != 0)
      busy.push_back(drain.live);
    else
      take(drain, {});
  }
  if (busy.empty()) {
    if (done) done();
    return;
  }
  hooks_.count(busy, [this, busy, take,
                      done = std::move(done)](const std::vector<model::Holdings>& holdings) {
    for (auto& [name, drain] : drains_) {
      const auto at = std::ranges::find(busy, drain.live);
      if (at != busy.end()) take(drain, holdings[static_cast<std::size_t>(at - busy.begin())]);
    }
    if (done) done();
  });
}

void Drains::meet_deadline(Drain& drain, std::uint64_t now_ms) {
  if (drain.deadline_ms == 0) return;
  if (drain.holds.idle != 0) hooks_.close_idle(drain.live);
  if (drain.ended) return;
  if (now_ms >= drain.deadline_ms)
    end(drain);
  else if (drain.holds.tunnels != 0)
    hooks_.end_tunnels(drain.live, share_of_turn(drain.deadline_ms - now_ms));
}

/// What its backend's clients are told is up to them: who was bound is sent to another server.
void Drains::end(Drain& drain) {
  drain.ended = true;
  Change change;
  change.who = drain.who;
  change.from = ChangeSource::Internal;
  change.target = {drain.backend, drain.server};
  change.note = "the deadline of its drain has passed";
  if (drain.live->state().admin == AdminState::Drain) {
    change.action = SetAdmin{AdminState::Maint};
    (void)hooks_.changes->apply(change, nullptr);
  }
  if (drain.live->limiter.used() == 0) return;
  change.action = ShutdownSessions{};
  (void)hooks_.changes->apply(std::move(change), nullptr);
}

std::uint64_t Drains::turn() {
  follow_states();
  if (drains_.empty()) return 0;
  look([this] {
    const std::uint64_t now_ms = hooks_.now().ms();
    for (auto& [name, drain] : drains_) meet_deadline(drain, now_ms);
  });
  const std::uint64_t now_ms = hooks_.now().ms();
  std::uint64_t next_ms = now_ms + kTurnMs;
  for (const auto& [name, drain] : drains_) {
    if (drain.deadline_ms > now_ms) next_ms = std::min(next_ms, drain.deadline_ms);
  }
  return next_ms;
}

}  // namespace sluice::control
