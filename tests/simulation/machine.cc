#include "simulation/machine.h"

#include <algorithm>
#include <atomic>

#include "config/parse.h"
#include "control/build.h"
#include "simulation/pattern.h"

namespace sluice::simulation {

namespace {

constexpr std::uint64_t kLongestMs = 1'800'000;  // nothing may take longer, in virtual time
constexpr std::uint64_t kSettleMs = 1'300'000;   // the longest time-out, twice
constexpr std::uint16_t kRawOffset = 100;
constexpr std::uint32_t kFadeMs = 1'000;  // as the process does it
constexpr std::uint32_t kFadeAgainMs = 200;

/// Names are not resolved and nothing is encrypted here.
class NoResources final : public model::Resources {
 public:
  std::shared_ptr<void> bind_tls(const model::Bind&, const model::Global&,
                                 base::Diagnostics&) override {
    return nullptr;
  }
  std::shared_ptr<void> server_tls(const model::Server&, const model::Global&,
                                   base::Diagnostics&) override {
    return nullptr;
  }
  base::Result<std::vector<base::Address>> resolve(std::string_view host) override {
    return base::fail(base::ErrorKind::NotFound, "no names here: " + std::string(host));
  }
};

}  // namespace

Machine::Machine(const Plan& plan, bool verbose)
    : plan_(plan),
      world_(plan.seed, plan.faults),
      ledger_(world_, verbose),
      control_loop_(world_.make_loop()),
      origin_loop_(world_.make_loop()),
      client_loop_(world_.make_loop()),
      control_mail_(*control_loop_) {
  world_.set_step_limit(3'000'000);
  shared_.services = this;
  shared_.hostname = "simulation";
  shared_.connections.set_max(plan.max_connections);
  for (const std::uint16_t port : {kFrontPort, kRawPort}) {
    listening_.push_back(
        {port, world_.listen(*base::Address::from_ip(kAddress, port), plan.workers)});
  }
  make_workers();
  make_origins();
  for (const ClientPlan& client : plan.clients) {
    clients_.push_back(
        std::make_unique<Client>(*client_loop_, ledger_, client, plan.polite, front_port_));
  }
  for (const EventPlan& event : plan.events) {
    alarms_.push_back(std::make_unique<Alarm>(*control_loop_));
    alarms_.back()->after(event.at_ms, [this, &event] { happen(event); });
  }
}

/// Where something is wrong, connections are left: they end while every worker exists.
Machine::~Machine() {
  for (const auto& worker : workers_) worker->stop_now();
  shared_.give_back = nullptr;
  while (control_mail_.deliver_pending()) {  // what it touches still exists
  }
}

void Machine::make_workers() {
  proxy::WorkerLimits limits;
  limits.block_bytes = plan_.block_bytes;
  for (std::size_t slot = 0; slot < plan_.workers; ++slot) {
    loops_.push_back(world_.make_loop());
    workers_.push_back(
        std::make_unique<proxy::Worker>(slot, *loops_.back(), shared_, limits, plan_.seed + slot));
    shared_.workers.set(slot, workers_.back().get());
  }
  model::WorkerQuery& query = *this;
  publisher_ = std::make_unique<control::Publisher>(
      registry_, query, [this](std::size_t slot, std::shared_ptr<const control::Snapshot> next) {
        install(slot, std::move(next));
      });
  control::ChangeHooks hooks;
  hooks.views = [this](std::string_view backend) { return publisher_->views(backend); };
  hooks.now = [this] { return world_.now(); };
  changes_ = std::make_unique<control::LiveChanges>(query, std::move(hooks));
  shared_.give_back = [this](std::shared_ptr<const control::Snapshot> snapshot) {
    control_mail_.run([this, snapshot = std::move(snapshot)]() mutable {
      snapshot.reset();
      publisher_->collect();
    });
  };
  servers_ = plan_.servers.size();
  if (auto snapshot = build(servers_)) publisher_->publish(std::move(snapshot), {});
}

void Machine::make_origins() {
  for (const ServerPlan& server : plan_.servers) {
    const std::uint16_t ports[] = {server.port,
                                   static_cast<std::uint16_t>(server.port + kRawOffset)};
    for (const std::uint16_t port : ports) {
      for (const char* host : {kAddress, kOtherAddress}) {
        const base::Address address = *base::Address::from_ip(host, port);
        if (server.silent) world_.set_silent(address, true);
        if (server.refuses || server.silent) continue;
        origins_.push_back(std::make_unique<Origin>(*origin_loop_, ledger_, server.name, address));
        const bool strict = plan_.polite && port == server.port && server.maxconn != 0;
        if (strict) origins_.back()->set_limit(highest_maxconn(server.maxconn));
      }
    }
  }
}

/// What a server with that maxconn may ever be given; 0: any number.
std::uint32_t Machine::highest_maxconn(std::uint32_t written) const {
  std::uint32_t most = written;
  for (const EventPlan& event : plan_.events) {
    if (event.event == Event::Maxconn && most != 0) most = std::max(most, event.value);
  }
  return most;
}

/// Without the servers whose numbers are above `kept`.
std::string Machine::with_servers(std::size_t kept) const {
  std::string out;
  std::size_t from = 0;
  while (from < plan_.configuration.size()) {
    const std::size_t end = plan_.configuration.find('\n', from) + 1;
    const std::string line = plan_.configuration.substr(from, end - from);
    from = end;
    const bool dropped = std::any_of(
        plan_.servers.begin() + static_cast<std::ptrdiff_t>(std::min(kept, plan_.servers.size())),
        plan_.servers.end(),
        [&](const ServerPlan& each) { return line.starts_with("  server " + each.name + " "); });
    if (!dropped) out += line;
  }
  const std::string written = std::string(kAddress) + ":" + std::to_string(kFrontPort);
  const std::size_t bind = out.find("  bind " + written) + 7;
  out.replace(bind, written.size(), std::string(kAddress) + ":" + std::to_string(front_port_));
  return out;
}

std::shared_ptr<control::Snapshot> Machine::build(std::size_t servers) {
  base::Diagnostics diagnostics;
  config::Options options;
  options.environment = config::Environment();
  config::Parsed parsed =
      config::parse_text("simulation.cfg", with_servers(servers), options, diagnostics);
  NoResources resources;
  std::shared_ptr<control::Snapshot> snapshot;
  if (diagnostics.ok()) {
    auto config = std::make_shared<model::Config>(std::move(parsed.config));
    snapshot = control::build({config, ++generation_, registry_, resources, diagnostics});
  }
  if (snapshot) return snapshot;
  std::string why = "the configuration is not accepted:\n";
  for (const base::Diagnostic& each : diagnostics.all()) why += base::to_text(each);
  ledger_.wrong(std::move(why));
  return snapshot;
}

void Machine::install(std::size_t slot, std::shared_ptr<const control::Snapshot> snapshot) {
  std::vector<proxy::BindDescriptor> descriptors;
  for (const auto& frontend : snapshot->frontends) {
    for (const auto& bind : frontend->binds) {
      for (const Listening& each : listening_) {
        if (each.port != bind->config->address.port()) continue;
        descriptors.push_back({frontend.get(), bind.get(), each.descriptors[slot]});
      }
    }
  }
  for (const Listening& each : listening_) {
    if (each.fading) descriptors.push_back({nullptr, nullptr, each.descriptors[slot]});
  }
  workers_[slot]->use(std::move(snapshot), descriptors);
}

/// As the set of workers does: by mail, and the answer by mail to the control thread.
void Machine::each(std::function<void(std::size_t)> ask, std::function<void()> done) {
  if (!running_) {
    for (std::size_t slot = 0; slot < workers_.size(); ++slot) ask(slot);
    if (done) done();
    return;
  }
  auto open = std::make_shared<std::size_t>(workers_.size());
  for (std::size_t slot = 0; slot < workers_.size(); ++slot) {
    workers_[slot]->mailbox().run([this, slot, ask, done, open] {
      ask(slot);
      if (--*open != 0 || !done) return;
      control_mail_.run([done] { done(); });
    });
  }
}

http::ServiceReply Machine::serve(const http::ServiceRequest& request) {
  http::ServiceReply reply;
  const std::string* id = request.field("X-Id");
  const std::string* bytes = request.field("X-Bytes");
  if (id == nullptr || bytes == nullptr) {
    ledger_.wrong("the service got a request without its fields");
    return reply;
  }
  const std::size_t size = std::stoul(*bytes);
  const std::uint64_t number = ledger_.give(std::stoull(*id), size);
  reply.fields = {{"X-Id", *id}, {"X-Number", std::to_string(number)}, {"X-Bytes", *bytes}};
  const std::string body = pattern(number, size);
  if (number % 2 == 0) {
    reply.body = body;
    return reply;
  }
  reply.body = body.substr(0, size / 3);
  reply.more = [rest = body.substr(size / 3)]() mutable {
    std::string piece = rest.substr(0, 3'000);
    rest.erase(0, piece.size());
    return piece;
  };
  return reply;
}

void Machine::happen(const EventPlan& event) {
  ledger_.say("event " + std::to_string(static_cast<int>(event.event)));
  switch (event.event) {
    case Event::Reload:
      if (shared_.stopping) return;
      // Some take servers away, a later one brings them back. Of a polite plan the first one may be
      // drained, and another serves.
      return reload(event.value == 3 ? plan_.servers.size()
                                     : std::max(event.value, plan_.polite ? 2U : 1U));
    case Event::Drain:
      return change(event, control::SetAdmin{model::AdminState::Drain});
    case Event::Maint:
      return change(event, control::SetAdmin{model::AdminState::Maint});
    case Event::Ready:
      return change(event, control::SetAdmin{model::AdminState::Ready});
    case Event::Maxconn:
      return change(event, control::SetMaxconn{event.value});
    case Event::StopSoftly:
      return stop(true);
    case Event::StopNow:
      return stop(false);
    case Event::Move:
      return move(event);
    case Event::Lose:
      return change(event, control::LoseAddress{"simulation"});
    case Event::Down:
      return change(event, control::SetHealth{control::SetHealth::To::Down});
    case Event::Up:
      return change(event, control::SetHealth{control::SetHealth::To::Up});
    case Event::Stopping:
      return change(event, control::SetHealth{control::SetHealth::To::Stopping});
    case Event::Weigh:
      return change(event, control::SetWeight{event.value % 2 == 0 ? 100U : 0U,
                                              control::SetWeight::Unit::Percent});
    case Event::Rebind:
      if (!shared_.stopping) rebind();
      return;
  }
}

void Machine::reload(std::size_t servers) {
  servers_ = servers;
  auto snapshot = build(servers);
  if (!snapshot) return;
  ++reloading_;
  for (const auto& backend : publisher_->current()->backends)
    ledger_.crossed += backend->live->queue.length();
  publisher_->publish(std::move(snapshot), [this] {
    --reloading_;
    changes_->forget_retired();
    note_places();
  });
  note_places();
}

/// Where new requests may find the servers from now on. A server that a reload took away is gone
/// when every worker knows; where the listener has moved, who came by the old one may have one more
/// request under the configuration that it came with. Cookies lead to servers whatever their state.
void Machine::note_places() {
  if (plan_.binds) return;
  const auto* backend = publisher_->current()->find_backend("back");
  for (const ServerPlan& server : plan_.servers) {
    const model::ServerLive* live = backend->find_by_name(server.name);
    if (live == nullptr && moved_) ledger_.forget_place(server.port);
    if (live == nullptr && (reloading_ != 0 || moved_)) continue;
    const bool usable = live != nullptr && live->state().accepts_new();
    ledger_.note_place(server.port, usable ? live->address().host() : "");
  }
}

/// The new port is open before the configuration that names it is used; the old one fades.
void Machine::rebind() {
  moved_ = true;
  front_port_ = front_port_ == kFrontPort ? kOtherFrontPort : kFrontPort;
  bool open = false;
  for (Listening& each : listening_) {
    if (each.port == kRawPort) continue;
    each.fading = each.port != front_port_;
    open = open || !each.fading;
  }
  if (!open) {
    listening_.push_back({front_port_, world_.listen(*base::Address::from_ip(kAddress, front_port_),
                                                     plan_.workers)});
  }
  reload(servers_);
  fading_alarm_.after(kFadeMs, [this] { let_fading_go(); });
}

void Machine::let_fading_go() {
  std::vector<int> descriptors;
  for (const Listening& each : listening_) {
    if (each.fading)
      descriptors.insert(descriptors.end(), each.descriptors.begin(), each.descriptors.end());
  }
  if (descriptors.empty() || shared_.stopping) return;
  auto waiting = std::make_shared<bool>(false);
  each(
      [this, descriptors, waiting](std::size_t slot) {
        if (workers_[slot]->let_go(descriptors)) *waiting = true;
      },
      [this, descriptors, waiting] {
        if (shared_.stopping) return;
        const bool same = std::any_of(listening_.begin(), listening_.end(), [&](const auto& each) {
          return each.fading && each.descriptors.front() == descriptors.front();
        });
        if (*waiting || !same) {
          fading_alarm_.after(kFadeAgainMs, [this] { let_fading_go(); });
          return;
        }
        for (const int descriptor : descriptors) world_.stop_listening(descriptor);
        std::erase_if(listening_, [](const Listening& each) { return each.fading; });
      });
}

std::size_t Machine::server_of(const EventPlan& event) const {
  return plan_.polite ? 0 : event.value % plan_.servers.size();
}

void Machine::change(const EventPlan& event, control::ChangeAction action) {
  for (const char* backend : {"back", "rawback"}) apply(backend, server_of(event), action);
}

void Machine::move(const EventPlan& event) {
  const std::size_t which = server_of(event);
  const bool elsewhere = plan_.polite ? event.at_ms % 2 == 0 : event.value % 2 == 0;
  for (const char* backend : {"back", "rawback"}) {
    const bool raw = std::string_view(backend) == "rawback";
    const auto port =
        static_cast<std::uint16_t>(plan_.servers[which].port + (raw ? kRawOffset : 0));
    const auto address = base::Address::from_ip(elsewhere ? kOtherAddress : kAddress, port);
    apply(backend, which, control::SetAddress{*address, "simulation"});
  }
}

void Machine::apply(const char* backend, std::size_t server, control::ChangeAction action) {
  const auto* present = publisher_->current()->find_backend(backend);
  if (present->find_by_name(plan_.servers[server].name) == nullptr) return;  // taken away
  control::Change wanted;
  wanted.who = "simulation";
  wanted.target = {backend, plan_.servers[server].name};
  wanted.action = std::move(action);
  if (!changes_->apply(std::move(wanted), {})) ledger_.wrong("a change was not accepted");
  note_places();
}

void Machine::stop(bool softly) {
  shared_.stopping = true;
  each(
      [this, softly](std::size_t slot) {
        if (softly)
          workers_[slot]->stop_softly(plan_.seed % 3 == 0 ? 200 : 0);
        else
          workers_[slot]->stop_now();
      },
      [this] {
        for (const Listening& each : listening_) {
          for (const int descriptor : each.descriptors) world_.stop_listening(descriptor);
        }
      });
}

std::vector<std::string> Machine::run() {
  if (!ledger_.wrongs().empty()) return ledger_.wrongs();
  running_ = true;
  const auto done = [this] {
    check_queues();
    return std::all_of(clients_.begin(), clients_.end(), [](auto& each) { return each->done(); });
  };
  const net::SimOutcome outcome = world_.run_until(done, kLongestMs);
  if (outcome == net::SimOutcome::StepLimit) ledger_.wrong("it spins");
  for (const auto& client : clients_) {
    if (!client->done()) ledger_.wrong("a client still waits for " + client->position());
  }
  if (ledger_.wrongs().empty()) {
    if (world_.run_until_idle(kSettleMs) != net::SimOutcome::Idle) ledger_.wrong("it never rests");
    check_settled();
  }
  std::vector<std::string> out = ledger_.wrongs();
  const auto& violations = world_.violations();
  out.insert(out.end(), violations.begin(), violations.end());
  return out;
}

/// Between two steps, no slot is free while somebody waits who may have it. An older
/// configuration's waiters may not know the server: then those only whom the queue gives it to.
void Machine::check_queues() {
  if (!ledger_.wrongs().empty()) return;
  const bool all_know = publisher_->generations() == 1;
  for (const auto& backend : publisher_->current()->backends) {
    model::BackendQueue& queue = backend->live->queue;
    if (queue.waiting_for_any() == 0) continue;
    for (const auto& server : backend->servers) {
      model::ServerLive& live = *server->live;
      if (!live.state().accepts_new() || !live.in_rotation.load() || !live.limiter.has_room()) {
        continue;
      }
      const std::uint32_t waited = queue.length();
      if (!all_know) queue.hand_over(live);
      if (all_know || queue.length() != waited)
        ledger_.wrong("somebody waits while " + server->config->name + " has room");
    }
  }
}

void Machine::expect_zero(const std::string& what, std::uint64_t value) {
  if (value != 0) ledger_.wrong(what + ": " + std::to_string(value) + " at the end");
}

void Machine::check_settled() {
  for (const auto& worker : workers_) check_worker(*worker);
  expect_zero("connections", shared_.connections.used());
  check_limit("the process", shared_.connections, plan_.max_connections);
  expect_zero("open streams", world_.open_streams());
  expect_zero("descriptors that nobody took", world_.unclaimed());
  const auto snapshot = publisher_->current();
  for (const auto& frontend : snapshot->frontends) {
    const std::string name = "frontend " + frontend->config->name;
    expect_zero(name + ": slots", frontend->live->limiter.used());
    expect_zero(name + ": sessions", frontend->live->sessions.value());
    check_limit(name, frontend->live->limiter, frontend->live->limiter.max());
  }
  for (const auto& backend : snapshot->backends) check_backend(*backend);
  expect_zero("older configurations", publisher_->generations() - 1);
  for (const auto& backend : snapshot->backends) {
    const std::size_t known = backend->live->servers().size();
    expect_zero("servers that nothing names", known - backend->servers.size());
  }
}

void Machine::check_worker(proxy::Worker& worker) {
  const std::string name = "worker " + std::to_string(worker.slot());
  worker.reads().release();
  worker.responses().release();
  worker.heads().release();
  expect_zero(name + ": blocks", worker.blocks().in_use());
  expect_zero(name + ": exchanges", worker.exchanges().in_use());
  expect_zero(name + ": client states", worker.client_states().in_use());
  expect_zero(name + ": idle connections", worker.idle_pool().size());
  const std::size_t keys = worker.idle_pool().keys();  // at most one of each server may stay
  expect_zero(name + ": pool keys", keys > 2 * plan_.servers.size() ? keys : 0);
  expect_zero(name + ": load", worker.load());
  expect_zero(name + ": clients", worker.clients().front() != nullptr ? 1 : 0);
}

void Machine::check_backend(control::BackendRuntime& backend) {
  const std::string name = "backend " + backend.config->name;
  expect_zero(name + ": sessions", backend.live->sessions.value());
  expect_zero(name + ": queue", backend.live->queue.length());
  expect_zero(name + ": waiting", backend.live->queue.waiting_for_any());
  for (const auto& server : backend.servers) {
    const std::string whose = name + "/" + server->config->name;
    model::ServerLive& live = *server->live;
    expect_zero(whose + ": slots", live.limiter.used());
    expect_zero(whose + ": waiting", live.limiter.waiting());
    expect_zero(whose + ": sessions", live.sessions.value());
    expect_zero(whose + ": queued", live.queued.value());
    expect_zero(whose + ": idle", live.idle_connections.load());
    check_limit(whose, live.limiter, highest_maxconn(server->config->maxconn));
  }
}

void Machine::check_limit(const std::string& what, const model::Limiter& limiter,
                          std::uint32_t max) {
  if (max != 0 && limiter.peak() > max) {
    ledger_.wrong(what + " had " + std::to_string(limiter.peak()) + ", at most " +
                  std::to_string(max));
  }
}

}  // namespace sluice::simulation
