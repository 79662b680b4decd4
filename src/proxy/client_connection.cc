#include "proxy/client_connection.h"

#include <algorithm>
#include <cstring>

#include "http/h1/head_writer.h"
#include "proxy/handshake_log.h"
#include "proxy/socket_options.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {
// RFC 9112 §9.6: let the last response arrive before a reset.
constexpr std::uint64_t kLingerBytes = 524'288;
}  // namespace

ClientConnection::ClientConnection(Worker& worker, const control::FrontendRuntime& frontend,
                                   const control::BindRuntime& bind, GenerationRef generation)
    : worker_(worker),
      frontend_(&frontend),
      bind_(&bind),
      bind_limiter_(bind.limiter),
      generation_(std::move(generation)) {}

ClientConnection::~ClientConnection() {
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
  apply_options(*frontend_->config, *stream_);
  if (!admitted(frontend_->tcp_connection, Refuse::Connection)) return;
  Timer::arm(worker_.timers(), now.ms() + waiting_limit_ms());
  if (tls == nullptr)
    on_established();
  else
    on_stream_ready(true, false);
}

/// tcp-request connection and tcp-request session rules. False: the client is gone.
bool ClientConnection::admitted(const rules::Program& program, Refuse refuse) {
  if (program.empty()) return true;
  rules::Evaluation evaluation;
  evaluation.connection = &facts_;
  evaluation.frontend = frontend_->live.get();
  evaluation.sess = &session_variables_;
  evaluation.arena = evaluation.session_arena = &session_arena_;
  evaluation.random = &worker_.random();
  evaluation.now = worker_.now();
  rules::Cursor cursor;
  rules::Outcome outcome;
  if (program.step(cursor, evaluation, outcome) != rules::Verdict::Stop) return true;
  if (outcome.kind == rules::OutcomeKind::Allow) return true;
  const bool early = refuse == Refuse::Connection;
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
  mode_ = Mode::Head;
  exchange_->begin(*this, *frontend_, generation_, true);
  state_->reader.start(http::h1::HeadReader::Kind::Request, exchange_->request_head(),
                       worker_.max_fields());
  touch();
}

void ClientConnection::on_stream_ready(bool readable, bool writable) noexcept {
  Worker::EventScope scope(worker_);
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
  stream_->want({wants_read(), write_blocked_});
}

void ClientConnection::read_some() noexcept {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds && mode_ != Mode::Closed && wants_read(); ++round) {
    OutQueue* through = bulk_ ? server_queue() : nullptr;
    if (through != nullptr ? !relay(*through) : !read_once()) return;
  }
}

/// Through whose pipe the rest of the body may pass by the kernel; null: it has to be copied.
OutQueue* ClientConnection::server_queue() noexcept {
  const bool length = mode_ == Mode::Length && left_ >= base::limits::kRelayedBytes;
  if ((!length && mode_ != Mode::Opaque) || !exchange_ || !stream_->is_plain()) return nullptr;
  if (state_ && state_->pending_capacity != 0) return nullptr;
  return exchange_->request_relay_queue();
}

/// Once a pipe holds something nothing else may be read: false.
bool ClientConnection::relay(OutQueue& through) noexcept {
  if (through.pipe()->held() > 0) return false;
  const std::uint64_t most = mode_ == Mode::Length ? left_ : UINT64_MAX;
  const net::IoResult result =
      through.pipe()->fill(*stream_, std::min<std::uint64_t>(most, base::limits::kPipeBytes));
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error);
    return false;
  }
  bulk_ = result.bytes >= worker_.blocks().block_bytes();
  touch();
  exchange_->on_request_relayed(result.bytes);
  if (mode_ != Mode::Length) return false;
  left_ -= result.bytes;
  if (left_ == 0) body_ended({}, {});
  return false;
}

