// The end of an exchange: accounted once, logged once.
#include <algorithm>
#include <cstdio>

#include "proxy/dynamic_limit.h"
#include "proxy/exchange.h"
#include "proxy/queue_ticket.h"
#include "proxy/service_call.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {

std::int64_t ms_between(std::uint64_t from_ns, std::uint64_t to_ns) {
  if (from_ns == 0 || to_ns == 0) return -1;
  if (to_ns < from_ns) return 0;  // an event's time may be read a little before it was accepted
  return static_cast<std::int64_t>((to_ns - from_ns) / 1'000'000);
}

/// The same as a part of the statistics' times, where what was not is none.
std::uint32_t part_ms(std::uint64_t from_ns, std::uint64_t to_ns) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, ms_between(from_ns, to_ns)));
}

}  // namespace

void Exchange::set_end(EndCause cause) {
  if (end_ == EndCause::None) end_ = cause;
}

/// The second letter of the termination state: where it was (manual §8.5).
char Exchange::phase_letter() const {
  switch (phase_) {
    case Phase::Idle:
    case Phase::Head:
    case Phase::Rules:
    case Phase::Body:
      return 'R';
    case Phase::Balance:
    case Phase::Connect:
      return 'C';
    case Phase::Queue:
      return 'Q';
    case Phase::Response:
      return 'H';
    case Phase::Data:
    case Phase::Tunnel:
      return 'D';
    case Phase::Service:
      return 'H';
    case Phase::Done:
      return '-';
  }
  return '-';
}

/// Nothing more will be queued for the client.
void Exchange::response_complete() {
  response_done_ = true;
  if (phase_ == Phase::Tunnel) {
    drop_server_connection();
  } else {
    give_back_connection();
  }
  release_server();
  disarm();
  if (!request_ended_) client_may_continue_ = false;
  maybe_finish();
}

void Exchange::maybe_finish() {
  if (response_done_ && phase_ != Phase::Done && client_->drained()) finish();
}

void Exchange::finish() {
  if (phase_ == Phase::Done) return;
  end_ns_ = worker_.now().monotonic_ns;
  bytes_out_ = client_->bytes_sent();
  disarm();
  leave_queue();
  if (service_ != nullptr) {
    service_->abandon();
    service_ = nullptr;
  }
  drop_server_connection();
  count_response();
  // A line counts the others that are there, not itself: HAProxy leaves backend and server first.
  release_server();
  if (in_backend_) {
    backend_->live->sessions.decrease();
    adapt_limits(*backend_, worker_.shared().connections.max());
  }
  write_log();
  if (worker_.watch().watched()) show_sample();
  phase_ = Phase::Done;
  ClientSide* client = client_;
  client->exchange_ended(client_may_continue_);
}

