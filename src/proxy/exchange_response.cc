// The response's way: a server's, one of ours, or an internal service's; and tunnels.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "http/caching.h"
#include "http/error_replies.h"
#include "http/h1/head_reader.h"
#include "proxy/exchange.h"
#include "proxy/response_inspection.h"
#include "proxy/service_call.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {

/// HAProxy counts what a server answers when it does, whatever becomes of it.
void count_server_response(model::CounterBlock& counters, std::uint16_t status) {
  counters.add(model::class_of(status));
  counters.add(model::Counter::Requests);
}

}  // namespace

void Exchange::on_response_head() {
  if (response_.status < 200 && response_.status != 101) {
    count_server_response(server_->counters.of(worker_.slot()), response_.status);
    client_->send_interim(response_);
    response_.clear();
    connection_->expect_next_head();
    if (client_->above_mark()) connection_->set_read_flow(false);
    return;
  }
  if (inspecting_) {
    inspection_->head = true;
    judge_response();
    return;
  }
  take_response_head();
}

void Exchange::take_response_head() {
  if (may_retry_response(model::retry_status(response_.status))) {
    retry_response();
    return;
  }
  count_server_response(server_->counters.of(worker_.slot()), response_.status);
  own_authenticated();
  const http::h1::HeadFacts& facts = connection_->response_facts();
  response_ns_ = worker_.now().monotonic_ns;
  response_framing_ = facts.framing;
  status_ = response_.status;
  observe(model::observed_of_status(status_));
  if (run_response_rules()) return;
  write_persistence();
  if (backend_->config->checkcache &&
      http::is_cookie_cacheable(request_.method, response_.status, response_.fields)) {
    deny_response();
    response_ns_ = 0;  // a response that was denied counts as none in the log's timers
    reply_error(502);
    return;
  }
  if (facts.framing.kind == http::BodyKind::Tunnel) {
    if (send_response_head()) start_tunnel();
    return;
  }
  if (!send_response_head()) return;
  if (frontend_->config->logasap) write_log();
  phase_ = Phase::Data;
  arm(timeouts().server);
}

/// NTLM and its like authenticate a connection, not a request: from then on it serves the client
/// that did so and nobody else, and the client goes where it is.
void Exchange::own_authenticated() {
  if (response_.status != 401 && response_.status != 407) return;
  const std::string_view name = response_.status == 401 ? "www-authenticate" : "proxy-authenticate";
  for (const http::Field& field : response_.fields) {
    if (!base::iequals(field.name, name)) continue;
    const std::string_view scheme = field.value.substr(0, 4);
    if (!base::iequals(scheme, "NTLM") && !base::iequals(scheme, "Nego")) continue;
    client_->facts().owns_connection = true;
    connection_->set_pool_key(client_->pool_key());
    return;
  }
}

/// For every response, ours too; the backend's rules first.
void Exchange::run_after_response_rules() {
  const auto run_one = [this](const rules::Program& program) {
    if (program.empty()) return;
    rules::Cursor cursor;
    rules::Outcome outcome;
    rules::Evaluation& view = evaluation();
    view.response = &response_;
    (void)program.step(cursor, view, outcome);
  };
  if (backend_ != nullptr && backend_->config != frontend_->config)
    run_one(backend_->http_after_response);
  run_one(frontend_->http_after_response);
}

bool Exchange::send_response_head() {
  if (!own_reply_ && connection_) {
    // What the server said of its own connection is not for the client.
    const model::Proxy& front = *frontend_->config;
    const model::ConnectionMode mode = front.connection_mode == model::ConnectionMode::Close
                                           ? front.connection_mode
                                           : backend_->config->connection_mode;
    if (mode == model::ConnectionMode::Close) client_may_continue_ = false;
  }
  if (client_->ends_with_response()) client_may_continue_ = false;
  run_after_response_rules();
  ResponseShape shape;
  shape.framing = response_framing_;
  const http::h1::HeadFacts* facts =
      own_reply_ || !connection_ ? nullptr : &connection_->response_facts();
  shape.announce_length = facts != nullptr ? facts->announces_length
                                           : response_framing_.kind != http::BodyKind::Chunked &&
                                                 response_.status != 204;
  shape.close = !client_may_continue_;
  if (!client_->send_head(response_, shape)) {
    if (own_reply_) {
      cut(EndCause::Internal, AbortHow::Close);
    } else {
      end_phase_ = 'H';
      drop_server_connection();
      fail(Failure::ResponseTooLarge, "the rewritten response head does not fit into a buffer");
    }
    return false;
  }
  response_started_ = true;
  return true;
}

