#include "proxy/client_connection.h"

#include <algorithm>

#include "base/crash_context.h"
#include "proxy/admission.h"
#include "proxy/handshake_log.h"
#include "proxy/socket_options.h"
#include "proxy/worker.h"

namespace sluice::proxy {

// Most connections of a busy proxy are idle: what few of them need lies behind a pointer.
static_assert(sizeof(ClientConnection) <= 568);

ClientConnection::ClientConnection(Worker& worker, const control::FrontendRuntime& frontend,
                                   const control::BindRuntime& bind, GenerationRef generation)
    : worker_(worker),
      frontend_(&frontend),
      bind_(&bind),
      bind_limiter_(bind.limiter),
      generation_(std::move(generation)) {}

ClientConnection::~ClientConnection() {
  if (tls_facts_ != nullptr) worker_.shared().tls.connections.decrease();
  if (!counted_) return;
  if (bind_limiter_ != nullptr) (void)bind_limiter_->release();
  worker_.connection_closed(*frontend_, facts_.listener);
}

void ClientConnection::start(const net::Accepted& accepted) {
  counted_ = true;
  const base::Moment now = worker_.loop().now();  // not the event's: pools tell clients apart by it
  facts_.source = accepted.peer;
  facts_.accepted_ns = facts_.idle_since_ns = now.monotonic_ns;
  facts_.accepted_wall_us = now.wall_us;
  facts_.bind_name = bind_->config->name;
  facts_.listener = bind_->live;
  const auto* tls = static_cast<const net::TlsServerContext*>(bind_->tls.get());
  stream_ = worker_.loop().adopt(accepted.descriptor, tls, *this);
  facts_.destination = accepted.local.is_set() ? accepted.local : stream_->local_address();
  apply_options(*frontend_->config, *bind_->config, *stream_);
  if (!admitted(frontend_->tcp_connection, Refuse::Connection)) return;
  Timer::arm(worker_.timers(), now.ms() + waiting_limit_ms());
  if (tls != nullptr) return on_stream_ready(true, false);
  const base::CrashScope work(&phase_of, this);
  on_established();
}

/// tcp-request connection and tcp-request session rules. False: the client is gone.
bool ClientConnection::admitted(const rules::Program& program, Refuse refuse) {
  if (program.empty()) return true;
  base::Arena arena;
  rules::Evaluation evaluation;
  evaluation.connection = &facts_;
  evaluation.frontend = frontend_->live.get();
  evaluation.sess = &session_variables_;
  evaluation.arena = &arena;
  evaluation.random = &worker_.random();
  evaluation.now = worker_.now();
  rules::Cursor cursor;
  rules::Outcome outcome;
  if (program.step(cursor, evaluation, outcome) != rules::Verdict::Stop) return true;
  if (outcome.kind == rules::OutcomeKind::Allow) return true;
  const bool early = refuse == Refuse::Connection;
  if (early) Admission(worker_.shared(), *frontend_, *bind_).take_back();
  const model::Counter counter =
      early ? model::Counter::DeniedConnections : model::Counter::DeniedSessions;
  frontend_->live->counters.of(worker_.slot()).add(counter);
  if (facts_.listener != nullptr) facts_.listener->counters.of(worker_.slot()).add(counter);
  if (outcome.kind == rules::OutcomeKind::SilentDrop)
    vanish(*stream_);
  else if (early)
    stream_->reset_on_close();
  dispose();
  return false;
}

void ClientConnection::on_established() noexcept {
  if (const net::TlsInfo* info = stream_->tls_info()) {
    tls_facts_ = std::make_unique<model::TlsFacts>(
        model::TlsFacts{info->protocol, info->cipher, info->sni, info->alpn, info->resumed});
    facts_.tls = tls_facts_.get();
    TlsCounts& counts = worker_.shared().tls;
    counts.begun();
    counts.sessions.add(worker_.now().ms());
    if (!info->resumed) counts.client_keys.add(worker_.now().ms());
    const std::uint64_t now_ns = worker_.now().monotonic_ns;
    facts_.handshake_ms = static_cast<std::int64_t>((now_ns - facts_.accepted_ns) / 1'000'000);
    facts_.idle_since_ns = now_ns;
  }
  if (!admitted(frontend_->tcp_session, Refuse::Session)) return;
  worker_.session_begun(*frontend_);
  if (!frontend_->config->is_http()) {
    begin_opaque();
    return;
  }
  mode_ = Mode::Idle;
  // It may have come with an older configuration than the present one, and wait for long.
  if (!worker_.is_current(generation_)) configuration_changed();
  if (mode_ == Mode::Closed) return;
  // Mostly the request came while the connection waited to be accepted.
  if (facts_.tls == nullptr) read_some();
  update_interest();
}

void ClientConnection::begin_opaque() {
  take_state();
  exchange_ = worker_.exchanges().take(worker_);
  facts_.request_number = 1;
  mode_ = Mode::Opaque;
  exchange_->begin(*this, *frontend_, generation_, false);
  exchange_->on_connection();
  update_interest();
}

void ClientConnection::take_state() {
  if (!state_) state_ = worker_.client_states().take();
}

void ClientConnection::begin_exchange() {
  take_state();
  exchange_ = worker_.exchanges().take(worker_);
  ++facts_.request_number;
  watched_closely_ = false;
  mode_ = Mode::Head;
  exchange_->begin(*this, *frontend_, generation_, true);
  state_->reader.start(http::h1::HeadReader::Kind::Request, exchange_->request_head(),
                       worker_.max_fields());
  touch();
}

const char* ClientConnection::phase_of(const void* connection) noexcept {
  const auto& self = *static_cast<const ClientConnection*>(connection);
  return self.exchange_ != nullptr ? phase_of_exchange(&*self.exchange_) : "none";
}

void ClientConnection::on_stream_ready(bool readable, bool writable) noexcept {
  Worker::EventScope scope(worker_);
  const base::CrashScope work(&phase_of, this);
  if (mode_ == Mode::Closed) return;
  if (mode_ == Mode::Handshake) {
    switch (stream_->establish()) {
      case net::Establish::Pending:
        return;
      case net::Establish::Failed:
        log_handshake(worker_, *frontend_, *bind_, facts_, end_of_handshake(*stream_));
        dispose();
        return;
      case net::Establish::Done:
        break;
    }
    on_established();
    if (mode_ == Mode::Closed || !stream_->has_buffered()) return;
    readable = true;
  }
  if (writable && write_blocked_) flush_now();
  if (readable) read_some();
}

bool ClientConnection::wants_read() const noexcept {
  if (eof_) return false;
  switch (mode_) {
    case Mode::Handshake:
    case Mode::Closed:
      return false;
    case Mode::Idle:
    case Mode::Head:
    case Mode::Draining:
      return true;
    case Mode::Length:
    case Mode::Chunked:
    case Mode::Opaque:
      return body_flow_;
    case Mode::Ended:
      return !state_ || state_->pending.bytes.empty();  // an abort is noticed
  }
  return false;
}

void ClientConnection::update_interest() noexcept {
  if (mode_ == Mode::Handshake || mode_ == Mode::Closed) return;
  stream_->want({wants_read(), write_blocked_, mode_ == Mode::Ended && !watched_closely_});
}

void ClientConnection::watch_closely() {
  watched_closely_ = true;
  update_interest();
}

bool ClientConnection::ends_with_response() {
  return worker_.ends_with_response(generation_, *frontend_, *bind_);
}

void ClientConnection::configuration_changed() {
  if (mode_ != Mode::Idle || worker_.is_current(generation_)) return;
  if (worker_.refresh(generation_, frontend_, bind_))
    facts_.bind_name = bind_->config->name;  // of the generation that is held now
  else if (!frontend_->config->idle_close_on_response)
    close_if_idle(worker_.next_leave_ms());
}

void ClientConnection::exchange_ended(bool may_continue) {
  may_continue_ = may_continue && keep_alive_;
  finished_ = true;
  worker_.continue_later(*this);
}

void ClientConnection::continue_now() noexcept {
  if (mode_ == Mode::Closed || !finished_) return;
  finished_ = false;
  exchange_.reset();
  const std::uint64_t close_at_ms = worker_.stopping() ? worker_.close_idle_at_ms() : kNever;
  if (!may_continue_ || closing_ || close_at_ms == 0) {
    close_gracefully();
    return;
  }
  go_idle(close_at_ms);
}

/// Until its time-out, or `close_at_ms` when the process stops.
void ClientConnection::go_idle(std::uint64_t close_at_ms) noexcept {
  const base::Moment now = worker_.now();
  facts_.idle_since_ns = now.monotonic_ns;
  mode_ = Mode::Idle;
  tunnel_limit_ms_ = 0;
  base::Slice pending = std::move(state_->pending);
  state_->pending = {};
  if (pending.bytes.empty())
    state_.reset();
  else
    state_->out.clear();
  // Its frontend is gone, and the response did not know that yet: one more may, if it comes soon.
  if (!worker_.refresh(generation_, frontend_, bind_))
    close_at_ms = std::min(close_at_ms, now.ms() + Worker::kLeaveIdleMs);
  facts_.bind_name = bind_->config->name;  // of the generation that is held now
  if (!pending.bytes.empty()) {
    take_bytes(std::move(pending));
    if (mode_ != Mode::Closed) update_interest();
    return;
  }
  update_interest();
  Timer::arm(worker_.timers(), std::min(now.ms() + waiting_limit_ms(), close_at_ms));
}

}  // namespace sluice::proxy