void Exchange::count_response() {
  const std::size_t slot = worker_.slot();
  count_front(model::Counter::BytesIn, bytes_in_);
  count_front(model::Counter::BytesOut, bytes_out_);
  const bool has_status = is_http_ && status_ != 0;
  if (has_status) count_front(model::class_of(status_));
  // A tunnel is a request until it is open; how long it then lasts is its users' affair.
  const bool opened = phase_ == Phase::Tunnel && is_http_ && response_ns_ != 0;
  const std::uint64_t until_ns = opened ? response_ns_ : end_ns_;
  const std::uint64_t ns = until_ns > begun_ns_ ? until_ns - begun_ns_ : 1;
  const std::size_t bucket = model::durations::bucket_of(ns / 1'000);
  const bool timed = begun_ns_ != 0 && (has_status || !is_http_);
  if (timed) front_counters_->times().count(bucket, ns);
  if (backend_ == nullptr || !in_backend_) return;
  auto& back = backend_->live->counters.of(slot);
  back.add(model::Counter::BytesIn, bytes_in_);
  back.add(model::Counter::BytesOut, bytes_out_);
  if (has_status) back.add(model::class_of(status_));
  // What a server was asked for is timed there, and only what reached none here.
  if (timed && server_ == nullptr) back.times().count(bucket, ns);
  if (server_ == nullptr) return;
  auto& server = server_->counters.of(slot);
  server.add(model::Counter::BytesIn, server_bytes_out_);
  server.add(model::Counter::BytesOut, bytes_out_);
  if (timed) server.times().count(bucket, ns);
  const model::PartsMs parts = {part_ms(queued_ns_, dequeued_ns_),
                                part_ms(connecting_ns_, connected_ns_),
                                part_ms(connected_ns_, response_ns_), part_ms(begun_ns_, end_ns_)};
  server.times().count_parts(parts);
  back.times().count_parts(parts);
}

/// No server could be had, or none was to be connected to. What went on elsewhere is none (econ).
void Exchange::note_connection_error(Failure failure) {
  switch (failure) {
    case Failure::NoServer:
    case Failure::QueueTimeout:
    case Failure::QueueFull:
    case Failure::ConnectRefused:
    case Failure::ConnectTimeout:
    case Failure::NoResource:
      break;
    default:
      return;
  }
  if (backend_ == nullptr || !in_backend_) return;
  backend_->live->counters.of(worker_.slot()).add(model::Counter::ConnectionErrors);
  if (server_ != nullptr)
    server_->counters.of(worker_.slot()).add(model::Counter::ConnectionErrors);
}

/// Before the connection is given back or closed: later nobody knows.
void Exchange::note_backend_source() {
  if (connection_ && frontend_->log.names_backend_source)
    backend_source_ = connection_->local_address();
}

void Exchange::fill_record(rules::LogRecord& record) {
  const model::ConnectionFacts& facts = connection_facts();
  record.frontend_name = frontend_->config->name;
  record.frontend_is_tls = facts.tls != nullptr;
  record.backend_name =
      backend_ != nullptr ? std::string_view(backend_->config->name) : record.frontend_name;
  record.server_name = !server_name_.empty() ? server_name_ : std::string_view("<NOSRV>");
  note_backend_source();
  record.backend_source = backend_source_;
  if (server_ != nullptr) record.server_address = server_->address();
  record.accept_wall_us = facts.accepted_wall_us;
  record.request_wall_us = begun_wall_us_;
  record.handshake_ms = facts.request_number <= 1 ? facts.handshake_ms : 0;
  record.idle_ms = std::max<std::int64_t>(0, ms_between(facts.idle_since_ns, begun_ns_));
  const std::int64_t head_ms = std::max<std::int64_t>(0, ms_between(begun_ns_, head_ns_));
  record.request_ms = is_http_ ? (has_head_ ? head_ms : -1) : 0;
  const bool had_server = server_ != nullptr;
  record.queue_ms = queued_ns_ != 0 ? (dequeued_ns_ != 0 ? ms_between(queued_ns_, dequeued_ns_)
                                                         : ms_between(queued_ns_, end_ns_))
                                    : (had_server ? 0 : -1);
  // In mode tcp the wait of content rules counts here, as nothing else tells of it.
  if (!is_http_ && record.queue_ms >= 0) record.queue_ms += head_ms;
  if (tarpit_status_ != 0) {  // HAProxy takes the time in a tarpit for one in a queue
    record.request_ms = -1;
    record.queue_ms = ms_between(begun_ns_, end_ns_);
  }
  record.connect_ms = had_server ? ms_between(connecting_ns_, connected_ns_) : -1;
  record.response_ms = ms_between(connected_ns_, response_ns_);
  record.data_ms = response_ns_ != 0 ? ms_between(response_ns_, end_ns_) : -1;
  record.active_ms = ms_between(begun_ns_, end_ns_);
  record.total_ms =
      ms_between(is_http_ && facts.request_number > 1 ? begun_ns_ : facts.accepted_ns, end_ns_);
  record.user_ms = ms_between(begun_ns_, end_ns_);
  record.status = status_;
  record.bytes_to_client = bytes_out_;
  record.bytes_from_client = bytes_in_;
  record.termination[0] = letter(end_);
  record.termination[1] = end_phase_;
  log_persistence(record);
  record.active_connections = worker_.shared().connections.used();
  record.frontend_connections = frontend_->live->sessions.value();
  record.backend_connections = in_backend_ ? backend_->live->sessions.value() : 0;
  record.server_connections = had_server ? server_->limiter.used() : 0;
  record.retries = retries_;
  record.redispatched = redispatched_;
  record.server_queue = queue_position_server_;
  record.backend_queue = queue_position_backend_;
  record.hostname = worker_.shared().hostname;
  record.pid = worker_.shared().pid;
  record.request_counter = worker_.shared().requests.load(std::memory_order_relaxed);
}

/// option logasap: the line is written at the response's head; what is not final is marked.
void Exchange::log_early(rules::LogRecord& record) const {
  const std::uint64_t now_ns = worker_.now().monotonic_ns;
  record.logasap = true;
  record.data_ms = ms_between(response_ns_, now_ns);
  record.active_ms = record.user_ms = ms_between(begun_ns_, now_ns);
  record.total_ms = ms_between(
      connection_facts().request_number > 1 ? begun_ns_ : connection_facts().accepted_ns, now_ns);
  record.bytes_to_client = client_->bytes_queued();
}

void Exchange::write_log() {
  const control::CompiledLog& log = frontend_->log;
  if (log.format == nullptr || log.targets.empty() || logged_ || is_monitor_) return;
  const model::Proxy& config = *frontend_->config;
  const bool failed = end_ != EndCause::None && end_ != EndCause::Local;
  if (config.dontlognull && bytes_in_ == 0 && !has_head_ && is_http_) return;
  if (config.dontlognull && !is_http_ && bytes_in_ == 0 && bytes_from_server_ == 0) return;
  if (config.dontlog_normal && !failed && status_ < 500 && retries_ == 0) return;
  if (evaluation_.log_level == 8) return;
  logged_ = true;
  rules::LogRecord record;
  fill_record(record);
  if (phase_ != Phase::Done && !response_done_) log_early(record);
  if (has_head_) {
    const std::string_view version =
        request_.version == http::Version::Http10 ? " HTTP/1.0" : " HTTP/1.1";
    const std::string_view target =
        received_target_.empty() ? request_.target(arena_) : received_target_;
    record.request_line = arena_.concat({request_.method_token, " ", target, version});
  } else if (is_http_) {
    record.request_line = "<BADREQ>";
  }
  char line[base::limits::kMaxLogLineBytes];
  const rules::Format& format =
      is_http_ && !has_head_ && log.error_format != nullptr ? *log.error_format : *log.format;
  const std::size_t size = format.write(line, sizeof(line), &record, evaluation());
  int level = 6;
  if (config.log_separate_errors && (failed || status_ >= 500)) level = 3;
  if (evaluation_.log_level >= 0) level = evaluation_.log_level;
  char structured[base::limits::kMaxStructuredLogBytes];
  LogLine sent{{line, size}};
  if (log.structured != nullptr) {
    const std::size_t length =
        log.structured->write(structured, sizeof(structured), &record, evaluation());
    sent.structured = {structured, length};
  }
  worker_.logs().send(log.targets, level, log.tag, worker_.shared().pid, sent);
  if (blame_ != Blame::None) log_cause(level);
}

/// What was wrong with a message that was refused: a line of its own, since the formats have no
/// place for it. It quotes nothing of the message.
void Exchange::log_cause(int level) const {
  const bool of_request = blame_ == Blame::Request;
  const model::ConnectionFacts& facts = connection_facts();
  const std::string_view proxy = of_request ? frontend_->config->name : backend_->config->name;
  const std::string_view server = of_request ? "-" : server_name_;
  char line[512];
  char host[64] = "unix";
  if (facts.source.is_ip()) host[facts.source.write_host(host)] = '\0';
  const int size =
      std::snprintf(line, sizeof(line), "bad %s %s:%u [%.*s/%.*s] %u: %s",
                    of_request ? "request from" : "response for", host, facts.source.port(),
                    static_cast<int>(std::min<std::size_t>(proxy.size(), 100)), proxy.data(),
                    static_cast<int>(std::min<std::size_t>(server.size(), 100)), server.data(),
                    status_, cause_text_);
  const control::CompiledLog& log = frontend_->log;
  worker_.logs().send(
      log.targets, level, log.tag, worker_.shared().pid,
      {line, std::min<std::size_t>(static_cast<std::size_t>(size), sizeof(line) - 1)});
}

}  // namespace sluice::proxy
