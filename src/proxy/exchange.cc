#include "proxy/exchange.h"

#include <algorithm>
#include <cstring>

#include "base/crash_context.h"
#include "base/planted.h"
#include "http/h1/chunk_decoder.h"
#include "proxy/login_check.h"
#include "proxy/queue_ticket.h"
#include "proxy/response_inspection.h"
#include "proxy/service_call.h"
#include "proxy/worker.h"

namespace sluice::proxy {

const char* name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::Idle:
      return "idle";
    case Phase::Head:
      return "head";
    case Phase::Rules:
      return "rules";
    case Phase::Body:
      return "body";
    case Phase::Balance:
      return "balance";
    case Phase::Queue:
      return "queue";
    case Phase::Connect:
      return "connect";
    case Phase::Response:
      return "response";
    case Phase::Data:
      return "data";
    case Phase::Service:
      return "service";
    case Phase::Tunnel:
      return "tunnel";
    case Phase::Done:
      return "done";
  }
  return "?";
}

const char* phase_of_exchange(const void* exchange) noexcept {
  const auto* const which = static_cast<const Exchange*>(exchange);
  return which != nullptr ? name_of(which->phase()) : nullptr;
}

Exchange::Exchange(Worker& worker) : worker_(worker) { prepare_evaluation(); }

Exchange::~Exchange() {
  if (phase_ != Phase::Idle && phase_ != Phase::Done) kill(EndCause::Killed);
}

void Exchange::recycle() {
  disarm();
  client_ = nullptr;
  frontend_ = nullptr;
  backend_ = nullptr;
  server_runtime_ = nullptr;
  server_ = nullptr;
  generation_ = GenerationRef();
  request_.clear();
  response_.clear();
  request_facts_ = {};
  response_framing_ = {};
  head_block_.reset();
  if (!base::planted(base::Fault::LeakedBlock) || !client_eof_) response_block_.reset();
  arena_.reset();
  evaluation_.log_level = -1;
  evaluation_.priority = {};
  evaluation_.may_retry_response = true;
  evaluation_.payload_final = true;
  txn_.clear();
  req_.clear();
  res_.clear();
  request_captures_.clear();
  response_captures_.clear();
  persistence_.reset();
  tarpit_reply_.reset();
  if (login_ != nullptr) login_.reset();
  cursor_.restart();
  waiting_program_ = nullptr;
  waiting_proxy_ = nullptr;
  stop_inspecting();
  stage_ = RuleStage::FrontendContent;
  peek_ = Peek::Unbegun;
  backlog_.clear();
  backlog_bytes_ = 0;
  body_block_.reset();
  body_bytes_ = 0;
  request_trailers_ = {};
  sent_body_.clear();
  sent_body_bytes_ = 0;
  server_name_ = unique_id_ = {};
  has_unique_id_ = false;
  cause_text_ = "";
  blame_ = Blame::None;
  if (backend_source_.is_set()) backend_source_ = {};
  begun_ns_ = head_ns_ = queued_ns_ = dequeued_ns_ = connecting_ns_ = connected_ns_ = response_ns_ =
      end_ns_ = 0;
  begun_wall_us_ = 0;
  head_bytes_ = bytes_in_ = bytes_out_ = server_bytes_out_ = bytes_from_server_ = 0;
  own_body_ = received_target_ = {};
  retries_ = queue_position_server_ = queue_position_backend_ = 0;
  pool_key_ = 0;
  tls_server_name_ = {};
  avoid_ = nullptr;
  status_ = tarpit_status_ = 0;
  phase_ = Phase::Idle;
  end_ = EndCause::None;
  end_phase_ = '-';
  is_http_ = client_may_continue_ = true;
  holds_slot_ = in_backend_ = request_ended_ = request_forwarded_ = response_started_ =
      response_done_ = false;
  server_done_ = client_eof_ = buffering_ = redispatched_ = replayed_on_reuse_ = replayed_ =
      has_head_ = own_reply_ = false;
  replayable_ = true;
  end_sent_ = false;
  logged_ = turnaround_ = failed_rewrite_ = timed_out_waiting_ = is_monitor_ = false;
  awaits_login_ = false;
  close_server_ = false;
}

void Exchange::begin(ClientSide& client, const control::FrontendRuntime& frontend,
                     const GenerationRef& generation, bool is_http) {
  client_ = &client;
  facts_ = &client.facts();
  frontend_ = &frontend;
  front_counters_ = &frontend.live->counters.of(worker_.slot());
  model::ListenerLive* listener = facts_->listener;
  listener_counters_ = listener != nullptr ? &listener->counters.of(worker_.slot()) : nullptr;
  generation_ = generation;
  is_http_ = is_http;
  phase_ = Phase::Head;
  request_captures_.assign(frontend.request_capture_slots, {});
  response_captures_.assign(frontend.config->response_captures.size(), {});
  evaluation_.request_slots = &frontend.config->request_captures;
  evaluation_.response_slots = &frontend.config->response_captures;
  mark_request_start();
}

