// One run: workers, control thread, origins and clients of a plan in a simulated world, and what
// has to hold when they are through.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/live_changes.h"
#include "control/publish.h"
#include "control/registry.h"
#include "http/service.h"
#include "model/worker_query.h"
#include "net/mailbox.h"
#include "proxy/worker.h"
#include "simulation/client.h"
#include "simulation/origin.h"
#include "simulation/plan.h"

namespace sluice::simulation {

class Machine final : private proxy::ServiceGateway,
                      private http::Service,
                      private model::WorkerQuery {
 public:
  Machine(const Plan& plan, bool verbose);
  ~Machine() override;

  /// What was wrong, in words; empty when all is well.
  [[nodiscard]] std::vector<std::string> run();
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const net::SimWorld& world() const { return world_; }

 private:
  struct Listening {
    std::uint16_t port;
    std::vector<int> descriptors;
    bool fading = false;  // no configuration names it any more
  };

  // ServiceGateway, Service, WorkerQuery
  void post(net::Mail& mail) noexcept override { control_mail_.post(mail); }
  [[nodiscard]] http::Service* find(std::string_view) override { return this; }
  [[nodiscard]] http::ServiceReply serve(const http::ServiceRequest& request) override;
  void each(std::function<void(std::size_t)> ask, std::function<void()> done) override;
  [[nodiscard]] std::size_t workers() const override { return workers_.size(); }

  void make_workers();
  void make_origins();
  [[nodiscard]] std::string with_servers(std::size_t kept) const;
  [[nodiscard]] std::shared_ptr<control::Snapshot> build(std::size_t servers);
  [[nodiscard]] std::uint32_t highest_maxconn(std::uint32_t written) const;
  void install(std::size_t slot, std::shared_ptr<const control::Snapshot> snapshot);
  void happen(const EventPlan& event);
  void note_places();
  void change(const EventPlan& event, control::ChangeAction action);
  void move(const EventPlan& event);
  void reload(std::size_t servers);
  void rebind();
  void let_fading_go();
  [[nodiscard]] std::size_t server_of(const EventPlan& event) const;
  void apply(const char* backend, std::size_t server, control::ChangeAction action);
  void stop(bool softly);
  void check_queues();
  void check_settled();
  void check_worker(proxy::Worker& worker);
  void check_backend(control::BackendRuntime& backend);
  void check_limit(const std::string& what, const model::Limiter& limiter, std::uint32_t max);
  void expect_zero(const std::string& what, std::uint64_t value);

  const Plan& plan_;
  net::SimWorld world_;
  Ledger ledger_;
  std::unique_ptr<net::SimLoop> control_loop_;
  std::unique_ptr<net::SimLoop> origin_loop_;
  std::unique_ptr<net::SimLoop> client_loop_;
  net::Mailbox control_mail_;
  std::vector<std::unique_ptr<net::SimLoop>> loops_;
  std::vector<Listening> listening_;
  std::uint16_t front_port_ = kFrontPort;
  bool moved_ = false;       // the frontend, to its other port
  std::size_t servers_ = 0;  // of the configuration in force
  Alarm fading_alarm_{*control_loop_};
  control::Registry registry_;
  std::uint64_t generation_ = 0;
  bool running_ = false;  // what is asked of the workers goes by mail
  int reloading_ = 0;     // reloads that some worker does not know of yet
  proxy::Shared shared_;
  std::vector<std::unique_ptr<proxy::Worker>> workers_;
  std::unique_ptr<control::Publisher> publisher_;
  std::unique_ptr<control::LiveChanges> changes_;
  std::vector<std::unique_ptr<Alarm>> alarms_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace sluice::simulation