/// False: nothing more is there now.
bool ClientConnection::read_once() noexcept {
  const bool contiguous = state_ && state_->pending_capacity != 0;
  iovec vector{};
  if (contiguous) {
    const std::string_view bytes = state_->pending.bytes;
    vector = {const_cast<char*>(bytes.data()) + bytes.size(),
              state_->pending_capacity - bytes.size()};
  } else {
    if (!worker_.reads().reserve(4096)) {
      close_now();
      return false;
    }
    vector = {worker_.reads().data(), worker_.reads().room()};
  }
  const net::IoResult result = stream_->try_read(&vector, 1);
  if (result.status == net::IoStatus::WouldBlock) return false;
  if (result.status != net::IoStatus::Ok) {
    on_end_of_stream(result.status == net::IoStatus::Error);
    return false;
  }
  base::Slice slice;
  if (contiguous) {
    slice = std::move(state_->pending);
    slice.bytes = {slice.bytes.data(), slice.bytes.size() + result.bytes};
    state_->pending = {};
  } else {
    slice = worker_.reads().take(result.bytes);
  }
  const bool full = result.bytes == vector.iov_len;
  bulk_ = full && (mode_ == Mode::Length || mode_ == Mode::Opaque);
  take_bytes(std::move(slice));
  return mode_ != Mode::Closed && (full || stream_->has_buffered());
}

void ClientConnection::take_bytes(base::Slice slice) noexcept {
  switch (mode_) {
    case Mode::Idle:
      begin_exchange();
      take_head(std::move(slice));
      return;
    case Mode::Head:
      take_head(std::move(slice));
      return;
    case Mode::Length:
    case Mode::Chunked:
      take_body(std::move(slice));
      return;
    case Mode::Opaque:
      touch();
      exchange_->on_request_body(std::move(slice));
      return;
    case Mode::Ended:  // the next request waits for the response to this one
      state_->pending = std::move(slice);
      state_->pending_capacity = 0;
      update_interest();
      return;
    default:  // draining: dropped, but not without end
      left_ += slice.bytes.size();
      if (left_ > kLingerBytes) dispose();
      return;
  }
}

/// A head that is not whole moves once to a block of its own, where the rest is read behind it.
void ClientConnection::keep_partial(base::Slice slice) noexcept {
  const std::size_t limit = worker_.max_head_bytes();
  if (slice.bytes.size() >= limit) {
    if (state_->reader.has_first_line())
      refuse_head(431, "the request's head is too large");
    else
      refuse_head(414, "the request line is too long");
    return;
  }
  if (state_->pending_capacity != 0) {
    state_->pending = std::move(slice);
    return;
  }
  base::BlockRef block = worker_.blocks().take();
  if (!block) {
    close_now();
    return;
  }
  std::memcpy(block.data(), slice.bytes.data(), slice.bytes.size());
  state_->pending_capacity = std::min(block.capacity(), limit);
  state_->pending = {block, {block.data(), slice.bytes.size()}};
  state_->reader.start(http::h1::HeadReader::Kind::Request, exchange_->request_head(),
                       worker_.max_fields());
  const char* begin = state_->pending.bytes.data();
  (void)state_->reader.read(
      begin, begin + state_->pending.bytes.size());  // its views lie in the new block
}

void ClientConnection::take_head(base::Slice slice) noexcept {
  const char* begin = slice.bytes.data();
  switch (state_->reader.read(begin, begin + slice.bytes.size())) {
    case http::h1::ReadStatus::NeedMore:
      keep_partial(std::move(slice));
      return;
    case http::h1::ReadStatus::Error:
      refuse_head(state_->reader.error().status, state_->reader.error().cause);
      return;
    case http::h1::ReadStatus::Done:
      break;
  }
  state_->pending_capacity = 0;
  const std::size_t size = state_->reader.consumed();
  if (size > worker_.max_head_bytes()) {
    refuse_head(431, "the request's head is too large");
    return;
  }
  http::h1::HeadFacts facts;
  http::HeadError error;
  exchange_->hold_head({slice.block, slice.bytes.substr(0, size)});
  if (!http::h1::judge_request(exchange_->request_head(), facts, error)) {
    refuse_head(error.status, error.cause);
    return;
  }
  version_ = exchange_->request_head().version;
  keep_alive_ = facts.keep_alive;
  base::Slice rest{slice.block, slice.bytes.substr(size)};
  switch (facts.framing.kind) {
    case http::BodyKind::Length:
      mode_ = Mode::Length;
      left_ = facts.framing.length;
      break;
    case http::BodyKind::Chunked:
      mode_ = Mode::Chunked;
      state_->chunks.start();
      break;
    default:
      mode_ = Mode::Ended;
      break;
  }
  if (mode_ == Mode::Ended && !rest.bytes.empty()) take_bytes(std::move(rest));
  disarm();
  exchange_->on_request_head(facts);
  if (mode_ == Mode::Closed || finished_) return;
  if ((mode_ == Mode::Length || mode_ == Mode::Chunked) && !rest.bytes.empty())
    take_body(std::move(rest));
  else if (mode_ == Mode::Length || mode_ == Mode::Chunked)
    touch();
}

