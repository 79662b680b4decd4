// Changes, implemented. Every change of a server's state goes through transition(), which keeps
// together what belongs together, in this order: the state; the balancers of every generation that
// lives (what they replace is destroyed after each worker was quiescent); the queues; the
// histories; the log. Control thread.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/backend_view.h"
#include "control/change.h"
#include "control/state_log.h"
#include "control/warm_up.h"
#include "model/server_transition.h"
#include "model/worker_query.h"

namespace sluice::control {

/// What the changes need of the rest of the process. All but `views` and `now` may be empty.
struct ChangeHooks {
  /// The backend of that name in every generation, oldest first (Publisher::views).
  std::function<std::vector<BackendView>(std::string_view backend)> views;
  std::function<base::Moment()> now;
  /// A line for the logs of `proxy`.
  std::function<void(const model::Proxy& proxy, const StateLine& line)> log;
  /// Ends the requests that the server is serving.
  std::function<void(model::ServerLive& server)> shutdown_sessions;
  /// Checks of the server are to pause, resume or run at once: look at its state and check_enabled.
  std::function<void(model::ServerLive& server)> checks_changed;
  /// The next check of the server is not to be later than this.
  std::function<void(model::ServerLive& server, std::uint32_t within_ms)> check_within;
  /// The change was applied.
  std::function<void(const Change& change)> applied;
  /// A change from there was not applied: it was out of range, or what it was for is not there.
  std::function<void(ChangeSource from)> refused;
  /// The state or the weight of the server is another one; whoever asked for it.
  std::function<void(const model::ServerLive& server)> moved;
  /// LiveChanges::warm_up() is to be called then.
  std::function<void(std::uint64_t at_ms)> warm_up_due;
};

class LiveChanges final : public Changes {
 public:
  static constexpr std::size_t kMaxRecent = 256;
  LiveChanges(model::WorkerQuery& workers, ChangeHooks hooks);

  base::Result<> apply(Change change, std::function<void()> acknowledged) override;
  void report(model::ServerLive& server, const model::CheckReport& report,
              std::uint64_t now_ms) override;
  void errors_observed(model::ServerLive& server) override;
  void agent_said(model::ServerLive& server, const model::AgentReport& said) override;
  /// Servers that warm up take more of their share; to be called when a change or a call before
  /// said so by `warm_up_due`.
  void warm_up();
  /// After a reload: servers that no configuration in force names are of no more interest here.
  void forget_retired();
  [[nodiscard]] const std::vector<Change>& recent() const override { return recent_; }

 private:
  /// What one change is applied to, and what has to be kept until it is acknowledged.
  struct Work {
    std::vector<BackendView> views;
    model::ServerLive* server = nullptr;
    const model::Server* config = nullptr;
    std::uint64_t now_ms = 0;
    const model::CheckReport* check = nullptr;
    StateChange::Told told = StateChange::Told::Change;
    std::string_view operator_text;  // "changed from CLI"; empty: no operator's word
    std::string lost_because;        // why the server has no address any more
    bool came_along = false;         // its address is a service's additional record
    std::vector<std::shared_ptr<const void>> retired;
    [[nodiscard]] const BackendView& newest() const { return views.back(); }
  };

  [[nodiscard]] base::Result<Work> find_target(const ServerTarget& target) const;
  base::Result<> act(Work& work, Change& change, const SetAdmin& action);
  base::Result<> act(Work& work, Change& change, const SetWeight& action);
  base::Result<> act(Work& work, Change& change, const SetHealth& action);
  base::Result<> act(Work& work, Change& change, const SetChecks& action);
  base::Result<> act(Work& work, Change& change, const SetAgent& action);
  base::Result<> act(Work& work, Change& change, const SetAgentHealth& action);
  base::Result<> act(Work& work, Change& change, const SetProbe& action);
  base::Result<> act(Work& work, Change& change, const SetAgentSend& action);
  base::Result<> act(Work& work, Change& change, const SetDynamicCookie& action);
  base::Result<> act(Work& work, Change& change, const SetDynamicCookieKey& action);
  base::Result<> act(Work& work, Change& change, const SetMaxconn& action);
  base::Result<> act(Work& work, Change& change, const ShutdownSessions& action);
  base::Result<> act(Work& work, Change& change, const SetAddress& action);
  base::Result<> act(Work& work, Change& change, const LoseAddress& action);
  base::Result<> act(Work& work, Change& change, const SetName& action);
  void say(const Work& work, std::string text);

  static bool repeats_itself(model::ServerLive& server, const model::CheckReport& report);
  void take_report(Work& work, const model::CheckReport& report, const model::ReportResult& result);
  void lead_trackers(const Work& work, const model::ServerStateWord& before);
  void end_sessions(const Work& work, const model::ServerStateWord& before);
  base::Result<> try_to(Change change, std::function<void()> acknowledged);
  void transition(Work& work, model::ServerStateWord after);
  void ask_to_warm_up();
  void note_backend(Work& work, std::uint32_t usable_before);
  /// What became of those that waited, and how many still wait for the server alone.
  struct QueueMoves {
    std::uint32_t requeued = 0, remaining = 0;
  };
  static QueueMoves move_waiting(const Work& work, bool closed);
  void write_lines(const Work& work, const model::ServerStateWord& before, QueueMoves moves);
  void log_check(const Work& work, const model::ServerStateWord& after);
  void finish(Work work, std::function<void()> acknowledged);
  void remember(Change change);

  model::WorkerQuery& workers_;
  ChangeHooks hooks_;
  std::vector<Change> recent_;
  WarmUp warm_up_;
};

}  // namespace sluice::control
