// A worker: one thread, one loop, its client connections, its pool of idle server connections, its
// blocks and counters. Nothing of it is touched by another thread but its mailbox.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/block.h"
#include "base/limits.h"
#include "base/random.h"
#include "control/snapshot.h"
#include "http/service.h"
#include "model/holdings.h"
#include "model/limiter.h"
#include "model/login_sessions.h"
#include "model/request_sample.h"
#include "model/session_info.h"
#include "net/listening_socket.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "net/password_pool.h"
#include "net/pipe.h"
#include "proxy/client_connection.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/idle_pool.h"
#include "proxy/listener.h"
#include "proxy/log_sender.h"
#include "proxy/object_pool.h"
#include "proxy/request_watch.h"
#include "proxy/scratch.h"
#include "proxy/worker_lists.h"
#include "proxy/worker_table.h"

namespace sluice::proxy {

/// Runs internal services on the control thread; implemented in app/.
class ServiceGateway {
 public:
  virtual ~ServiceGateway() = default;
  /// Any thread: `work` runs on the control thread.
  virtual void post(net::Mail& mail) noexcept = 0;
  /// Control thread only; null for a name that nobody serves.
  [[nodiscard]] virtual http::Service* find(std::string_view name) = 0;
};

/// Tells the control thread that live traffic showed too many errors of some server
/// (ServerLive::errors); implemented in app/.
class ObservationGateway {
 public:
  virtual ~ObservationGateway() = default;
  /// Any thread.
  virtual void error_limit_reached() noexcept = 0;
};

/// maxconnrate, maxsessrate and maxsslrate; 0: none. The control thread may change them.
struct RateLimits {
  std::atomic<std::uint32_t> connections{0}, sessions{0}, tls{0};
};

/// TLS as `show info` tells of it. Any thread.
struct TlsCounts {
  model::Gauge connections;  // with clients and with servers
  std::atomic<std::uint64_t> total{0};
  model::Rate sessions;                  // handshakes with clients
  model::Rate client_keys, server_keys;  // those that resumed no session