void ClientConnection::refuse_head(std::uint16_t status, const char* cause) noexcept {
  keep_alive_ = false;
  version_ = http::Version::Http11;
  mode_ = Mode::Ended;
  state_->pending = {};
  state_->pending_capacity = 0;
  Failure failure = Failure::BadRequest;
  switch (status) {
    case 414:
      failure = Failure::UriTooLong;
      break;
    case 431:
      failure = Failure::HeadTooLarge;
      break;
    case 501:
      failure = Failure::NotImplemented;
      break;
    case 505:
      failure = Failure::VersionUnsupported;
      break;
    default:
      break;
  }
  exchange_->on_request_failure(failure, cause);
}

void ClientConnection::take_body(base::Slice slice) noexcept {
  touch();
  if (mode_ == Mode::Chunked) {
    take_chunked(std::move(slice));
    return;
  }
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, slice.bytes.size()));
  left_ -= n;
  base::Slice rest{slice.block, slice.bytes.substr(n)};
  slice.bytes = slice.bytes.substr(0, n);
  const bool last = left_ == 0;
  exchange_->on_request_body(std::move(slice));
  if (last && mode_ == Mode::Length) body_ended(std::move(rest), {});
}

void ClientConnection::take_chunked(base::Slice slice) noexcept {
  std::string_view input = slice.bytes;
  while (mode_ == Mode::Chunked) {
    std::string_view data;
    switch (state_->chunks.next(input, data)) {
      case http::h1::ChunkDecoder::Status::Data:
        exchange_->on_request_body({slice.block, data});
        break;
      case http::h1::ChunkDecoder::Status::NeedMore:
        return;
      case http::h1::ChunkDecoder::Status::Error:
        keep_alive_ = false;
        mode_ = Mode::Ended;
        exchange_->on_request_failure(Failure::BadRequest, state_->chunks.cause());
        return;
      case http::h1::ChunkDecoder::Status::Done:
        body_ended({slice.block, input}, state_->chunks.trailers());
        return;
    }
  }
}

void ClientConnection::body_ended(base::Slice rest, std::string_view trailers) noexcept {
  mode_ = Mode::Ended;
  disarm();
  if (!rest.bytes.empty()) take_bytes(std::move(rest));
  update_interest();
  exchange_->on_request_end(trailers);
}

void ClientConnection::on_end_of_stream(bool reset) noexcept {
  eof_ = true;
  update_interest();
  switch (mode_) {
    case Mode::Idle:
      if (facts_.request_number == 0 && !frontend_->config->dontlognull) {
        begin_exchange();  // HAProxy logs a connection that brings nothing, unless told not to
        break;
      }
      dispose();
      return;
    case Mode::Handshake:
    case Mode::Draining:
      dispose();
      return;
    case Mode::Closed:
      return;
    default:
      break;
  }
  keep_alive_ = false;
  if (!exchange_ || finished_) {
    dispose();
    return;
  }
  if (reset)
    exchange_->on_client_error();
  else if (mode_ == Mode::Head) {
    mode_ = Mode::Ended;
    exchange_->on_request_failure(Failure::RequestAborted,
                                  "the client closed in the middle of the head");
  } else {
    exchange_->on_client_eof();
  }
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
  if (!may_continue_ || closing_ || worker_.stopping()) {
    close_gracefully();
    return;
  }
  go_idle();
}

void ClientConnection::go_idle() noexcept {
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
  if (!worker_.refresh(generation_, frontend_, bind_)) {
    close_gracefully();
    return;
  }
  facts_.bind_name = bind_->config->name;  // of the generation that is held now
  if (!pending.bytes.empty()) {
    take_bytes(std::move(pending));
    if (mode_ != Mode::Closed) update_interest();
    return;
  }
  update_interest();
  Timer::arm(worker_.timers(), now.ms() + waiting_limit_ms());
}

}  // namespace sluice::proxy