void Exchange::mark_request_start() {
  const base::Moment now = worker_.now();
  begun_ns_ = now.monotonic_ns;
  begun_wall_us_ = now.wall_us;
}

void Exchange::hold_head(const base::Slice& head) {
  head_block_ = head.block;
  head_bytes_ = head.bytes.size();
  bytes_in_ += head.bytes.size();
}

void Exchange::on_request_head(const http::h1::HeadFacts& facts) {
  request_facts_ = facts;
  has_head_ = true;
  head_ns_ = worker_.now().monotonic_ns;
  request_ended_ = facts.framing.kind == http::BodyKind::None;
  received_target_ = request_.target(arena_);
  client_->set_body_flow(facts.framing.kind != http::BodyKind::None);
  phase_ = Phase::Rules;
  run_rules(RuleStage::FrontendContent);
}

void Exchange::on_request_failure(Failure failure, const char* cause) {
  if (phase_ == Phase::Done) return;
  count_front(model::Counter::RequestErrors);
  if (failure != Failure::RequestAborted) count_front(model::Counter::Requests);
  client_may_continue_ = false;
  end_phase_ = 'R';
  if (failure != Failure::RequestAborted && failure != Failure::RequestTimeout)
    blame_ = Blame::Request;
  fail(failure, cause);
}

void Exchange::on_connection() {
  head_ns_ = worker_.now().monotonic_ns;
  phase_ = Phase::Rules;
  client_->become_tunnel();
  client_->set_body_flow(true);
  run_rules(RuleStage::FrontendContent);
}

void Exchange::on_request_body(base::Slice slice) {
  bytes_in_ += slice.bytes.size();
  if (phase_ == Phase::Done || response_done_)
    return;  // the response is over: what still comes is dropped
  if (buffering_) {
    const std::size_t room = body_block_ ? body_block_.capacity() - body_bytes_ : 0;
    const std::size_t n = std::min(room, slice.bytes.size());
    std::memcpy(body_block_.data() + body_bytes_, slice.bytes.data(), n);
    body_bytes_ += n;
    slice.bytes.remove_prefix(n);
    if (!slice.bytes.empty()) {
      backlog_bytes_ += slice.bytes.size();
      backlog_.push_back(std::move(slice));
    }
    if (body_bytes_ == body_block_.capacity()) client_->set_body_flow(false);
    resume_rules();
    return;
  }
  forward_body(std::move(slice));
}

void Exchange::on_request_end(std::string_view trailers) {
  request_ended_ = true;
  request_trailers_ = arena_.copy(trailers);
  if (response_done_) {
    maybe_finish();
    return;
  }
  if (buffering_) {
    resume_rules();
    return;
  }
  end_forwarding();
}

void Exchange::on_client_drained() {
  if (connection_ && phase_ >= Phase::Response && !server_done_) connection_->set_read_flow(true);
  if (service_ != nullptr && response_started_ && !response_done_) service_->want_next();
  if (connection_ && (phase_ == Phase::Data || phase_ == Phase::Tunnel))
    arm(phase_ == Phase::Tunnel ? tunnel_timeout() : timeouts().server);
  maybe_finish();
}

void Exchange::on_client_eof() {
  client_eof_ = true;
  client_may_continue_ = false;
  if (phase_ == Phase::Tunnel || (!is_http_ && phase_ != Phase::Done)) {
    request_ended_ = true;
    if (phase_ == Phase::Tunnel) watch_client();
    if (buffering_) {
      resume_rules();
      return;
    }
    end_forwarding();
    maybe_finish();
    if (phase_ != Phase::Queue && phase_ != Phase::Connect) return;
  }
  if (!request_ended_ && !response_done_) {
    set_end(EndCause::ClientAbort);
    cut(EndCause::ClientAbort, AbortHow::Close);
    return;
  }
  if (tarpit_status_ != 0) {
    const model::Proxy& config = backend_ != nullptr ? *backend_->config : *frontend_->config;
    if (config.abortonclose && phase_ == Phase::Body) on_timer();
    return;
  }
  const bool waiting =
      phase_ == Phase::Queue || phase_ == Phase::Connect || phase_ == Phase::Response;
  if (!waiting || backend_ == nullptr || !backend_->config->abortonclose) return;
  // HAProxy answers whom nobody hears any more, and so logs and counts it.
  if (is_http_ && phase_ == Phase::Response) status_ = row_of(Failure::RequestAborted).status;
  cut(EndCause::ClientAbort, AbortHow::Close);
}

