// What the control thread asks of the workers for servers that drain, and when.
#include "app/server.h"

namespace sluice::app {

control::DrainHooks Server::drain_hooks() {
  control::DrainHooks hooks;
  hooks.snapshot = [this] { return publisher_.current(); };
  hooks.now = [this] { return loop_->now(); };
  hooks.changes = &changes_;
  hooks.count = [this](control::DrainServers servers, auto done) {
    using Sums = std::vector<model::Holdings>;
    struct Answers {
      control::DrainServers servers;
      std::array<Sums, proxy::WorkerTable::kSlots> of;  // each worker writes its own
    };
    auto answers = std::make_shared<Answers>();
    answers->servers = std::move(servers);
    workers_.each(
        [this, answers](std::size_t slot) {
          Sums& own = answers->of[slot];
          own.resize(answers->servers.size());
          workers_.worker(slot).count_holdings(answers->servers, own);
        },
        [answers, done = std::move(done)] {
          Sums all(answers->servers.size());
          for (const Sums& own : answers->of) {
            for (std::size_t i = 0; i < own.size(); ++i) all[i].add(own[i]);
          }
          done(all);
        });
  };
  hooks.close_idle = [this](std::shared_ptr<model::ServerLive> server) {
    workers_.each([this, server](std::size_t slot) { workers_.worker(slot).close_idle(*server); },
                  {});
  };
  hooks.end_tunnels = [this](std::shared_ptr<model::ServerLive> server, std::uint32_t permille) {
    workers_.each([this, server, permille](
                      std::size_t slot) { workers_.worker(slot).end_tunnels(*server, permille); },
                  {});
  };
  hooks.told = [this](const control::Drain& drain, control::DrainHooks::News news) {
    if (api_timer_.next_ms != 0) services_.api().model().drained(drain, news);
  };
  return hooks;
}

void Server::follow_drains() {
  const std::uint64_t next_ms = drains_.turn();
  if (next_ms != 0) drains_alarm_.arm(loop_->timers(), next_ms);
}

void Server::follow_drains_soon() { drains_alarm_.arm(loop_->timers(), loop_->now_ms()); }

}  // namespace sluice::app
