// What a client connection sends, and how it closes.
#include <cstring>

#include "base/planted.h"
#include "base/text.h"
#include "http/h1/chunk_decoder.h"
#include "http/h1/head_writer.h"
#include "proxy/client_connection.h"
#include "proxy/socket_options.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {
constexpr std::string_view kCrlf = "\r\n";
/// A body of at most this is copied behind its head: sending two pieces costs more than the copy.
constexpr std::size_t kJoinedBytes = 1024;
}  // namespace

void ClientConnection::send_interim(const http::Head& head) {
  if (version_ == http::Version::Http10) return;
  Scratch& heads = worker_.heads();
  const http::h1::WriteOptions options;
  std::size_t size =
      heads.reserve(1024) ? http::h1::write_response(head, options, heads.data(), heads.room()) : 0;
  if (size == 0 && heads.reserve(worker_.blocks().block_bytes())) {
    size = http::h1::write_response(head, options, heads.data(), heads.room());
  }
  if (size == 0) return;
  state_->out.append(heads.take(size));
  worker_.flush_later(*this);
}

bool ClientConnection::send_head(const http::Head& head, const ResponseShape& shape) {
  http::h1::WriteOptions options;
  options.framing = shape.framing;
  options.announce_length = shape.announce_length;
  if (shape.close) keep_alive_ = false;
  if (shape.framing.kind == http::BodyKind::UntilClose) keep_alive_ = false;
  if (shape.framing.kind == http::BodyKind::Chunked && version_ == http::Version::Http10) {
    options.framing.kind = http::BodyKind::UntilClose;  // a 1.0 client knows no chunks
    keep_alive_ = false;
  }
  response_kind_ = options.framing.kind;
  if (head.status == 101)
    options.connection = http::h1::ConnectionField::Upgrade;
  else if (shape.framing.kind == http::BodyKind::Tunnel)
    options.connection = http::h1::ConnectionField::None;
  else if (!keep_alive_)
    options.connection = http::h1::ConnectionField::Close;
  else if (version_ == http::Version::Http10)
    options.connection = http::h1::ConnectionField::KeepAlive;
  Scratch& heads = worker_.heads();
  std::size_t size =
      heads.reserve(1024) ? http::h1::write_response(head, options, heads.data(), heads.room()) : 0;
  if (size == 0 && heads.reserve(worker_.blocks().block_bytes())) {
    size = http::h1::write_response(head, options, heads.data(), heads.room());
  }
  if (size == 0) return false;
  take_state();
  state_->out.append(heads.take(size));
  worker_.flush_later(*this);
  return true;
}

void ClientConnection::send_body(base::Slice slice) {
  if (slice.bytes.empty()) return;
  OutQueue& out = state_->out;
  if (response_kind_ == http::BodyKind::Chunked) {
    Scratch& heads = worker_.heads();
    if (!heads.reserve(32)) {
      close_now();
      return;
    }
    out.append(heads.take(http::h1::write_chunk_size(slice.bytes.size(), heads.data())));
    out.append(std::move(slice));
    out.append_static(kCrlf);
  } else if (!join_head(slice.bytes)) {
    out.append(std::move(slice));
  }
  worker_.flush_later(*this);
}

void ClientConnection::send_body_together(std::span<base::Slice> slices) {
  if (response_kind_ != http::BodyKind::Chunked || slices.size() < 2) {
    for (base::Slice& slice : slices) send_body(std::move(slice));
    return;
  }
  std::size_t size = 0;
  for (const base::Slice& slice : slices) size += slice.bytes.size();
  Scratch& heads = worker_.heads();
  if (!heads.reserve(32)) {
    close_now();
    return;
  }
  OutQueue& out = state_->out;
  out.append(heads.take(http::h1::write_chunk_size(size, heads.data())));
  for (base::Slice& slice : slices) out.append(std::move(slice));
  out.append_static(kCrlf);
  worker_.flush_later(*this);
}

bool ClientConnection::join_head(std::string_view bytes) {
  Scratch& heads = worker_.heads();
  if (bytes.size() > kJoinedBytes || state_->out.empty() || !heads.reserve(0)) return false;
  if (heads.room() < bytes.size() || !state_->out.ends_at(heads.data())) return false;
  std::memcpy(heads.data(), bytes.data(), bytes.size());
  state_->out.extend(heads.take(bytes.size()).bytes.size());
  return true;
}

void ClientConnection::end_response(std::string_view trailers) {
  if (response_kind_ != http::BodyKind::Chunked) return;
  OutQueue& out = state_->out;
  if (base::planted(base::Fault::DroppedTerminator) && out.empty()) return;
  out.append_static("0\r\n");
  http::FieldList fields;
  if (!trailers.empty() && http::h1::read_trailers(trailers, fields)) {
    std::string text;
    for (const http::Field& field : fields) {
      text.append(field.name).append(": ").append(field.value).append(kCrlf);
    }
    Scratch& heads = worker_.heads();
    if (!text.empty() && heads.reserve(text.size())) {
      std::copy(text.begin(), text.end(), heads.data());
      out.append(heads.take(text.size()));
    }
  }
  out.append_static(kCrlf);
  worker_.flush_later(*this);
}

