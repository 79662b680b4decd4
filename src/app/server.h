// The control thread of a running proxy and what it owns: workers, publisher, changes, checks,
// internal services, runtime sockets, signals. Made when everything is open and rights are dropped.
// A reload (server_reload.cc) does all that can fail before it changes anything.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/runtime_socket.h"
#include "admin/view.h"
#include "app/configuration.h"
#include "app/listeners.h"
#include "app/name_resolution.h"
#include "app/notify.h"
#include "app/observations.h"
#include "app/opener.h"
#include "app/privileges.h"
#include "app/process_meter.h"
#include "app/report.h"
#include "app/services.h"
#include "app/signals.h"
#include "app/state_dir.h"
#include "app/worker_set.h"
#include "control/drains.h"
#include "control/live_changes.h"
#include "control/publish.h"
#include "control/state_keeper.h"
#include "health/checker.h"
#include "net/listening_socket.h"
#include "net/timer_wheel.h"
#include "proxy/log_sender.h"

namespace sluice::app {

struct OpenRuntimeSocket {
  net::ListeningSocket socket;
  model::StatsSocket settings;
};

/// Opened while there are rights to; errors to `diagnostics`.
[[nodiscard]] std::vector<OpenRuntimeSocket> open_runtime_sockets(const model::Config& config,
                                                                  Opener* opener,
                                                                  base::Diagnostics& diagnostics);

struct ServerParts {
  Loaded loaded;
  control::Registry& registry;
  Listeners& listeners;
  std::vector<OpenRuntimeSocket> runtime_sockets;
  DescriptorPlan descriptors;
  std::uint32_t threads = 1;
  Report& report;
  const RunCommand& command;
  Notifier& notifier;
  std::unique_ptr<Opener> opener;  // null: the process keeps its rights
  StateDir state_dir;
  std::unique_ptr<ProcessMeter> meter;
};

class Server final : public Signals::Listener, private health::Sink, private net::Timer {
 public:
  explicit Server(ServerParts parts);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// One line per listener, then version, threads and maxconn.
  void announce();
  /// Until the process is told to stop. Returns an exit code.
  [[nodiscard]] int run();

 private:
  void on_order(Order order) noexcept override;
  void report(model::ServerLive& server, const model::CheckReport& report) override;
  void agent_said(model::ServerLive& server, const model::AgentReport& said) override;
  void on_timer() noexcept override;  // while stopping: is everybody gone?
  void stop_softly();
  void stop_accepting();
  void stop_now();
  void tell_alive();
  void start_api();
  void api_second();
  void fill_view();
  void take_facts();

  // server_configuration.cc
  [[nodiscard]] admin::ConfigurationFiles running_files() const;
  [[nodiscard]] admin::ConfigurationFiles check_files(base::Diagnostics& diagnostics);
  admin::ConfigurationFiles check_text(base::Diagnostics& diagnostics,
                                       const admin::ConfigurationText& text);
  void measure(stats::ProcessGauges& gauges) const;
  [[nodiscard]] stats::ProcessUsage use() const;
  void take_observations();
  [[nodiscard]] std::string running_with() const;
  void start_checks(health::CheckTargets targets);
  void start_histories();

  // server_reload.cc
  using Told = std::function<void(const admin::ReloadResult&)>;
  /// Everything of a new configuration that could fail is done.
  struct Prepared {
    Loaded loaded;
    std::vector<OpenRuntimeSocket> sockets;
    DescriptorPlan descriptors;
    std::uint32_t threads = 1;
  };
  void reload(Told told, control::ChangeOrigin origin);
  static constexpr std::uint32_t kFadeMs = 1'000;  // for handshakes that had begun
  void put_in_force(Prepared prepared, std::function<void()> done);
  void next_job();
  [[nodiscard]] std::optional<Prepared> prepare_reload(base::Diagnostics& diagnostics);
  void open_sockets(Prepared& prepared, base::Diagnostics& diagnostics);
  void take_over(Prepared prepared);
  void take_sockets(std::vector<OpenRuntimeSocket> fresh);
  void take_limits(const DescriptorPlan& descriptors);
  void reload_done(std::uint32_t threads);
  void reload_failed(const base::Diagnostics& diagnostics);
  void end_reload(bool done);
  void answer_waiting();
  void let_fading_go();
  void bound_generation(const model::Global& global, std::uint64_t generation);
  void end_old_generations();
  // server_changes.cc
  struct Edit {
    admin::ConfigurationEdit change;
    std::function<void(base::Result<>)> told;
  };
  void ask_workers();
  void reconfigure(Edit edit);
  [[nodiscard]] base::Result<> try_edit(const Edit& edit);
  void set_rate_limit(admin::RateLimit which, std::uint32_t per_second);
  void take_rate_limits(const model::Global* before);
  void show_rate_limits();
  void log_state(const model::Proxy& proxy, const control::StateLine& line);
  [[nodiscard]] control::ChangeHooks hooks();

