// Content rules: what they see of a request's bytes, and the response that waits for theirs.
#include <algorithm>
#include <cstring>
#include <utility>

#include "proxy/exchange.h"
#include "proxy/response_inspection.h"
#include "proxy/worker.h"

namespace sluice::proxy {

/// In mode tcp, HTTP fetches see a request if the bytes are one (manual §7.3.6); its views lie in
/// the buffer, which does not move.
void Exchange::peek_request() {
  if (is_http_ || peek_ > Peek::Incomplete || body_bytes_ == 0) return;
  if (std::exchange(peek_, Peek::Incomplete) == Peek::Unbegun)
    peeked_.start(http::h1::HeadReader::Kind::Request, request_, worker_.max_fields());
  const char* const begin = body_block_.data();
  http::h1::HeadFacts facts;
  http::HeadError error;
  switch (peeked_.read(begin, begin + body_bytes_)) {
    case http::h1::ReadStatus::NeedMore:
      return;
    case http::h1::ReadStatus::Error:
      peek_ = Peek::None;
      return;
    case http::h1::ReadStatus::Done:
      peek_ = http::h1::judge_request(request_, facts, error) ? Peek::Whole : Peek::None;
      return;
  }
}

void Exchange::show_content(rules::Evaluation& view) const {
  view.request = nullptr;
  if (has_head_ || peek_ == Peek::Whole) view.request = const_cast<http::Head*>(&request_);
  view.no_request = peek_ == Peek::None;
  view.message_bytes = has_head_ ? head_bytes_ + body_bytes_ : 0;
  view.payload = {};
  if (!is_http_ && body_block_) view.payload = {body_block_.data(), body_bytes_};
}

/// A server is there: its response passes through the backend's rules, which HAProxy asks at once,
/// before a byte of it came.
void Exchange::inspect_response() {
  if (backend_->tcp_response_content.empty()) return;
  if (!inspection_) inspection_ = std::make_unique<ResponseInspection>(*this);
  inspection_->reset();
  if (!is_http_) inspection_->block = worker_.blocks().take();
  inspecting_ = true;
  judge_response();
}

void Exchange::judge_response() {
  ResponseInspection& inspection = *inspection_;
  const bool full =
      inspection.held_bytes >= worker_.blocks().block_bytes() || (!is_http_ && !inspection.block);
  rules::Evaluation& view = evaluation();
  view.response = inspection.head ? &response_ : nullptr;
  view.payload = {};
  if (inspection.block) view.payload = {inspection.block.data(), inspection.bytes};
  view.message_bytes =
      inspection.head ? connection_->response_head_bytes() + inspection.held_bytes : 0;
  view.payload_final = full || inspection.ended || inspection.overdue;
  rules::Outcome outcome;
  switch (backend_->tcp_response_content.step(inspection.cursor, view, outcome)) {
    case rules::Verdict::Wait:
      inspection.arm(worker_.timers(), inspection.cursor.wait_deadline_ms);
      return;
    case rules::Verdict::Continue:
      release_response();
      return;
    case rules::Verdict::Stop:
      break;
  }
  if (outcome.kind == rules::OutcomeKind::Close) close_server_ = true;
  if (outcome.kind == rules::OutcomeKind::Allow || close_server_)
    release_response();
  else
    refuse_response(outcome.kind);
}

void Exchange::on_inspection_due() {
  Worker::EventScope scope(worker_);
  inspection_->overdue = true;
  if (inspecting_)
    judge_response();
  else if (close_server_ && connection_)
    close_server();
}

void Exchange::hold_response(base::Slice slice) {
  ResponseInspection& inspection = *inspection_;
  if (inspection.block) {
    const std::size_t n =
        std::min(inspection.block.capacity() - inspection.bytes, slice.bytes.size());
    std::memcpy(inspection.block.data() + inspection.bytes, slice.bytes.data(), n);
    inspection.bytes += n;
  }
  inspection.held_bytes += slice.bytes.size();
  inspection.held.push_back(std::move(slice));
  judge_response();
}

/// The rules are through: on with what was held, as if it came now.
void Exchange::release_response() {
  ResponseInspection& inspection = *inspection_;
  inspecting_ = false;
  inspection.disarm();
  if (inspection.head) take_response_head();
  for (base::Slice& slice : inspection.held) {
    if (phase_ == Phase::Done || !connection_) break;
    on_response_body(std::move(slice));
  }
  inspection.held.clear();
  if (phase_ == Phase::Done || !connection_) return;
  if (inspection.ended) {
    on_response_end();
    return;
  }
  if (close_server_) close_server();
}

/// A rule closes the server's connection. What was read with what it judged still comes behind it.
void Exchange::close_server() {
  if (phase_ == Phase::Tunnel) {
    end_tunnel();
  } else if (inspection_->head && !inspection_->overdue) {
    connection_->set_read_flow(false);
    inspection_->overdue = true;
    inspection_->arm(worker_.timers(), worker_.now().ms());
  } else {
    on_server_fault(ServerFault::Eof, "a rule closed the server's connection");
  }
}

void Exchange::refuse_response(rules::OutcomeKind kind) {
  const std::size_t slot = worker_.slot();
  count_front(model::Counter::DeniedResponses);
  backend_->live->counters.of(slot).add(model::Counter::DeniedResponses);
  server_->counters.of(slot).add(model::Counter::DeniedResponses);
  end_phase_ = 'D';
  drop_server_connection();
  cut(EndCause::Proxy, kind == rules::OutcomeKind::SilentDrop ? AbortHow::Reset : AbortHow::Close);
}

void Exchange::stop_inspecting() {
  inspecting_ = false;
  if (inspection_) inspection_->reset();
}

}  // namespace sluice::proxy