  void begun() noexcept {
    connections.increase();
    total.fetch_add(1, std::memory_order_relaxed);
  }
};

/// What all workers share; outlives them.
struct Shared {
  model::Limiter connections;              // global maxconn
  std::atomic<std::uint64_t> requests{0};  // %rt
  std::atomic<std::uint64_t> connections_total{0};
  model::Rate connection_rate;
  model::Rate session_admissions, tls_admissions;  // counted while anything is limited
  RateLimits rate_limits;
  TlsCounts tls;
  std::atomic<std::uint64_t> dropped_logs{0};  // lines that no target took
  std::atomic<bool> stopping{false};
  WorkerTable workers;
  net::PasswordPool passwords;
  model::LoginSessions logins;
  ServiceGateway* services = nullptr;
  ObservationGateway* observations = nullptr;
  /// Any worker's thread: it uses that snapshot no more. To be destroyed on the control thread.
  std::function<void(std::shared_ptr<const control::Snapshot> snapshot)> give_back;
  /// Any worker's thread: a request ended that the filters of those ids want.
  std::function<void(std::vector<std::uint64_t> ids, model::RequestSample sample)> show_sample;
  std::string hostname;  // %H
  std::uint32_t pid = 0;
};

/// tune.bufsize, tune.maxrewrite, tune.http.maxhdr, and how many pipes there are descriptors for.
struct WorkerLimits {
  std::size_t block_bytes = base::limits::kBlockBytes;
  std::size_t max_rewrite_bytes = base::limits::kMaxRewriteBytes;
  std::size_t max_fields = base::limits::kMaxHeaderFields;
  std::size_t pipes = base::limits::kPipesPerWorker;
};

/// A descriptor that this worker polls for a bind line. Without a frontend: no line names it any
/// more; who polls it goes on for the lines that did, until let_go().
struct BindDescriptor {
  const control::FrontendRuntime* frontend = nullptr;
  const control::BindRuntime* bind = nullptr;
  int descriptor = -1;
};

class Worker {
 public:
  Worker(std::size_t slot, net::Loop& loop, Shared& shared, const WorkerLimits& limits,
         std::uint64_t seed);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Called in the worker's own thread (by mail, or before it runs)
  /// The first configuration, or the next: listeners it shares with the present one stay open.
  /// Connections move on between two requests, idle ones by themselves, some in each event; so are
  /// idle connections to servers that are gone closed, and until then the last one is kept.
  void use(std::shared_ptr<const control::Snapshot> snapshot,
           const std::vector<BindDescriptor>& descriptors);
  /// Empties the backlogs of these descriptors and polls them no more. True: somebody waits there
  /// for a slot, and is still to be served.
  [[nodiscard]] bool let_go(const std::vector<int>& descriptors);
  /// Cuts the connections that still hold a configuration up to that generation, some in each
  /// event.
  void end_generations(std::uint64_t last);
  static constexpr std::uint32_t kMovesPerTurn = 64, kCutsPerTurn = 16;
  /// Any thread. A worker that leaves is handed no connection, and its own end with their next
  /// response.
  void set_leaving(bool leaving) { leaving_.store(leaving, std::memory_order_relaxed); }
  [[nodiscard]] bool leaving() const { return leaving_.load(std::memory_order_relaxed); }
  /// While it leaves: clients that stay idle for kLeaveIdleMs are closed. A request that comes
  /// before is answered, and its response says that it is the last.
  void close_idle_clients();
  static constexpr std::uint64_t kLeaveIdleMs = 1'000;
  /// When the next of many clients is to be closed if it is idle until then: in kLeaveIdleMs, but
  /// only so many in each millisecond.
  [[nodiscard]] std::uint64_t next_leave_ms();
  static constexpr std::uint32_t kLeavesPerMs = 8;
  /// No new connections; the backlog is emptied first; idle clients are closed, the rest finish.
  /// `spread_ms`: over that time instead of at once (`close-spread-time`); kForever: not at all.
  void stop_softly(std::uint64_t spread_ms);
  static constexpr std::uint64_t kForever = net::Timer::kNever;
  /// Everything is closed.
  void stop_now();
  /// Any thread: connections at work here.
  [[nodiscard]] std::uint32_t load() const { return load_.load(std::memory_order_relaxed); }

  /// Ends the requests that `server` is serving (`shutdown sessions server`).
  void shutdown_sessions(const model::ServerLive& server);
  /// Its clients' requests end, and idle ones are closed; who is answered by an internal service
  /// (who asked for this among them) gets the answer.
  void shutdown_sessions(const model::FrontendLive& frontend);

  // worker_report.cc
  /// How far a look at the requests at work has come.
  struct SessionWalk {
    bool begun = false;
    std::uint32_t left = 0;  // clients to look at
  };
  /// Appends some of the requests at work. True: that was all of them; else it is to be called
  /// again, in another event, so that the worker never stops for long.
  [[nodiscard]] bool report_sessions(SessionWalk& walk, std::vector<model::SessionInfo>& out);
  /// The one with that id; nothing: it is not here.
  [[nodiscard]] std::optional<model::SessionInfo> find_session(std::uint64_t id);
  /// Ends it (`shutdown session`). False: it is not here.
  [[nodiscard]] bool end_session(std::uint64_t id);
  [[nodiscard]] model::WorkerFigures figures();
  // worker_drains.cc: what holds a server that drains
  /// Adds what holds servers[i] here to holdings[i].
  void count_holdings(const std::vector<std::shared_ptr<model::ServerLive>>& servers,
                      std::vector<model::Holdings>& holdings);
  /// Closes idle connections to the server.
  void close_idle(const model::ServerLive& server);
  /// Ends about that share of the server's tunnels, chosen by chance; 1000: all.
  void end_tunnels(const model::ServerLive& server, std::uint32_t permille);