OutQueue* ClientConnection::relay_queue() {
  if (!stream_->is_plain() || response_kind_ == http::BodyKind::Chunked) return nullptr;
  if (mode_ == Mode::Closed || !state_) return nullptr;
  if (state_->out.pipe() == nullptr) state_->out.relay_through(worker_.pipes().take());
  return state_->out.pipe() != nullptr ? &state_->out : nullptr;
}

void ClientConnection::body_relayed() { worker_.flush_later(*this); }

void ClientConnection::send_raw(base::Slice slice) {
  take_state();
  state_->out.append(std::move(slice));
  worker_.flush_later(*this);
}

void ClientConnection::end_tunnel() {
  shut_after_drain_ = true;
  worker_.flush_later(*this);
}

void ClientConnection::become_tunnel() {
  if (mode_ == Mode::Closed) return;
  mode_ = Mode::Opaque;
  keep_alive_ = false;
  base::Slice pending = std::move(state_->pending);
  state_->pending = {};
  state_->pending_capacity = 0;
  if (!pending.bytes.empty()) exchange_->on_request_body(std::move(pending));
  update_interest();
}

void ClientConnection::set_body_flow(bool wanted) {
  if (body_flow_ == wanted) return;
  body_flow_ = wanted;
  if (wanted && (mode_ == Mode::Length || mode_ == Mode::Chunked)) touch();
  update_interest();
}

bool ClientConnection::above_mark() const {
  return state_ && state_->out.above_mark(worker_.blocks().block_bytes());
}

void ClientConnection::flush_now() noexcept {
  if (mode_ == Mode::Closed || mode_ == Mode::Handshake || !state_) return;
  const bool had_bytes = !state_->out.empty();
  if (exchange_ && !finished_ && !keep_alive_ && exchange_->response_done())
    stream_->ends_after_write();
  int error = 0;
  switch (state_->out.flush(*stream_, error)) {
    case OutQueue::Flush::Failed:
      state_->out.clear();
      if (exchange_ && !finished_)
        exchange_->on_client_error();
      else
        dispose();
      return;
    case OutQueue::Flush::Blocked:
      if (!write_blocked_) {
        write_blocked_ = true;
        update_interest();
      }
      touch();
      return;
    case OutQueue::Flush::Empty:
      break;
  }
  if (write_blocked_) {
    write_blocked_ = false;
    update_interest();
  }
  if (shut_after_drain_) {
    shut_after_drain_ = false;
    stream_->shutdown_write();
  }
  if (closing_ && !exchange_) {
    close_gracefully();
    return;
  }
  // What a tunnel takes is activity too.
  if (had_bytes && mode_ == Mode::Opaque && !frontend_->config->independent_streams) touch();
  if (had_bytes && exchange_ && !finished_) exchange_->on_client_drained();
}

void ClientConnection::abort(AbortHow how) {
  keep_alive_ = false;
  if (how != AbortHow::Close) {
    if (how == AbortHow::Vanish)
      vanish(*stream_);
    else
      stream_->reset_on_close();
    if (state_) state_->out.clear();
    eof_ = true;
  }
}

/// What is queued goes out, then FIN; what the client still sends is read for a moment, so that the
/// last response is not destroyed by a reset.
void ClientConnection::close_gracefully() noexcept {
  if (mode_ == Mode::Closed) return;
  closing_ = true;
  if (state_ && !state_->out.empty()) {
    mode_ = Mode::Ended;
    touch();
    worker_.flush_later(*this);
    return;
  }
  if (eof_) {
    dispose();
    return;
  }
  const bool unread = mode_ != Mode::Ended || (state_ && !state_->pending.bytes.empty());
  stream_->shutdown_write();
  // option nolinger: nothing is read any more, the close that follows the FIN resets.
  if (frontend_->config->nolinger) {
    dispose();
    return;
  }
  state_.reset();
  mode_ = Mode::Draining;
  left_ = 0;
  read_some();  // what nobody was told of yet
  if (mode_ != Mode::Draining) return;
  if (!unread && left_ == 0) {
    dispose();
    return;
  }
  update_interest();
  touch();
}

void ClientConnection::stop_softly() {
  const std::uint64_t close_at_ms = worker_.stopping() ? worker_.close_idle_at_ms() : 0;
  if (close_at_ms != 0) {  // not yet; go_idle() sees to those that are at work
    if (mode_ == Mode::Idle && close_at_ms < deadline_ms())
      Timer::arm(worker_.timers(), close_at_ms);
    return;
  }
  // option idle-close-on-response: after one more response, or when its time is over.
  if (mode_ == Mode::Idle && frontend_->config->idle_close_on_response) return;
  closing_ = true;
  if (mode_ == Mode::Idle) read_some();  // a request that lies in the socket is still served
  if (mode_ == Mode::Idle || mode_ == Mode::Handshake) dispose();
}

void ClientConnection::close_if_idle(std::uint64_t at_ms) {
  if (mode_ == Mode::Idle && at_ms < deadline_ms()) Timer::arm(worker_.timers(), at_ms);
}

void ClientConnection::close_now() {
  if (exchange_ && !finished_) exchange_->kill(EndCause::Killed);
  dispose();
}

void ClientConnection::dispose() noexcept {
  if (mode_ == Mode::Closed) return;
  mode_ = Mode::Closed;
  disarm();
  base::ListNode<FlushTag>::unlink();
  worker_.dispose(this);
}

}  // namespace sluice::proxy
