// Changes at run time that need another configuration to be built (`add server`, `del server`,
// `shutdown frontend`): the one in force is copied, changed, built from the same answers, and put
// in force like a reload's. And what operators ask the workers.
#include <utility>

#include "app/server.h"
#include "app/session_query.h"

namespace sluice::app {

void Server::ask_workers() {
  view_.sessions = [this](std::function<void(std::vector<model::SessionInfo>)> told) {
    list_sessions(workers_, std::move(told));
  };
  view_.session = [this](std::uint64_t id,
                         std::function<void(std::optional<model::SessionInfo>)> told) {
    find_session(workers_, id, std::move(told));
  };
  view_.end_session = [this](std::uint64_t id, std::function<void(bool)> told) {
    end_session(workers_, id, std::move(told));
  };
  view_.figures = [this](std::function<void(std::vector<model::WorkerFigures>)> told) {
    worker_figures(workers_, std::move(told));
  };
  view_.set_rate_limit = [this](admin::RateLimit which, std::uint32_t per_second) {
    set_rate_limit(which, per_second);
  };
  view_.reconfigure = [this](admin::ConfigurationEdit change,
                             std::function<void(base::Result<>)> told) {
    reconfigure({std::move(change), std::move(told)});
  };
}

void Server::reconfigure(Edit edit) {
  if (stopping_) {
    edit.told(base::fail(base::ErrorKind::Internal, "The process is stopping."));
    return;
  }
  if (reloading_) {
    edits_.push_back(std::move(edit));
    return;
  }
  reloading_ = true;
  if (auto done = try_edit(edit); !done) {
    reloading_ = false;
    edit.told(std::move(done));
    next_job();
  }
}

/// Errors: nothing has changed. Otherwise `told` hears when every worker has it.
base::Result<> Server::try_edit(const Edit& edit) {
  auto config = std::make_shared<model::Config>(*config_);
  if (auto changed = edit.change(*config); !changed) return changed;
  base::Diagnostics diagnostics;
  Prepared prepared;
  prepared.loaded =
      derive_configuration(std::move(config), generation_ + 1, parts_.registry,
                           *publisher_.current(), answers_, parts_.opener.get(), diagnostics);
  if (!prepared.loaded.snapshot) {
    publisher_.collect();  // what only the failed build had made
    for (const base::Diagnostic& each : diagnostics.all()) {
      if (each.severity == base::Severity::Error)
        return base::fail(base::ErrorKind::Configuration, each.message + ".");
    }
    return base::fail(base::ErrorKind::Internal, "It could not be built.");
  }
  ++generation_;
  prepared.descriptors = parts_.descriptors;
  prepared.threads = parts_.threads;
  put_in_force(std::move(prepared), [this, told = edit.told] {
    changes_.forget_retired();
    if (!parts_.listeners.fading().empty())
      fading_alarm_.arm(loop_->timers(), loop_->now_ms() + kFadeMs);
    reloading_ = false;
    told({});
    next_job();
  });
  return {};
}

void Server::set_rate_limit(admin::RateLimit which, std::uint32_t per_second) {
  switch (which) {
    case admin::RateLimit::Connections:
      shared_.rate_limits.connections = per_second;
      break;
    case admin::RateLimit::Sessions:
      shared_.rate_limits.sessions = per_second;
      break;
    case admin::RateLimit::TlsSessions:
      shared_.rate_limits.tls = per_second;
      break;
  }
  show_rate_limits();
  view_.limits_changed(nullptr);
}

/// What was set at run time holds while the configuration says what it said. Null: the first one.
void Server::take_rate_limits(const model::Global* before) {
  const model::Global& now = config_->global;
  if (before == nullptr || before->maxconnrate != now.maxconnrate)
    shared_.rate_limits.connections = now.maxconnrate;
  if (before == nullptr || before->maxsessrate != now.maxsessrate)
    shared_.rate_limits.sessions = now.maxsessrate;
  if (before == nullptr || before->maxsslrate != now.maxsslrate)
    shared_.rate_limits.tls = now.maxsslrate;
}

void Server::show_rate_limits() {
  view_.facts.rate_limits = {shared_.rate_limits.connections, shared_.rate_limits.sessions,
                             shared_.rate_limits.tls};
}

}  // namespace sluice::app