  [[nodiscard]] std::size_t slot() const { return slot_; }
  [[nodiscard]] net::Loop& loop() { return loop_; }
  /// The time of the present event: read when first asked for, then the same for this event and the
  /// few that the loop found ready with it. An event takes microseconds, and a request asks some
  /// twenty times.
  [[nodiscard]] base::Moment now() noexcept {
    if (depth_ == 0) return loop_.now();
    if (time_events_ == 0) {
      now_ = loop_.now();
      time_events_ = kEventsPerTime;
    }
    return now_;
  }
  [[nodiscard]] net::Mailbox& mailbox() { return mailbox_; }
  [[nodiscard]] net::TimerWheel& timers() { return loop_.timers(); }
  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] base::Random& random() { return random_; }
  [[nodiscard]] base::BlockPool& blocks() { return blocks_; }
  /// What clients send. Heads are kept until their response is over, so this block fills up.
  [[nodiscard]] Scratch& reads() { return reads_; }
  /// What servers send: mostly gone when the event ends, so the whole block is free again.
  [[nodiscard]] Scratch& responses() { return responses_; }
  [[nodiscard]] Scratch& heads() { return heads_; }
  [[nodiscard]] IdlePool& idle_pool() { return idle_pool_; }
  [[nodiscard]] net::PipePool& pipes() { return pipes_; }
  [[nodiscard]] LogSender& logs() { return logs_; }
  [[nodiscard]] RequestWatch& watch() { return watch_; }
  [[nodiscard]] ObjectPool<Exchange>& exchanges() { return exchanges_; }
  [[nodiscard]] ObjectPool<H1ClientState>& client_states() { return client_states_; }
  [[nodiscard]] std::size_t max_fields() const { return limits_.max_fields; }
  [[nodiscard]] std::size_t max_head_bytes() const {
    return limits_.block_bytes - limits_.max_rewrite_bytes;
  }
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// Does a connection that holds `generation` end with its present response? The process stops,
  /// this worker leaves, or no configuration in force has its frontend and address.
  [[nodiscard]] bool ends_with_response(const GenerationRef& generation,
                                        const control::FrontendRuntime& frontend,
                                        const control::BindRuntime& bind) {
    if (leaving()) return true;
    if (stopping_) return stop_ends_response();
    return generation.get() != current_.get() && find_place(frontend, bind).bind == nullptr;
  }
  /// When a client that is idle now is to be closed, by chance within close-spread-time; 0: at
  /// once; kForever: by its own time-out. While the process stops softly.
  [[nodiscard]] std::uint64_t close_idle_at_ms();
  [[nodiscard]] bool is_current(const GenerationRef& generation) const {
    return generation.get() == current_.get();
  }
  [[nodiscard]] base::IntrusiveList<ClientConnection>& clients() { return clients_; }

  void flush_later(Flushable& flushable) {
    if (!flushable.base::ListNode<FlushTag>::linked()) flush_.push_back(flushable);
  }
  void continue_later(Continuable& continuable) {
    if (!continuable.base::ListNode<ContinueTag>::linked()) continue_.push_back(continuable);
  }
  void dispose(std::unique_ptr<ServerConnection> connection) {
    server_graveyard_.push_back(std::move(connection));
  }
  void dispose(ClientConnection* connection);
  /// A connection that has its slots: started here, or by a worker that has fewer.
  void begin_connection(const GenerationRef& generation, const control::FrontendRuntime& frontend,
                        const control::BindRuntime& bind, const net::Accepted& accepted);
  /// Moves a connection between two requests to the present configuration; false: its frontend is
  /// gone.
  [[nodiscard]] bool refresh(GenerationRef& generation, const control::FrontendRuntime*& frontend,
                             const control::BindRuntime*& bind);
  void note_paused(int change) {
    paused_.fetch_add(static_cast<std::uint32_t>(change), std::memory_order_seq_cst);
  }
  void note_exhausted() { exhausted_.fetch_add(1, std::memory_order_relaxed); }
  /// A client passed the rules on connections and sessions, and TLS.
  void session_begun(const control::FrontendRuntime& frontend);
  void connection_closed(const control::FrontendRuntime& frontend, model::ListenerLive* listener);
  /// A connection slot was freed somewhere: paused listeners try again.
  void resume_listeners();

