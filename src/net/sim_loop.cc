#include "net/sim_loop.h"

#include <cerrno>
#include <cstring>

#include "net/sim_stream.h"
#include "net/tls/tls_stream.h"

namespace sluice::net {

namespace {

constexpr std::uint64_t kAcceptRetryNs = 100'000'000;

class SimAcceptor final : public Acceptor, private SimReady {
 public:
  SimAcceptor(SimLoop& loop, int descriptor, Events& events)
      : SimReady(loop), descriptor_(descriptor), events_(events) {
    if (SimListener* listener = find()) listener->on_backlog = [this] { mark(); };
    mark();
  }
  ~SimAcceptor() override {
    *alive_ = false;
    if (SimListener* listener = find()) listener->on_backlog = nullptr;
  }
  void pause() noexcept override { paused_ = true; }
  void resume() noexcept override {
    paused_ = exhausted_ = false;
    mark();
  }
  void drain() noexcept override {
    const std::shared_ptr<bool> alive = alive_;
    while (*alive && accept_one()) {
    }
  }

 private:
  SimListener* find() const { return loop().world().listener(descriptor_); }

  bool run_ready() noexcept override {
    if (paused_ || exhausted_) return false;
    SimListener* listener = find();
    if (listener == nullptr || listener->backlog.empty()) return false;
    SimWorld& world = loop().world();
    if (world.chance(world.faults().exhausted_accepts)) {
      exhausted_ = true;
      world.at(world.clock_ns() + kAcceptRetryNs, [this, alive = alive_] {
        if (!*alive) return;
        exhausted_ = false;
        mark();
      });
      events_.on_accept_exhausted(*this);
      return true;
    }
    mark();  // looked at again after this call
    return accept_one();
  }

  bool accept_one() {
    SimListener* listener = find();
    if (listener == nullptr || listener->backlog.empty()) return false;
    std::shared_ptr<SimConnection> connection = std::move(listener->backlog.front());
    listener->backlog.pop_front();
    const base::Address peer = connection->address(SimConnection::kClient);
    events_.on_accepted(*this, {loop().world().keep_accepted(std::move(connection)), peer});
    return true;
  }

  int descriptor_;
  Events& events_;
  bool paused_ = false;
  bool exhausted_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class SimWakeup final : public Wakeup, private SimReady {
 public:
  SimWakeup(SimLoop& loop, Events& events) : SimReady(loop), events_(events) {}
  ~SimWakeup() override { *alive_ = false; }
  void wake() noexcept override {
    if (pending_) return;  // wakes until the call are one
    pending_ = true;
    SimWorld& world = loop().world();
    world.at(world.clock_ns() + world.some_delay_ns(), [this, alive = alive_] {
      if (*alive) mark();
    });
  }

 private:
  bool run_ready() noexcept override {
    pending_ = false;
    events_.on_wakeup();
    return true;
  }
  Events& events_;
  bool pending_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

class SimLoop::Timers final : public SimReady {
 public:
  explicit Timers(SimLoop& loop) : SimReady(loop) {}
  using SimReady::mark;

 private:
  bool run_ready() noexcept override {
    loop().wakes_at_ms_ = Timer::kNever;
    loop().wheel_.advance(loop().world_.now_ms());
    return true;
  }
};

class SimLoop::Calls final : public SimReady {
 public:
  explicit Calls(SimLoop& loop) : SimReady(loop) {}
  using SimReady::mark;

 private:
  bool run_ready() noexcept override {
    base::IntrusiveList<Deferred> turn;
    while (Deferred* call = loop().deferred_.front()) turn.push_back(*call);
    if (turn.empty()) return false;
    while (Deferred* call = turn.front()) {
      call->unlink();
      call->on_deferred();
    }
    return true;
  }
};

SimLoop::SimLoop(SimWorld& world)
    : world_(world),
      wheel_(world.now_ms(), *this),
      due_timers_(std::make_unique<Timers>(*this)),
      due_calls_(std::make_unique<Calls>(*this)) {
  world_.loops_.push_back(this);
}

SimLoop::~SimLoop() { std::erase(world_.loops_, this); }

void SimLoop::run() {
  (void)world_.run_until([this] { return stopped_; }, UINT64_MAX / 2'000'000);
}

void SimLoop::mark_due_timers() {
  if (!stopped_ && wakes_at_ms_ <= world_.now_ms()) due_timers_->mark();
}

void SimLoop::defer(Deferred& call) noexcept {
  world_.check_thread(*this, "defer()");
  if (call.linked()) return;
  deferred_.push_back(call);
  due_calls_->mark();
}

base::Result<std::unique_ptr<Stream>> SimLoop::connect(const ConnectOptions& options,
                                                       Stream::Events& events) {
  world_.check_thread(*this, "connect()");
  base::Address from = world_.next_client_address();
  if (options.source.is_set()) {
    const std::uint16_t port = from.port();
    from = options.source;
    if (from.is_ip() && from.port() == 0) from.set_port(port);
  }
  auto connection = std::make_shared<SimConnection>(world_, from, options.address);
  auto stream = std::make_unique<SimStream>(*this, connection, SimConnection::kClient, events);
  connection->connect();
  if (options.tls == nullptr) return stream;
  return make_tls_client_stream(std::move(stream), *options.tls, options.tls_server_name, *this,
                                events);
}

std::unique_ptr<Stream> SimLoop::adopt(int descriptor, const TlsServerContext* tls,
                                       Stream::Events& events) {
  world_.check_thread(*this, "adopt()");
  std::shared_ptr<SimConnection> connection = world_.take_accepted(descriptor);
  if (connection == nullptr) {
    world_.violated("adopt() of descriptor " + std::to_string(descriptor) +
                    ", which is not a fresh one");
    connection = std::make_shared<SimConnection>(world_, base::Address(), base::Address());
    connection->close(SimConnection::kClient, SimClose::Reset);
  }
  auto stream =
      std::make_unique<SimStream>(*this, std::move(connection), SimConnection::kServer, events);
  if (tls == nullptr) return stream;
  return make_tls_server_stream(std::move(stream), *tls, *this, events);
}

void SimLoop::discard(int descriptor) noexcept {
  world_.check_thread(*this, "discard()");
  if (std::shared_ptr<SimConnection> connection = world_.take_accepted(descriptor)) {
    connection->close(SimConnection::kServer, SimClose::Orderly);
  } else {
    world_.violated("discard() of descriptor " + std::to_string(descriptor) +
                    ", which is not a fresh one");
  }
}

std::unique_ptr<Acceptor> SimLoop::accept_on(int descriptor, Acceptor::Events& events) {
  world_.check_thread(*this, "accept_on()");
  return std::make_unique<SimAcceptor>(*this, descriptor, events);
}

std::unique_ptr<Wakeup> SimLoop::make_wakeup(Wakeup::Events& events) {
  return std::make_unique<SimWakeup>(*this, events);
}

}  // namespace sluice::net
