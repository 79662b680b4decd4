// The server's part in what outlives the process: states are restored before the workers run, the
// keeper hears of every change, and changes that were to be confirmed expire.
#include <algorithm>
#include <utility>

#include "app/server.h"

namespace sluice::app {

control::KeeperHooks Server::keeper_hooks() {
  control::KeeperHooks hooks;
  hooks.snapshot = [this] { return publisher_.current(); };
  hooks.now_us = [this] { return loop_->now().wall_us; };
  hooks.now_ms = [this] { return loop_->now_ms(); };
  hooks.post = [this](std::function<void()> call) { mailbox_.run(std::move(call)); };
  hooks.soon = [this] { loop_->defer(keeper_flush_); };
  hooks.at = [this](std::uint64_t at_ms) {
    if (!keeper_alarm_.armed() || at_ms < keeper_alarm_.deadline_ms())
      keeper_alarm_.arm(loop_->timers(), at_ms);
  };
  hooks.say = [this](const std::string& line) {
    parts_.report.say(Say::Warning, line);
    logs_.send(config_->global.logs, static_cast<int>(control::LogLevel::Alert),
               config_->global.log_tag, shared_.pid, line);
  };
  return hooks;
}

/// The file of `server-state-file` first: what an operator set since it was written wins.
void Server::restore_states() {
  for (const std::string& line :
       control::restore_states(parts_.loaded.saved, *publisher_.current(), started_ms_))
    parts_.report.say(Say::Warning, line);
  change_log_.told = [this](control::LoggedChange& change) { change_told(change); };
  keeper_.start(std::move(parts_.state_dir.folder), parts_.state_dir.configuration);
  expire_changes();
}

void Server::change_told(control::LoggedChange& change) {
  keeper_.told(change);
  if (change.pending()) expire_changes_later();
  if (api_timer_.next_ms != 0) services_.api().model().told(change);
}

/// Whoever asked for it may be offline, and may have asked the process before this one.
void Server::expire_changes() {
  services_.api().expire();
  expire_changes_later();
}

void Server::expire_changes_later() {
  const std::int64_t now_us = loop_->now().wall_us;
  std::int64_t next_us = INT64_MAX;
  for (const control::LoggedChange& change : change_log_.entries()) {
    if (change.pending()) next_us = std::min(next_us, *change.expires_at_us);
  }
  if (next_us == INT64_MAX) return;
  const std::int64_t wait_ms = std::max<std::int64_t>(next_us - now_us, 0) / 1'000 + 1;
  // The wall clock may be set: looked at again each minute at least.
  constexpr std::int64_t kLookMs = 60'000;
  expiry_alarm_.arm(loop_->timers(),
                    loop_->now_ms() + static_cast<std::uint64_t>(std::min(wait_ms, kLookMs)));
}

/// One entry: that the configuration was read again, and what of the operators' it did away with.
void Server::note_reload() {
  change_log_.begin(reload_origin_);
  for (control::LoggedItem& item : std::exchange(reload_items_, {}))
    change_log_.note({}, 0, std::move(item));
  const auto& all = publisher_.current();
  change_log_.note({}, 0, {"*", "reload", "", std::to_string(all->generation)});
  control::LoggedChange& entry = change_log_.commit(loop_->now().wall_us);
  change_log_.told(entry);
}

}  // namespace sluice::app
