// Connecting to the server that was chosen, trying again, and sending the request.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/planted.h"
#include "http/h1/head_writer.h"
#include "model/release.h"
#include "proxy/exchange.h"
#include "proxy/queue_ticket.h"
#include "proxy/worker.h"
#include "rules/header_values.h"

namespace sluice::proxy {

namespace {

constexpr std::uint32_t kTurnaroundMs =
    1'000;  // HAProxy's pause before the same server is tried again
constexpr std::string_view kLastChunk = "0\r\n";
constexpr std::string_view kCrlf = "\r\n";

bool is_idempotent(http::Method method) {
  switch (method) {
    case http::Method::Get:
    case http::Method::Head:
    case http::Method::Options:
    case http::Method::Trace:
    case http::Method::Put:
    case http::Method::Delete:
      return true;
    default:
      return false;
  }
}

/// The nth value of the header, counted from its end when `occurrence` is negative.
base::Address address_in_header(const http::FieldList& fields, std::string_view name,
                                int occurrence) {
  const rules::FieldName field = rules::FieldName::of(name);
  std::string_view value;
  int wanted = occurrence;
  if (occurrence < 0) {
    int count = 0;
    for (rules::ValuePosition at; rules::next_element(fields, field, at, value);) ++count;
    wanted = count + occurrence + 1;
  }
  for (rules::ValuePosition at; rules::next_element(fields, field, at, value);) {
    if (--wanted != 0) continue;
    const auto address = base::Address::from_ip(value, 0);
    return address ? *address : base::Address();
  }
  return {};
}

constexpr std::uint64_t kFnvBasis = 0xCBF29CE484222325ULL;

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace

void Exchange::connect() {
  phase_ = Phase::Connect;
  connecting_ns_ = worker_.now().monotonic_ns;
  if (is_http_ && take_idle()) {
    connected_ns_ = connecting_ns_;
    observe(model::Observed::Connected);
    send_request();
    return;
  }
  if (!is_http_) choose_pool();
  start_connect();
}

bool Exchange::take_idle() {
  choose_pool();
  if (replayed_) return false;  // once it went wrong on a connection, a new one is safer
  // The first request of a client's connection is not sent over another's, but by "always";
  // "aggressive" trusts a connection that was reused before.
  const model::HttpReuse reuse = backend_->config->http_reuse;
  const bool first = connection_facts().request_number <= 1;
  if (first && reuse != model::HttpReuse::Always && reuse != model::HttpReuse::Aggressive)
    return false;
  const std::uint32_t proven = first && reuse == model::HttpReuse::Aggressive ? 2 : 1;
  connection_ = worker_.idle_pool().take(*server_, pool_key_, proven);
  if (!connection_) return false;
  server_->counters.of(worker_.slot()).add(model::Counter::Reuses);
  backend_->live->counters.of(worker_.slot()).add(model::Counter::Reuses);
  connection_->attach(*this);
  return true;
}

/// Which idle connections this request may use, and leave: those of its server, port and TLS name;
/// with "http-reuse never", or once a server asked the client to authenticate its connection,
/// those of its own client alone.
void Exchange::choose_pool() {
  pool_key_ = server_->id();
  tls_server_name_ = {};
  if (server_runtime_->sni != nullptr) {
    rules::Sample sample;
    rules::Certainty certainty = rules::Certainty::Final;
    if (server_runtime_->sni->evaluate(evaluation(), sample, certainty)) {
      tls_server_name_ = rules::as_text(sample, arena_);
      pool_key_ = mix(pool_key_ ^ kFnvBasis, tls_server_name_);
    }
  }
  if (server_runtime_->config->port_is_clients) {
    const std::uint16_t port = connection_facts().destination.port();
    pool_key_ = mix(pool_key_ ^ kFnvBasis, {reinterpret_cast<const char*>(&port), sizeof(port)});
  }
  if (server_runtime_->config->address_is_clients)
    pool_key_ = mix(pool_key_ ^ kFnvBasis, connection_facts().destination.ip_bytes());
  const model::Source* source = server_runtime_->source;
  if (source != nullptr && source->follows_client()) {
    const base::Address from = server_source(*source);
    const std::uint16_t port = from.port();
    pool_key_ = mix(pool_key_ ^ kFnvBasis, from.ip_bytes());
    pool_key_ = mix(pool_key_, {reinterpret_cast<const char*>(&port), sizeof(port)});
  }
  if (backend_->config->http_reuse == model::HttpReuse::Never || facts_->owns_connection)
    pool_key_ = client_->pool_key();
}

/// The server's address, or what its line leaves to the client's destination.
base::Address Exchange::server_destination() const {
  const model::Server& config = *server_runtime_->config;
  const base::Address& came_to = connection_facts().destination;
  base::Address to = server_->address();
  if (config.address_is_clients && came_to.is_ip()) {
    const std::uint16_t port = to.port();
    to = came_to;
    to.set_port(port);
  }
  if (config.port_is_clients)
    to.set_port(static_cast<std::uint16_t>(came_to.port() + config.port_offset));
  return to;
}

/// `source` and `usesrc`: where a request's connection is to come from. An address of the other
/// family than the server's, or none in the header, is no address at all.
base::Address Exchange::server_source(const model::Source& source) {
  using Foreign = model::Source::Foreign;
  base::Address from = source.address;
  switch (source.foreign) {
    case Foreign::None:
      break;
    case Foreign::Address:
      from = source.foreign_address;
      break;
    case Foreign::Client:
    case Foreign::ClientIp:
      from = connection_facts().source;
      if (source.foreign == Foreign::ClientIp && from.is_ip()) from.set_port(0);
      break;
    case Foreign::Header:
      from = address_in_header(request_.fields, source.header, source.occurrence);
      break;
  }
  if (from.is_set() && from.family() == server_destination().family()) return from;
  return {};
}

void Exchange::start_connect() {
  net::ConnectOptions options;
  options.address = server_destination();
  const model::Server& config = *server_runtime_->config;
  options.tls = static_cast<const net::TlsClientContext*>(server_runtime_->tls.get());
  const model::KeepAliveProbes& probes = backend_->config->server_probes;
  options.keep_alive = {backend_->config->tcpka_server, probes.count, probes.idle_s,
                        probes.interval_s};
  options.user_timeout_ms = config.user_timeout_ms;
  options.fast_open = config.fast_open;
  options.tls_server_name = tls_server_name_;
  if (const model::Source* source = server_runtime_->source) {
    options.source = server_source(*source);
    options.transparent = source->foreign != model::Source::Foreign::None;
    options.interface = source->interface;
    options.last_source_port = source->last_port;
    options.next_source_port = &server_runtime_->next_source_port;
  }
  server_->counters.of(worker_.slot()).add(model::Counter::Connects);
  backend_->live->counters.of(worker_.slot()).add(model::Counter::Connects);
  connection_ = std::make_unique<ServerConnection>(worker_, server_runtime_->live,
                                                   server_runtime_->tls, pool_key_);
  auto stream = worker_.loop().connect(options, *connection_);
  if (!stream) {
    on_connect_failed(stream.error().code, stream.error().detail.c_str());
    return;
  }
  connection_->set_stream(std::move(*stream));
  if (backend_->config->nolinger) connection_->stream().reset_on_close();
  if (!base::planted(base::Fault::TimerNotArmed) || retries_ == 0) arm(timeouts().connect);
  connection_->establish(*this);
}

void Exchange::on_connected() {
  connected_ns_ = worker_.now().monotonic_ns;
  disarm();
  observe(model::Observed::Connected);
  if (is_http_)
    send_request();
  else
    start_tunnel();
}

void Exchange::on_connect_failed(int error, const char* text) {
  cause_text_ = text;
  retry_connect(error == EMFILE || error == ENFILE ? Failure::NoResource : Failure::ConnectRefused);
}

/// option redispatch: at the retries that its interval names; at any where there are other servers
/// and neither a cookie, a rule nor the algorithm binds the request to one.
bool Exchange::may_leave_server(std::uint32_t allowed) const {
  if (persistence_.forced()) return false;
  const int interval = backend_->config->redispatch.interval;
  const int period = interval > 0 ? interval : static_cast<int>(allowed) + 1 + interval;
  if (period <= 1 || static_cast<int>(retries_) % period == 0) return true;
  if (persistence_.server() != nullptr || backend_->balancer->is_determinist()) return false;
  return backend_->live->active_servers.load(std::memory_order_relaxed) > 1;
}

/// An attempt failed and is counted in retries_. True: it goes on elsewhere. Else the same server
/// is to be tried again, whose slot is still ours.
bool Exchange::leave_for_retry(std::uint32_t allowed) {
  if (backend_->config->redispatch.enabled && may_leave_server(allowed)) {
    // The only one may have been joined or replaced meanwhile.
    const bool others = backend_->live->active_servers.load(std::memory_order_relaxed) > 1;
    avoid_ = others ? server_ : nullptr;
    persistence_.leave();
    release_server();
    balance();
    return true;
  }
  server_->counters.of(worker_.slot()).add(model::Counter::Retries);
  backend_->live->counters.of(worker_.slot()).add(model::Counter::Retries);
  return false;
}

/// HAProxy's rules (manual: retries, option redispatch): a connection that could not be established
/// is tried again; at once on another server where the algorithm does not care, else after a pause.
void Exchange::retry_connect(Failure failure) {
  drop_server_connection();
  if (failure != Failure::NoResource) observe(model::Observed::NotConnected);
  server_->counters.of(worker_.slot()).add(model::Counter::ConnectionErrors);
  backend_->live->counters.of(worker_.slot()).add(model::Counter::ConnectionErrors);
  const model::Proxy& config = *backend_->config;
  const std::uint32_t allowed =
      (config.retry_on & model::kRetryConnFailure) != 0 ? config.retries : 0;
  if (retries_ >= allowed || (client_eof_ && config.abortonclose)) {
    release_server();
    end_phase_ = 'C';
    fail(failure, "the server could not be connected to");
    return;
  }
  ++retries_;
  if (leave_for_retry(allowed)) return;
  phase_ = Phase::Connect;
  if (failure == Failure::ConnectTimeout) {
    connect();
    return;
  }
  turnaround_ = true;
  const std::uint32_t connect_ms = timeouts().connect;
  arm(connect_ms == 0 ? kTurnaroundMs : std::min(connect_ms, kTurnaroundMs));
}

void Exchange::release_server() {
  if (!holds_slot_) return;
  holds_slot_ = base::planted(base::Fault::DoubleRelease) && retries_ > 0 && response_done_;
  server_->sessions.decrease();
  model::release_slot(*server_);
  backend_->balancer->released(*server_);
}

void Exchange::note_observed(model::Observed what) {
  const model::Server& config = *server_runtime_->config;
  if (server_->errors.note(what, config.observe, config.error_limit))
    worker_.shared().observations->error_limit_reached();
}

void Exchange::drop_server_connection() {
  stop_inspecting();
  if (!connection_) return;
  note_backend_source();
  connection_->detach();
  worker_.dispose(std::move(connection_));
}

http::h1::ConnectionField Exchange::server_connection_field() const {
  if (request_facts_.upgrade) return http::h1::ConnectionField::Upgrade;
  const model::Proxy& config = *backend_->config;
  const bool closes = config.connection_mode != model::ConnectionMode::KeepAlive ||
                      frontend_->config->connection_mode != model::ConnectionMode::KeepAlive;
  if (!closes || config.http_pretend_keepalive || frontend_->config->http_pretend_keepalive) {
    return http::h1::ConnectionField::None;
  }
  return http::h1::ConnectionField::Close;
}

void Exchange::send_request() {
  phase_ = Phase::Response;
  if (const std::string& header = backend_->config->send_name_header; !header.empty()) {
    request_.fields.remove(header);
    request_.fields.add(header, server_->name());
  }
  http::h1::WriteOptions options;
  options.framing = request_facts_.framing;
  options.announce_length = request_facts_.announces_length;
  options.connection = server_connection_field();
  if (base::planted(base::Fault::WrongLength) && retries_ > 0) options.framing.length /= 2;
  Scratch& heads = worker_.heads();
  std::size_t size = heads.reserve(1024)
                         ? http::h1::write_request(request_, options, heads.data(), heads.room())
                         : 0;
  if (size == 0 && heads.reserve(worker_.blocks().block_bytes())) {
    size = http::h1::write_request(request_, options, heads.data(), heads.room());
  }
  if (size == 0) {
    end_phase_ = 'H';
    drop_server_connection();
    fail(Failure::Internal, "the rewritten head does not fit into a buffer");
    return;
  }
  server_bytes_out_ += size;
  connection_->out().append(heads.take(size));
  request_forwarded_ = true;
  end_sent_ = false;
  connection_->expect_response(response_, request_.method, request_facts_.upgrade);
  worker_.flush_later(*connection_);
  if (body_bytes_ > 0) forward_body({body_block_, {body_block_.data(), body_bytes_}});
  std::vector<base::Slice> backlog;
  backlog.swap(backlog_);
  backlog_bytes_ = 0;
  for (base::Slice& slice : backlog) forward_body(std::move(slice));
  if (request_ended_) end_forwarding();
  arm(timeouts().server);
  inspect_response();
}

void Exchange::forward_body(base::Slice slice) {
  if (slice.bytes.empty()) return;
  const bool connected = connection_ && (phase_ == Phase::Response || phase_ == Phase::Data ||
                                         phase_ == Phase::Tunnel);
  if (!connected) {
    backlog_bytes_ += slice.bytes.size();
    backlog_.push_back(std::move(slice));
    if (backlog_bytes_ >= worker_.blocks().block_bytes()) client_->set_body_flow(false);
    return;
  }
  OutQueue& out = connection_->out();
  server_bytes_out_ += slice.bytes.size();
  if (is_http_ && phase_ != Phase::Tunnel) {
    keep_for_replay(slice);
    if (request_facts_.framing.kind == http::BodyKind::Chunked) {
      if (!worker_.heads().reserve(32)) return cut(EndCause::Resource, AbortHow::Close);
      out.append(worker_.heads().take(
          http::h1::write_chunk_size(slice.bytes.size(), worker_.heads().data())));
      out.append(std::move(slice));
      out.append_static(kCrlf);
    } else {
      out.append(std::move(slice));
    }
  } else {
    out.append(std::move(slice));
  }
  worker_.flush_later(*connection_);
  if (out.above_mark(worker_.blocks().block_bytes())) client_->set_body_flow(false);
}

OutQueue* Exchange::request_relay_queue() {
  const bool flows = phase_ == Phase::Response || phase_ == Phase::Data || phase_ == Phase::Tunnel;
  if (!connection_ || !flows || buffering_ || response_done_ || !backlog_.empty()) return nullptr;
  if (replayable_ && phase_ != Phase::Tunnel) return nullptr;  // it may have to be sent again
  return connection_->relay_into();
}

void Exchange::on_request_relayed(std::size_t bytes) {
  bytes_in_ += bytes;
  server_bytes_out_ += bytes;
  client_->set_body_flow(false);  // until the pipe is empty
  worker_.flush_later(*connection_);
}

void Exchange::keep_for_replay(const base::Slice& slice) {
  const std::uint32_t beyond_connect =
      backend_->config->retry_on & ~static_cast<std::uint32_t>(model::kRetryConnFailure);
  if (beyond_connect == 0 || !evaluation_.may_retry_response || !replayable_) {
    replayable_ = false;
    return;
  }
  sent_body_bytes_ += slice.bytes.size();
  if (head_bytes_ + sent_body_bytes_ > worker_.blocks().block_bytes()) {
    replayable_ = false;
    sent_body_.clear();
    return;
  }
  sent_body_.push_back(slice);
}

void Exchange::end_forwarding() {
  const bool connected = connection_ && (phase_ == Phase::Response || phase_ == Phase::Data ||
                                         phase_ == Phase::Tunnel);
  if (!connected || end_sent_) return;
  end_sent_ = true;
  OutQueue& out = connection_->out();
  if (phase_ == Phase::Tunnel || !is_http_) {
    if (out.empty()) relay_end_of_client();
    return;  // else when it has drained
  }
  if (request_facts_.framing.kind != http::BodyKind::Chunked) return;
  out.append_static(kLastChunk);
  if (!request_trailers_.empty()) {
    http::FieldList trailers;
    if (http::h1::read_trailers(request_trailers_, trailers)) {
      for (const http::Field& field : trailers) {
        out.append_static(arena_.concat({field.name, ": ", field.value, kCrlf}));
      }
    }
  }
  out.append_static(kCrlf);
  worker_.flush_later(*connection_);
}

void Exchange::on_server_drained() {
  if (phase_ == Phase::Tunnel && request_ended_ && connection_)
    relay_end_of_client();
  else if (!request_ended_ && !response_done_)
    client_->set_body_flow(true);
  if (backend_->config->independent_streams) return;
  if (phase_ == Phase::Response || phase_ == Phase::Data) arm(timeouts().server);
  if (phase_ == Phase::Tunnel && connection_) arm(tunnel_timeout());
}

/// RFC 9112 §9.3.1: an idle connection may die as it is used; what is idempotent goes again, once.
bool Exchange::may_replay(ServerFault fault) const {
  if (fault != ServerFault::Eof && fault != ServerFault::Reset) return false;
  if (response_started_ || replayed_on_reuse_ || !connection_ || connection_->requests() <= 1)
    return false;
  if (connection_->got_response_bytes()) return false;
  return is_idempotent(request_.method) && request_facts_.framing.kind == http::BodyKind::None;
}

/// Whether the cause is one of retry-on's and the whole request can be sent again.
bool Exchange::may_retry_response(std::uint32_t cause) const {
  const model::Proxy& config = *backend_->config;
  return (config.retry_on & cause) != 0 && evaluation_.may_retry_response && !response_started_ &&
         replayable_ && retries_ < config.retries && !request_facts_.upgrade;
}

std::uint32_t Exchange::retry_cause(ServerFault fault) const {
  switch (fault) {
    case ServerFault::Eof:
    case ServerFault::Reset:  // a head that ends half-way too, as in HAProxy
      return model::kRetryEmptyResponse;
    case ServerFault::BadResponse:
    case ServerFault::HeadTooLarge:
      return model::kRetryJunkResponse;
    case ServerFault::Timeout:
      return model::kRetryResponseTimeout;
    case ServerFault::Tls:
      break;
  }
  return model::kRetryNone;
}

/// What the server answered, or did not, is dropped.
void Exchange::retry_response() {
  ++retries_;
  replay();
  if (!leave_for_retry(backend_->config->retries)) connect();
}

/// The same request again, from its first byte.
void Exchange::replay() {
  replayed_ = true;
  drop_server_connection();
  backlog_ = std::move(sent_body_);
  sent_body_.clear();
  sent_body_bytes_ = 0;
  if (!backlog_.empty()) body_bytes_ = 0;  // what was buffered is in the backlog now
  response_.clear();
  request_forwarded_ = close_server_ = false;
}

}  // namespace sluice::proxy