  // server_states.cc: what outlives the process
  [[nodiscard]] control::KeeperHooks keeper_hooks();
  void restore_states();
  void change_told(control::LoggedChange& change);
  void expire_changes();
  void expire_changes_later();
  void keeper_tick() { keeper_.tick(); }
  void note_reload();
  // server_drains.cc
  [[nodiscard]] control::DrainHooks drain_hooks();
  void follow_drains();
  void follow_drains_soon();

  ServerParts parts_;
  std::shared_ptr<const model::Config> config_;
  std::shared_ptr<KeptAnswers> answers_;  // what it was built from
  std::unique_ptr<net::Loop> loop_;
  net::Mailbox mailbox_;
  proxy::Shared shared_;
  proxy::LogSender logs_;
  WorkerSet workers_;
  control::Publisher publisher_;
  control::LiveChanges changes_;
  control::ChangeLog change_log_;
  control::StateKeeper keeper_;
  control::Drains drains_{drain_hooks()};
  admin::View view_;
  Services services_;
  Observations observations_;
  health::Checker checker_;
  NameResolution names_;
  admin::RuntimeLimits runtime_limits_;
  std::vector<std::unique_ptr<admin::RuntimeSocket>> sockets_;
  std::unique_ptr<Signals> signals_;
  /// When servers that warm up take more.
  struct WarmUpTimer final : net::Timer {
    explicit WarmUpTimer(control::LiveChanges& who) : changes(who) {}
    void on_timer() noexcept override { changes.warm_up(); }
    control::LiveChanges& changes;
  } warm_up_timer_{changes_};
  /// What calls a member function at a time.
  struct Alarm final : net::Timer {
    Alarm(Server& who, void (Server::*what)()) : server(who), call(what) {}
    void on_timer() noexcept override { (server.*call)(); }
    Server& server;
    void (Server::*call)();
  };
  Alarm fading_alarm_{*this, &Server::let_fading_go};
  Alarm drains_alarm_{*this, &Server::follow_drains};
  Alarm generations_alarm_{*this, &Server::end_old_generations};
  struct OldGeneration {
    std::uint64_t ends_at_ms;  // hard-stop-after
    std::uint64_t generation;
  };
  std::vector<OldGeneration> old_generations_;
  std::vector<std::unique_ptr<admin::RuntimeSocket>> closing_sockets_;
  Listeners::Plan plan_;  // of the snapshot that is published; workers read it when they take that
  std::vector<std::shared_ptr<const base::SourceFile>> files_;  // of what runs
  std::int64_t loaded_us_ = 0;                                  // wall clock
  std::uint64_t generation_ = 1;  // of the configuration that was read last
  bool reloading_ = false;
  struct Asked {
    Told told;
    control::ChangeOrigin origin;
  };
  std::vector<Told> told_;                         // who hears of the reload that runs
  control::ChangeOrigin reload_origin_;            // who asked for it
  std::vector<control::LoggedItem> reload_items_;  // what it did away with
  std::vector<Asked> waiting_;                     // who asked meanwhile: one more follows
  std::deque<Edit> edits_;                         // changes that wait for their turn
  std::uint64_t reload_began_ms_ = 0;
  stats::Reloads reloads_;
  /// The control API's second; there is none without a stats listener.
  struct ApiTimer final : net::Timer {
    explicit ApiTimer(Server& whose) : server(whose) {}
    void on_timer() noexcept override { server.api_second(); }
    Server& server;
    std::uint64_t next_ms = 0;
  } api_timer_{*this};
  /// Tells the control API's clients soon after something moved.
  struct SettleTimer final : net::Timer {
    explicit SettleTimer(Services& which) : services(which) {}
    void on_timer() noexcept override { services.api().model().settle(); }
    Services& services;
  } settle_timer_{services_};
  /// When the service manager's watchdog is told that every thread turns.
  struct AliveTimer final : net::Timer {
    explicit AliveTimer(Server& whose) : server(whose) {}
    void on_timer() noexcept override { server.tell_alive(); }
    Server& server;
  } alive_timer_{*this};
  /// What was told in an event is written when it is over.
  struct KeeperFlush final : net::Deferred {
    explicit KeeperFlush(control::StateKeeper& which) : keeper(which) {}
    void on_deferred() noexcept override { keeper.flush(); }
    control::StateKeeper& keeper;
  } keeper_flush_{keeper_};
  Alarm keeper_alarm_{*this, &Server::keeper_tick};
  Alarm expiry_alarm_{*this, &Server::expire_changes};
  std::uint64_t started_ms_;
  std::uint64_t hard_stop_at_ms_ = 0;
  Alarm grace_alarm_{*this, &Server::stop_accepting};
  bool stopping_ = false;
};

}  // namespace sluice::app