void Exchange::on_client_error() {
  client_may_continue_ = false;
  if (is_http_ && !has_head_) {
    status_ = row_of(Failure::RequestAborted).status;
    count_front(model::Counter::RequestErrors);
  }
  if (tarpit_status_ != 0) status_ = tarpit_status_;
  cut(EndCause::ClientAbort, AbortHow::Reset);
}

void Exchange::on_client_timeout() {
  // A server that waits for the rest of a body is watched by its own time-out, which names it
  // (HAProxy).
  if (phase_ == Phase::Response && timeouts().server != 0) return;
  // Nor does a client have to send while it waits for a server.
  if (phase_ == Phase::Queue || phase_ == Phase::Connect) return;
  client_may_continue_ = false;
  if (phase_ == Phase::Body || (is_http_ && !response_started_ && !request_ended_)) {
    end_phase_ = phase_ == Phase::Body ? 'R' : phase_letter();
    fail(Failure::RequestTimeout, "the client was silent in the middle of its body");
    return;
  }
  if (phase_ == Phase::Tunnel) {
    on_tunnel_client_silent();
    return;
  }
  cut(EndCause::ClientTimeout, AbortHow::Close);
}

void Exchange::kill(EndCause cause) {
  client_may_continue_ = false;
  cut(cause, AbortHow::Close);
}

void Exchange::on_timer() noexcept {
  Worker::EventScope scope(worker_);
  const base::CrashScope work(&phase_of_exchange, this);
  switch (phase_) {
    case Phase::Rules:
    case Phase::Body:
      if (tarpit_status_ != 0) {
        if (tarpit_reply_ != nullptr)
          reply(*tarpit_reply_);
        else
          reply_error(tarpit_status_);
      } else if (awaits_login_) {
        on_login_overdue();
      } else if (waiting_program_ != nullptr) {
        timed_out_waiting_ = true;
        resume_rules();
      } else {
        client_may_continue_ = false;
        end_phase_ = 'R';
        fail(Failure::RequestTimeout, "the request's body did not come in time");
      }
      return;
    case Phase::Queue:
      end_phase_ = 'Q';
      leave_queue();
      fail(Failure::QueueTimeout, "timed out in the queue");
      return;
    case Phase::Connect:
      if (turnaround_) {
        turnaround_ = false;
        connect();
      } else {
        retry_connect(Failure::ConnectTimeout);
      }
      return;
    case Phase::Response:
      on_server_silent();
      return;
    case Phase::Data:
      if (!connection_) return;  // an internal service has no server to be silent
      if (client_->drained())
        on_server_silent();
      else
        arm(timeouts().server);  // it waits for the client, whose own time-out watches that
      return;
    case Phase::Tunnel:
      on_tunnel_server_silent();
      return;
    default:
      return;
  }
}

void Exchange::on_server_silent() {
  on_server_fault(ServerFault::Timeout, "the server was silent for too long");
}

void Exchange::arm(std::uint32_t timeout_ms) {
  if (timeout_ms == 0)
    disarm();
  else
    Timer::arm(worker_.timers(), worker_.now().ms() + timeout_ms);
}

const control::EffectiveTimeouts& Exchange::timeouts() const {
  return backend_ != nullptr ? backend_->timeouts : frontend_->timeouts;
}

/// What stays the same from exchange to exchange is set once.
void Exchange::prepare_evaluation() {
  evaluation_.unique_id_source = this;
  evaluation_.login = this;
  evaluation_.txn = &txn_;
  evaluation_.req = &req_;
  evaluation_.res = &res_;
  evaluation_.request_captures = &request_captures_;
  evaluation_.response_captures = &response_captures_;
  evaluation_.arena = &arena_;
  evaluation_.random = &worker_.random();
}

rules::Evaluation& Exchange::evaluation() {
  evaluation_.response = response_started_ || phase_ >= Phase::Response ? &response_ : nullptr;
  evaluation_.body = body_view();
  evaluation_.connection = &connection_facts();
  evaluation_.frontend = frontend_->live.get();
  evaluation_.backend = backend_ != nullptr ? backend_->live.get() : nullptr;
  evaluation_.server = server_;
  evaluation_.sess = &client_->session_variables();
  evaluation_.now = worker_.now();
  show_content(evaluation_);
  return evaluation_;
}

}  // namespace sluice::proxy