  /// One event of the loop. The outermost one settles what was put off.
  class EventScope {
   public:
    explicit EventScope(Worker& worker) : worker_(worker) {
      if (worker_.depth_++ == 0) worker_.begin_event();
    }
    ~EventScope() {
      if (worker_.depth_ == 1) worker_.settle();
      --worker_.depth_;
    }
    EventScope(const EventScope&) = delete;
    EventScope& operator=(const EventScope&) = delete;

   private:
    Worker& worker_;
  };

 private:
  [[nodiscard]] bool stop_ends_response();
  static constexpr unsigned kEventsPerTime = 4;

  /// Where a connection of an older generation belongs in the present one; null: nowhere.
  struct Place {
    const control::FrontendRuntime* frontend = nullptr;
    const control::BindRuntime* bind = nullptr;
  };
  [[nodiscard]] Place find_place(const control::FrontendRuntime& frontend,
                                 const control::BindRuntime& bind) const;
  void walk_clients();
  void move_clients();
  void sweep_idle_pool();
  void give_generations_back() noexcept;

  void begin_event() noexcept {
    if (time_events_ > 0) --time_events_;
    if (const std::uint32_t turn = loop_.turn_number(); turn != turn_) {
      turn_ = turn;
      time_events_ = 0;
    }
  }
  void settle() noexcept;
  Generation& generation_of(std::shared_ptr<const control::Snapshot> snapshot);
  void start_connection(GenerationRef generation, const control::FrontendRuntime& frontend,
                        const control::BindRuntime& bind, const net::Accepted& accepted);
  Worker& least_loaded();

  std::size_t slot_;
  net::Loop& loop_;
  Shared& shared_;
  WorkerLimits limits_;
  net::Mailbox mailbox_;
  base::Random random_;
  base::BlockPool blocks_;
  Scratch reads_;
  Scratch responses_;
  Scratch heads_;
  net::PipePool pipes_;
  LogSender logs_;
  RequestWatch watch_;
  ObjectPool<Exchange> exchanges_;
  ObjectPool<H1ClientState> client_states_;
  IdlePool idle_pool_;
  std::vector<std::unique_ptr<Generation>> generations_;
  GenerationRef current_;
  std::vector<std::unique_ptr<FrontendListener>> listeners_;
  /// The next step of what a new generation has this worker do some at a time.
  template <void (Worker::*step)()>
  struct Next final : net::Timer {
    explicit Next(Worker& who) : worker(who) {}
    void on_timer() noexcept override { (worker.*step)(); }
    Worker& worker;
  };
  Next<&Worker::move_clients> next_move_{*this};
  Next<&Worker::sweep_idle_pool> next_sweep_{*this};
  std::uint32_t to_move_ = 0;    // clients that were not looked at yet
  std::uint64_t cut_up_to_ = 0;  // generations whose clients this walk cuts; 0: none
  std::uint64_t leave_ms_ = 0;
  std::uint32_t leaves_ = 0;  // clients that are to be closed at leave_ms_
  base::IntrusiveList<ClientConnection> clients_;
  base::IntrusiveList<Flushable, FlushTag> flush_;
  base::IntrusiveList<Continuable, ContinueTag> continue_;
  std::vector<std::unique_ptr<ServerConnection>> server_graveyard_;
  std::vector<std::unique_ptr<ClientConnection>> client_graveyard_;
  std::atomic<std::uint32_t> load_{0};
  std::atomic<std::uint32_t> paused_{0};     // listeners that wait for a slot
  std::atomic<std::uint32_t> exhausted_{0};  // times that no descriptor was left
  unsigned depth_ = 0;
  unsigned time_events_ = 0;  // for how many events `now_` still is the time
  std::uint32_t turn_ = 0;
  base::Moment now_;
  std::atomic<bool> leaving_{false};
  std::uint64_t stop_began_ms_ = 0, stop_spread_ms_ = 0;  // of a soft stop
  bool resume_wanted_ = false;
  bool stopping_ = false;
};

}  // namespace sluice::proxy