void Exchange::on_response_body(base::Slice slice) {
  arm(phase_ == Phase::Tunnel ? tunnel_timeout() : timeouts().server);
  if (inspecting_) {
    hold_response(std::move(slice));
    return;
  }
  bytes_from_server_ += slice.bytes.size();
  if (phase_ == Phase::Tunnel)
    client_->send_raw(std::move(slice));
  else
    client_->send_body(std::move(slice));
  if (phase_ == Phase::Done) return;  // no buffer was left: the client was given up
  if (client_->above_mark()) connection_->set_read_flow(false);
}

OutQueue* Exchange::relay_queue() {
  if (inspecting_ || (phase_ != Phase::Data && phase_ != Phase::Tunnel)) return nullptr;
  return client_->relay_queue();
}

void Exchange::on_response_relayed(std::size_t bytes) {
  arm(phase_ == Phase::Tunnel ? tunnel_timeout() : timeouts().server);
  bytes_from_server_ += bytes;
  connection_->set_read_flow(false);  // until the pipe is empty
  client_->body_relayed();
}

void Exchange::on_response_end() {
  if (inspecting_) {
    inspection_->ended = true;
    judge_response();
    return;
  }
  if (phase_ == Phase::Tunnel) {
    relay_end_of_server();
    return;
  }
  client_->end_response(connection_->trailers());
  response_complete();
}

namespace {

model::Observed observed_of(ServerFault fault) {
  switch (fault) {
    case ServerFault::BadResponse:
    case ServerFault::HeadTooLarge:
      return model::Observed::InvalidHead;
    case ServerFault::Timeout:
      return model::Observed::ReadTimeout;
    case ServerFault::Reset:
      return model::Observed::ReadError;
    default:
      return model::Observed::Closed;
  }
}

}  // namespace

void Exchange::on_server_fault(ServerFault fault, const char* cause) {
  cause_text_ = cause;
  if (phase_ == Phase::Tunnel) {
    auto& counters = backend_->live->counters.of(worker_.slot());
    counters.add(model::Counter::ServerAborts);
    server_->counters.of(worker_.slot()).add(model::Counter::ServerAborts);
    cut(EndCause::ServerAbort, AbortHow::Close);
    return;
  }
  if (may_replay(fault)) {
    replayed_on_reuse_ = true;
    server_->counters.of(worker_.slot()).add(model::Counter::ReplaysOnReuse);
    replay();
    connect();
    return;
  }
  if (may_retry_response(retry_cause(fault))) {
    retry_response();
    return;
  }
  auto& counters = server_->counters.of(worker_.slot());
  auto& backend_counters = backend_->live->counters.of(worker_.slot());
  if (response_started_) {
    if (fault == ServerFault::BadResponse) observe(model::Observed::InvalidResponse);
    counters.add(model::Counter::ServerAborts);
    backend_counters.add(model::Counter::ServerAborts);
    if (fault != ServerFault::Timeout) {
      counters.add(model::Counter::ResponseErrors);
      backend_counters.add(model::Counter::ResponseErrors);
    }
    cut(fault == ServerFault::Timeout ? EndCause::ServerTimeout : EndCause::ServerAbort,
        AbortHow::Close);
    return;
  }
  counters.add(model::Counter::ResponseErrors);
  backend_counters.add(model::Counter::ResponseErrors);
  end_phase_ = 'H';
  const bool reused = connection_ && connection_->requests() > 1;
  drop_server_connection();
  // An idle connection that the server closed says nothing of its health.
  const bool was_idle = reused && (fault == ServerFault::Eof || fault == ServerFault::Reset);
  if (!was_idle) observe(observed_of(fault));
  switch (fault) {
    case ServerFault::Timeout:
      fail(Failure::ServerTimedOut, cause);
      return;
    case ServerFault::BadResponse:
      blame_ = Blame::Response;
      fail(Failure::BadResponse, cause);
      return;
    case ServerFault::HeadTooLarge:
      blame_ = Blame::Response;
      fail(Failure::ResponseTooLarge, cause);
      return;
    default:
      break;
  }
  if (reused && connection_facts().request_number > 1) {
    // The client may send it again itself; a 502 would tell it not to (as HAProxy does).
    status_ = row_of(Failure::ServerClosed).status;
    cut(EndCause::ServerAbort, AbortHow::Close);
    return;
  }
  fail(Failure::ServerClosed, cause);
}

