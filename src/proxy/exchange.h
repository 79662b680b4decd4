// One request and its response: the spine. Owned by its client connection (or h2 stream), pooled
// per worker. It is told what happened by its client side and its server connection, runs the
// rules, chooses the backend and the server, waits, retries, relays, and accounts for it all once,
// at its end.
//
// Phases go forward, but for a retry (Connect or Response back to Balance):
//   Rules → [Body] → Balance → [Queue] → Connect → Response → Data → Done
//                  ↘ Service → Data → Done          ↘ Tunnel → Done
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/block.h"
#include "control/snapshot.h"
#include "http/h1/head_reader.h"
#include "http/h1/head_writer.h"
#include "http/h1/judge.h"
#include "http/message.h"
#include "http/service.h"
#include "model/session_info.h"
#include "net/timer_wheel.h"
#include "proxy/client_side.h"
#include "proxy/generation.h"
#include "proxy/persistence.h"
#include "proxy/server_connection.h"
#include "proxy/termination.h"
#include "rules/evaluation.h"
#include "rules/program.h"

namespace sluice::proxy {

class LoginCheck;
class QueueTicket;
struct QueuePosition;
class ResponseInspection;
class ServiceCall;
class Worker;

enum class Phase : std::uint8_t {
  Idle,
  Head,
  Rules,
  Body,
  Balance,
  Queue,
  Connect,
  Response,
  Data,
  Service,
  Tunnel,
  Done
};

[[nodiscard]] const char* name_of(Phase phase) noexcept;
/// For crash reports, of an Exchange; null: there is none.
[[nodiscard]] const char* phase_of_exchange(const void* exchange) noexcept;

class Exchange final : private net::Timer,
                       private rules::UniqueIdSource,
                       private rules::LoginSource {
 public:
  explicit Exchange(Worker& worker);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  void recycle();  // for the pool

  // from the client side
  void begin(ClientSide& client, const control::FrontendRuntime& frontend,
             const GenerationRef& generation, bool is_http);
  [[nodiscard]] http::Head& request_head() { return request_; }
  /// The first byte of the request came (it starts the request's clock).
  void mark_request_start();
  /// What the head's views lie in; counted as received.
  void hold_head(const base::Slice& head);
  void on_request_head(const http::h1::HeadFacts& facts);
  /// No acceptable head came: answered and logged, nothing is forwarded.
  void on_request_failure(Failure failure, const char* cause);
  /// mode tcp: a connection that is relayed without being read.
  void on_connection();
  void on_request_body(base::Slice slice);
  void on_request_end(std::string_view trailers);
  void on_client_drained();
  void on_client_eof();
  void on_client_error();
  void on_client_timeout();
  /// The response was cut since the process stops.
  void kill(EndCause cause);

  // from the server connection
  void on_connected();
  void on_connect_failed(int error, const char* text);
  /// What the response's head lies in.
  void hold_response(const base::BlockRef& block) { response_block_ = block; }
  void on_response_head();
  void on_response_body(base::Slice slice);
  void on_response_end();
  void on_server_fault(ServerFault fault, const char* cause);
  void on_server_drained();
  /// The queue through whose pipe the rest of the response may pass by the kernel, or null.
  [[nodiscard]] OutQueue* relay_queue();
  void on_response_relayed(std::size_t bytes);
  /// The same for the request's body.
  [[nodiscard]] OutQueue* request_relay_queue();
  void on_request_relayed(std::size_t bytes);

  // from inspection, queue and services
  /// The inspect delay of `tcp-response content` is over.
  void on_inspection_due();
  void on_queue_granted(model::ServerLive* server, QueuePosition position);
  /// The answer that rules wait for is there.
  void on_login_known();
  void on_service_reply(int status, std::vector<std::pair<std::string, std::string>>& fields,
                        std::string body, bool more);
  void on_service_piece(std::string piece, bool more);

  [[nodiscard]] Phase phase() const { return phase_; }
  /// Does it hold a slot of the server?
  [[nodiscard]] bool holds(const model::ServerLive& server) const {
    return holds_slot_ && server_ == &server;
  }
  /// Monotonic nanoseconds.
  [[nodiscard]] std::uint64_t begun_ns() const { return begun_ns_; }
  /// The server that it was given, or null.
  [[nodiscard]] const model::ServerLive* server() const { return server_; }
  /// Nothing more will be queued for the client; when all of it is written, the exchange ends.
  [[nodiscard]] bool response_done() const { return response_done_; }
  [[nodiscard]] bool client_drained() const { return client_->drained(); }
  [[nodiscard]] bool request_ended() const { return request_ended_; }
  /// An internal service answers it.
  [[nodiscard]] bool is_served() const { return service_ != nullptr; }

  // exchange_describe.cc: for operators
  /// Of this request alone; the object is used again for others.
  [[nodiscard]] std::uint64_t id() const;
  /// All of it but what only the client's connection knows.
  void describe(model::SessionInfo& out) const;
  /// A message that was refused, for `show errors`; `position` is where.
  enum class Side : std::uint8_t { Request, Response };
  void capture(Side side, std::string_view bytes, std::size_t position, const char* cause);

 private:
  void on_timer() noexcept override;

  // exchange_rules.cc: rules, interception, routing
  /// The order of a request's rules; content rules alone in mode tcp.
  /// From Key on: what waits outside of programs.
  enum class RuleStage : std::uint8_t {
    FrontendContent,
    Frontend,
    BackendContent,
    Backend,
    Key,
    FrontendStats,
    Route,
    BackendStats,
    UseServer
  };
  void run_rules(RuleStage stage);
  void after_rules();
  void begin_http_rules();
  void run_frontend_rules();
  void run_backend_rules();
  enum class RuleResult : std::uint8_t { Through, Waiting, Ended };
  RuleResult run(const rules::Program& program, const control::ProxyRuntime& proxy);
  void apply(rules::Outcome& outcome, const control::ProxyRuntime& proxy);
  void resume_rules();
  bool intercept_monitor();
  /// True: it was refused.
  bool restrict_header_names(model::RestrictNames how);
  void note_connection_error(Failure failure);
  void count_denied_request();
  void count_choice(model::ServerLive& server);
  control::BackendRuntime* route();
  void enter_backend(control::BackendRuntime& backend);
  void add_address_headers();
  void add_unique_id();
  std::string_view unique_id() override;
  void after_frontend_rules();
  void after_backend_rules();
  void choose_backend();
  void choose_server();
  /// True: a rule answered by itself.
  bool run_response_rules();
  bool run_response_program(const rules::Program& program);
  void deny_response();
  void capture_headers(const std::vector<model::Capture>& captures, const http::Head& head,
                       std::vector<std::string_view>& into);
  void buffer_body(std::size_t most);
  [[nodiscard]] rules::BodyView body_view() const;
  [[nodiscard]] bool body_is_full() const;

  // exchange_stats.cc: the statistics page and what a stats listener serves beside it
  /// True: it was answered, or waits for a password.
  bool intercept(const control::ProxyRuntime& proxy, RuleStage stage);
  [[nodiscard]] http::Role stats_role(const control::ProxyRuntime& proxy);
  /// The rule of `stats http-request` that decides; null: none holds.
  const model::StatsPage::Access* stats_access(const control::ProxyRuntime& proxy);
  void start_service(std::string_view service, const control::ProxyRuntime& proxy,
                     http::Role role = http::Role::Viewer,
                     std::optional<std::string> login_realm = {});
  void post_service();

  // exchange_login.cc: waiting for the answer to a password
  LoginSource::Answer login(const model::Userlist& list) override;
  [[nodiscard]] bool login_pending() const noexcept override;
  [[nodiscard]] std::string_view login_user() const noexcept override;
  [[nodiscard]] std::string_view session_user() override;
  LoginCheck& login_check();
  void await_login();
  /// True: a condition that was asked just now waits, and the stage is entered again.
  bool waits_for_login(RuleStage stage);
  void on_login_overdue();
  void reply_challenge(std::string_view realm);

  // exchange_tcp_rules.cc: content rules, on bytes or on a message
  void peek_request();
  void show_content(rules::Evaluation& view) const;
  void inspect_response();
  void judge_response();
  void hold_response(base::Slice slice);
  void release_response();
  void refuse_response(rules::OutcomeKind kind);
  void close_server();
  void stop_inspecting();

  // exchange_choose.cc: use-server, balance, queue
  void balance();
  void bind_by_rule();
  void use_bound(control::ServerRuntime& server);
  /// False: the key is still on its way, in the body.
  [[nodiscard]] bool has_balance_key();
  bool use_last_server();
  void use_server(model::ServerLive& server);
  void wait_for_server(model::ServerLive& server);
  void wait_in_queue(model::ServerLive* bound);
  void leave_queue();
  void note_position(QueuePosition position);

  // exchange_server.cc: connect, retry, send
  void connect();
  bool take_idle();
  void choose_pool();
  [[nodiscard]] base::Address server_destination() const;
  [[nodiscard]] base::Address server_source(const model::Source& source);
  void start_connect();
  void send_request();
  void release_server();
  void drop_server_connection();
  /// What the server did, for `observe`.
  void observe(model::Observed what) {
    if (server_runtime_->config->observe != model::Observe::None) note_observed(what);
  }
  void note_observed(model::Observed what);
  [[nodiscard]] bool may_leave_server(std::uint32_t allowed) const;
  void retry_connect(Failure failure);
  [[nodiscard]] bool may_replay(ServerFault fault) const;
  bool leave_for_retry(std::uint32_t allowed);
  [[nodiscard]] bool may_retry_response(std::uint32_t cause) const;
  [[nodiscard]] std::uint32_t retry_cause(ServerFault fault) const;
  void retry_response();
  void keep_for_replay(const base::Slice& slice);
  void replay();
  void forward_body(base::Slice slice);
  void end_forwarding();

  // exchange_persistence.cc: cookies that lead to a server
  void bind_by_rdp_cookie();
  void read_persistence();
  void note_cookies();
  void note_led_client(const model::ServerLive& server);
  void write_persistence();
  [[nodiscard]] bool may_be_unbound() const;
  void leave_bound();
  void log_persistence(rules::LogRecord& record) const;
  [[nodiscard]] const model::Capture* cookie_capture() const;
  [[nodiscard]] Persistence::Passing passing(http::Head& head);

  // exchange_response.cc: response, relay, own replies
  /// False: it failed, and was answered or cut.
  void run_after_response_rules();
  void take_response_head();
  bool send_response_head();
  [[nodiscard]] http::h1::ConnectionField server_connection_field() const;
  void own_authenticated();
  [[nodiscard]] const control::ErrorPage* find_error_page(std::uint16_t status) const;
  bool load_error_page(const control::ErrorPage& page);
  void send_own(std::string_view body);
  bool send_copied(std::string_view text);
  void give_back_connection();
  void reply(const rules::Reply& reply);
  void reply_as_said(const rules::Outcome& outcome);
  void fail(Failure failure, const char* cause = "");
  void reply_error(std::uint16_t status);
  void load_reply(std::uint16_t status);
  void load_reply(const rules::Reply& reply);
  void cut(EndCause cause, AbortHow how);

  // exchange_tunnel.cc: bytes both ways, and how each way ends
  void start_tunnel();
  void watch_client();
  void relay_end_of_client();
  void relay_end_of_server();
  void end_tunnel();
  void on_tunnel_client_silent();
  void on_tunnel_server_silent();
  void cut_tunnel(EndCause cause);
  void count_abort(model::Counter whose);
  [[nodiscard]] std::uint32_t tunnel_timeout() const;

  // exchange_sample.cc
  void show_sample();

  // exchange_end.cc: account and log
  void response_complete();
  void maybe_finish();
  void finish();
  void count_response();
  void write_log();
  void log_early(rules::LogRecord& record) const;
  void fill_record(rules::LogRecord& record);
  void note_backend_source();
  void invite_body();
  void log_cause(int level) const;
  [[nodiscard]] const model::ConnectionFacts& connection_facts() const { return *facts_; }
  /// Of the frontend, and of the bind line where it counts apart.
  void count_front(model::Counter counter, std::uint64_t n = 1) {
    front_counters_->add(counter, n);
    if (listener_counters_ != nullptr) listener_counters_->add(counter, n);
  }
  void set_end(EndCause cause);
  [[nodiscard]] char phase_letter() const;
  void prepare_evaluation();
  [[nodiscard]] rules::Evaluation& evaluation();
  void arm(std::uint32_t timeout_ms);
  void on_server_silent();
  [[nodiscard]] const control::EffectiveTimeouts& timeouts() const;

  friend class ServiceCall;

  Worker& worker_;
  ClientSide* client_ = nullptr;
  const model::ConnectionFacts* facts_ = nullptr;
  model::CounterBlock* front_counters_ = nullptr;
  model::CounterBlock* listener_counters_ = nullptr;
  const control::FrontendRuntime* frontend_ = nullptr;
  control::BackendRuntime* backend_ = nullptr;
  control::ServerRuntime* server_runtime_ = nullptr;
  model::ServerLive* server_ = nullptr;  // whose slot is held (holds_slot_) or was last tried
  std::unique_ptr<ServerConnection> connection_;
  QueueTicket* ticket_ = nullptr;
  ServiceCall* service_ = nullptr;
  GenerationRef generation_;

  http::Head request_;
  http::Head response_;
  http::h1::HeadFacts request_facts_;
  http::Framing response_framing_;
  base::BlockRef head_block_;  // what request_ views into
  base::BlockRef response_block_;
  base::Arena arena_;
  rules::Evaluation evaluation_;
  rules::VariableScope txn_, req_, res_;
  std::vector<std::string_view> request_captures_, response_captures_;
  Persistence persistence_;
  std::unique_ptr<LoginCheck> login_;  // made when a rule asks for the credentials
  rules::Cursor cursor_;
  const rules::Program* waiting_program_ = nullptr;
  const control::ProxyRuntime* waiting_proxy_ = nullptr;
  std::unique_ptr<ResponseInspection> inspection_;  // made when a backend first needs it
  http::h1::HeadReader peeked_;                     // mode tcp: the request that the bytes may be

  std::vector<base::Slice> backlog_;  // body that came before a server was there
  std::size_t backlog_bytes_ = 0;
  base::BlockRef body_block_;  // the body buffered for rules and services
  std::size_t body_bytes_ = 0;
  std::string_view request_trailers_;
  std::vector<base::Slice> sent_body_;  // kept while the request may be sent again
  std::size_t sent_body_bytes_ = 0;

  std::string_view server_name_;  // for the log
  std::string_view unique_id_;
  bool has_unique_id_ = false;
  const char* cause_text_ = "";
  enum class Blame : std::uint8_t { None, Request, Response } blame_ = Blame::None;
  base::Address backend_source_;  // where the server connection came from, for %bi and %bp

  // the clock: monotonic nanoseconds, 0: has not happened
  std::uint64_t begun_ns_ = 0, head_ns_ = 0, queued_ns_ = 0, dequeued_ns_ = 0, connecting_ns_ = 0,
                connected_ns_ = 0, response_ns_ = 0, end_ns_ = 0;
  std::int64_t begun_wall_us_ = 0;

  std::uint64_t head_bytes_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t server_bytes_out_ = 0;
  std::uint64_t bytes_from_server_ = 0;
  std::string_view own_body_;
  std::string_view received_target_;  // for the log, where a rule changed it
  std::uint64_t pool_key_ = 0;
  std::string_view tls_server_name_;
  std::uint32_t retries_ = 0;
  std::uint32_t queue_position_server_ = 0, queue_position_backend_ = 0;
  const model::ServerLive* avoid_ = nullptr;
  std::unique_ptr<rules::Reply> tarpit_reply_;  // what a tarpit ends with; null: an error page
  std::uint16_t status_ = 0;
  std::uint16_t tarpit_status_ = 0;  // of a tarpit; 0: there is none
  Phase phase_ = Phase::Idle;
  RuleStage stage_ = RuleStage::FrontendContent;
  enum class Peek : std::uint8_t { Unbegun, Incomplete, Whole, None };
  Peek peek_ = Peek::Unbegun;
  EndCause end_ = EndCause::None;
  char end_phase_ = '-';
  bool is_http_ = true;
  bool holds_slot_ = false;
  bool in_backend_ = false;
  bool request_ended_ = false;
  bool request_forwarded_ = false;  // head was given to the server
  bool response_started_ = false;
  bool response_done_ = false;
  bool server_done_ = false;  // the server's half of a tunnel has ended
  bool client_eof_ = false;
  bool client_may_continue_ = true;
  bool buffering_ = false;
  bool redispatched_ = false;
  bool replayed_on_reuse_ = false;
  bool replayed_ = false;  // it was sent before
  bool has_head_ = false;
  bool own_reply_ = false;  // answered by Sluice itself
  bool logged_ = false;
  bool turnaround_ = false;  // pausing before a retry on the same server
  bool failed_rewrite_ = false;
  bool replayable_ = true;  // what was sent of the body is in sent_body_
  bool end_sent_ = false;   // the request's end was given to the server
  bool timed_out_waiting_ = false;
  bool awaits_login_ = false;  // in Phase::Body: a password is being looked at
  bool is_monitor_ = false;    // never logged
  bool inspecting_ = false;    // what the server sends waits for `tcp-response content`
  bool close_server_ = false;  // the server's connection serves nobody else
};

}  // namespace sluice::proxy