void Exchange::give_back_connection() {
  if (!connection_) return;
  const bool whole = request_ended_ || base::planted(base::Fault::DirtyReuse);
  const bool keep = whole && !close_server_ && connection_->reusable() && !worker_.stopping() &&
                    server_connection_field() != http::h1::ConnectionField::Close;
  const std::optional<std::uint32_t>& most = server_runtime_->config->pool_max_conn;
  const std::optional<std::uint32_t>& reuses = server_runtime_->config->max_reuse;
  if (!keep || (reuses && connection_->requests() > *reuses) ||
      (most && server_->idle_connections.load(std::memory_order_relaxed) >= *most)) {
    drop_server_connection();
    return;
  }
  note_backend_source();
  connection_->detach();
  // What is one client's own goes with it.
  const bool own = connection_->pool_key() == client_->pool_key();
  worker_.idle_pool().give(
      std::move(connection_),
      own ? base::limits::kClientTimeoutMs : server_runtime_->config->pool_purge_delay_ms);
}

void Exchange::fail(Failure failure, const char* cause) {
  const FailureRow row = row_of(failure);
  note_connection_error(failure);
  if (cause[0] != '\0') cause_text_ = cause;
  set_end(row.cause);
  release_server();
  if (!is_http_ || response_started_) {
    cut(row.cause, AbortHow::Close);
    return;
  }
  reply_error(row.status);
}

const control::ErrorPage* Exchange::find_error_page(std::uint16_t status) const {
  for (const control::ProxyRuntime* proxy :
       {static_cast<const control::ProxyRuntime*>(backend_),
        static_cast<const control::ProxyRuntime*>(frontend_)}) {
    if (proxy == nullptr) continue;
    for (const control::ErrorPage& page : proxy->error_pages) {
      if (page.status == status) return &page;
    }
  }
  return nullptr;
}

bool Exchange::load_error_page(const control::ErrorPage& page) {
  http::h1::HeadReader reader;
  reader.start(http::h1::HeadReader::Kind::Response, response_, 101);
  const char* begin = page.raw.data();
  if (reader.read(begin, begin + page.raw.size()) != http::h1::ReadStatus::Done) return false;
  own_body_ = std::string_view(page.raw).substr(reader.consumed());
  return true;
}

void Exchange::reply_as_said(const rules::Outcome& outcome) {
  if (outcome.has_reply)
    reply(outcome.reply);
  else
    reply_error(outcome.status);
}

/// Whatever the page is, it is the status that is counted and logged.
void Exchange::load_reply(std::uint16_t status) {
  status_ = status;
  response_.clear();
  const control::ErrorPage* page = find_error_page(status);
  if (page != nullptr && !page->reply.empty()) {
    rules::Cursor cursor;
    rules::Outcome outcome;
    (void)page->reply.step(cursor, evaluation(), outcome);
    if (outcome.kind == rules::OutcomeKind::Reply) return load_reply(outcome.reply);
  }
  if (page != nullptr && load_error_page(*page)) return;
  const http::ErrorReply& row = http::error_reply(status);
  response_.clear();
  response_.status = row.status;
  response_.reason = row.reason;
  response_.fields.add("Cache-Control", "no-cache");
  response_.fields.add(http::FieldId::ContentType, "Content-Type", "text/html");
  own_body_ = row.body;
  status_ = row.status;
}

void Exchange::reply_error(std::uint16_t status) {
  load_reply(status);
  send_own(own_body_);
}

/// `response_` is ours; its fields and `body` are copied on their way.
void Exchange::send_own(std::string_view body) {
  own_reply_ = true;
  buffering_ = false;
  if (!request_ended_ || !has_head_) client_may_continue_ = false;
  response_framing_ = {body.empty() ? http::BodyKind::None : http::BodyKind::Length, body.size()};
  const bool headless = has_head_ && request_.method == http::Method::Head;
  if (headless) response_framing_.kind = http::BodyKind::None;
  leave_queue();
  if (service_ != nullptr) std::exchange(service_, nullptr)->abandon();
  drop_server_connection();
  release_server();
  if (!send_response_head()) return;
  if (!headless && !send_copied(body)) return;
  client_->end_response({});
  response_complete();
}

void Exchange::load_reply(const rules::Reply& reply) {
  response_.clear();
  response_.status = reply.status;
  response_.reason = reply.reason.empty() ? http::reason_phrase(reply.status) : reply.reason;
  for (const http::Field& field : reply.fields) response_.fields.add(field);
  status_ = reply.status;
  if (reply.close) client_may_continue_ = false;
  own_body_ = reply.body;
}

void Exchange::reply(const rules::Reply& reply) {
  load_reply(reply);
  send_own(own_body_);
}

void Exchange::on_service_reply(int status,
                                std::vector<std::pair<std::string, std::string>>& fields,
                                std::string body, bool more) {
  response_.clear();
  response_.status = static_cast<std::uint16_t>(status);
  response_.reason = http::reason_phrase(status);
  for (const auto& [name, value] : fields)
    response_.fields.add(arena_.copy(name), arena_.copy(value));
  status_ = response_.status;
  response_ns_ = worker_.now().monotonic_ns;
  const bool headless = request_.method == http::Method::Head;
  if (!more) {
    service_->finish();
    service_ = nullptr;
    send_own(arena_.copy(body));
    return;
  }
  own_reply_ = true;
  response_framing_.kind = headless ? http::BodyKind::None : http::BodyKind::Chunked;
  phase_ = Phase::Data;
  if (!send_response_head()) return;
  if (headless) {
    service_->finish();
    service_ = nullptr;
    client_->end_response({});
    response_complete();
    return;
  }
  on_service_piece(std::move(body), true);
}

/// Into the worker's blocks, since a slow client may take it after the exchange and its arena are
/// gone. False: no block was left, and the response was cut.
bool Exchange::send_copied(std::string_view text) {
  std::array<base::Slice, base::limits::kRelayBlocks + 1> slices;  // a piece, begun in a used block
  while (!text.empty()) {
    std::size_t count = 0;
    for (; count < slices.size() && !text.empty(); ++count) {
      if (!worker_.reads().reserve(1)) {
        cut(EndCause::Resource, AbortHow::Close);
        return false;
      }
      const std::size_t n = std::min(text.size(), worker_.reads().room());
      std::memcpy(worker_.reads().data(), text.data(), n);
      slices[count] = worker_.reads().take(n);
      text.remove_prefix(n);
    }
    client_->send_body_together({slices.data(), count});
    if (phase_ == Phase::Done) return false;
  }
  return true;
}

void Exchange::on_service_piece(std::string piece, bool more) {
  if (!send_copied(piece)) return;
  // The next one is asked for when the client has taken this one (on_client_drained): on a core
  // that both threads share, the control thread would make it before this one is written.
  if (more) {
    if (piece.empty() && client_->drained()) service_->want_next();
    return;
  }
  service_->finish();
  service_ = nullptr;
  client_->end_response({});
  response_complete();
}

/// The response cannot go on: everything is let go, the client notices.
void Exchange::cut(EndCause cause, AbortHow how) {
  if (phase_ == Phase::Done) return;
  set_end(cause);
  if (end_phase_ == '-') end_phase_ = phase_letter();
  client_may_continue_ = false;
  if (cause == EndCause::ClientAbort) {
    count_front(model::Counter::ClientAborts);
    if (backend_ != nullptr)
      backend_->live->counters.of(worker_.slot()).add(model::Counter::ClientAborts);
    if (server_ != nullptr) server_->counters.of(worker_.slot()).add(model::Counter::ClientAborts);
  }
  client_->abort(how);
  response_done_ = true;
  finish();
}

}  // namespace sluice::proxy
