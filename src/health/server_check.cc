#include "health/server_check.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace sluice::health {

namespace {

model::CheckReport make_report(model::CheckStatus status, std::string detail = {}) {
  model::CheckReport out;
  out.status = status;
  out.passed = status == model::CheckStatus::L4Ok || status == model::CheckStatus::L6Ok;
  out.detail = std::move(detail);
  return out;
}

}  // namespace

ServerCheck::ServerCheck(CheckContext& context, CheckTarget target, std::uint32_t first_offset_ms)
    : context_(context), target_(std::move(target)) {
  arm(context_.loop.timers(), context_.loop.now_ms() + first_offset_ms);
}

ServerCheck::~ServerCheck() {
  target_.server->history.check_running = false;
  if (stream_ && !peer_closed_) stream_->reset_on_close();
}

void ServerCheck::update(CheckTarget target) {
  target_ = std::move(target);
  if (phase_ != Phase::Waiting) return;
  const std::uint64_t latest =
      context_.loop.now_ms() + interval_ms(target_.options, target_.server->state());
  if (deadline_ms() > latest) arm(context_.loop.timers(), latest);
}

/// `inter` counts from a check's beginning: one that runs into its time-out delays no other, so
/// that a silent server is out after fall times inter and one time-out.
void ServerCheck::wait(std::uint64_t since_ms) noexcept {
  phase_ = Phase::Waiting;
  const std::uint32_t interval = interval_ms(target_.options, target_.server->state());
  const std::uint32_t pause = spread_ms(interval, context_.spread, context_.random);
  arm(context_.loop.timers(), std::max(since_ms + pause, context_.loop.now_ms()));
}

bool ServerCheck::may_check() const noexcept {
  const model::ServerStateWord state = target_.server->state();
  return target_.server->check_enabled && state.admin != model::AdminState::Maint &&
         !state.unresolved;
}

base::Address ServerCheck::destination() const noexcept {
  const base::Address own = target_.server->address();
  base::Address out = target_.address.is_set() ? target_.address : own;
  if (!out.is_ip()) return out;
  if (target_.options.port != 0) {
    out.set_port(target_.options.port);
  } else if (out.port() == 0 && own.is_ip()) {
    out.set_port(own.port());
  }
  return out;
}

void ServerCheck::on_timer() noexcept {
  if (phase_ == Phase::Waiting) {
    begin();
  } else {
    finish(timed_out());
  }
}

void ServerCheck::begin() noexcept {
  if (!may_check() || !destination().is_set()) {
    wait(context_.loop.now_ms());
    return;
  }
  began_ms_ = context_.loop.now_ms();
  sent_ = 0;
  peer_closed_ = false;
  tls_ = target_.tls;
  http_ = target_.http;
  target_.server->history.check_running = true;
  phase_ = Phase::Connecting;

  net::ConnectOptions options;
  options.address = destination();
  options.tls = static_cast<const net::TlsClientContext*>(tls_.get());
  options.tls_server_name = target_.tls_server_name;
  auto stream = context_.loop.connect(options, *this);
  if (!stream) {
    const bool ours = stream.error().origin == base::Origin::Internal;
    finish(make_report(ours ? model::CheckStatus::SocketError : model::CheckStatus::L4Connection,
                       stream.error().detail));
    return;
  }
  stream_ = std::move(*stream);
  const std::uint32_t limit = connect_limit_ms(target_.options.inter_ms, target_.timeout_check_ms,
                                               target_.timeout_connect_ms);
  arm(context_.loop.timers(), began_ms_ + limit);
  if (Verdict verdict = advance()) finish(std::move(*verdict));
}

void ServerCheck::on_stream_ready(bool, bool) noexcept {
  if (Verdict verdict = advance()) finish(std::move(*verdict));
}

ServerCheck::Verdict ServerCheck::advance() {
  switch (phase_) {
    case Phase::Waiting:
      return std::nullopt;
    case Phase::Connecting:
      switch (stream_->establish()) {
        case net::Establish::Pending:
          return std::nullopt;
        case net::Establish::Failed:
          return connect_failed();
        case net::Establish::Done:
          return connected();
      }
      return std::nullopt;
    case Phase::Sending:
      return send();
    case Phase::Receiving:
      return receive();
  }
  return std::nullopt;
}

ServerCheck::Verdict ServerCheck::connected() {
  if (http_ == nullptr)
    return make_report(tls_ ? model::CheckStatus::L6Ok : model::CheckStatus::L4Ok);
  phase_ = Phase::Sending;
  reply_ = std::make_unique<ReplyReader>(context_.reply_limit, http_->method());
  // `timeout check` starts anew here; without it the first deadline is that of the whole check.
  if (target_.timeout_check_ms != 0) {
    arm(context_.loop.timers(), context_.loop.now_ms() + target_.timeout_check_ms);
  }
  return send();
}

ServerCheck::Verdict ServerCheck::send() {
  const std::string& request = http_->request();
  while (sent_ < request.size()) {
    const iovec part{const_cast<char*>(request.data()) + sent_, request.size() - sent_};
    const net::IoResult result = stream_->try_write(&part, 1);
    if (result.status == net::IoStatus::Ok) {
      sent_ += result.bytes;
      continue;
    }
    if (result.status == net::IoStatus::WouldBlock) {
      stream_->want({false, true});
      return std::nullopt;
    }
    break;  // the peer went: it may have answered before
  }
  phase_ = Phase::Receiving;
  stream_->want({true, false});
  return receive();
}

ServerCheck::Verdict ServerCheck::receive() {
  char buffer[base::limits::kBlockBytes];
  for (;;) {
    iovec space{buffer, sizeof(buffer)};
    const net::IoResult result = stream_->try_read(&space, 1);
    switch (result.status) {
      case net::IoStatus::Ok:
        reply_->feed({buffer, result.bytes});
        break;
      case net::IoStatus::WouldBlock:
        return std::nullopt;
      case net::IoStatus::Eof:
        peer_closed_ = true;
        reply_->finish();
        return http_->judge(*reply_);
      case net::IoStatus::Error:
        return make_report(model::CheckStatus::SocketError,
                           result.error != 0 ? std::strerror(result.error) : "");
    }
    if (Verdict verdict = http_->judge(*reply_)) return verdict;
  }
}

/// TCP stands and what is missing is the TLS handshake.
bool ServerCheck::transport_is_up() const noexcept {
  if (tls_ == nullptr || stream_ == nullptr) return false;
  if (stream_->descriptor() < 0) return true;
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  return ::getpeername(stream_->descriptor(), reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

ServerCheck::Verdict ServerCheck::connect_failed() const {
  const int code = stream_->failure();
  // A reset can only come from a peer that had let us in; then it broke the handshake.
  if (tls_ != nullptr && (code == 0 || code == ECONNRESET || code == EPIPE || transport_is_up())) {
    return make_report(model::CheckStatus::L6Response, "SSL handshake failure");
  }
  return make_report(model::CheckStatus::L4Connection, std::strerror(code));
}

model::CheckReport ServerCheck::timed_out() const {
  if (phase_ != Phase::Connecting) return make_report(model::CheckStatus::L7Timeout);
  return make_report(transport_is_up() ? model::CheckStatus::L6Timeout
                                       : model::CheckStatus::L4Timeout);
}

void ServerCheck::finish(model::CheckReport report) noexcept {
  report.duration_ms = static_cast<std::uint32_t>(context_.loop.now_ms() - began_ms_);
  // A reset leaves no TIME_WAIT behind; HAProxy closes its checks the same way.
  if (stream_ && !peer_closed_) stream_->reset_on_close();
  stream_.reset();
  reply_.reset();
  http_.reset();
  tls_.reset();
  target_.server->history.check_running = false;
  if (may_check()) context_.sink.report(*target_.server, report);
  wait(began_ms_);
}

}  // namespace sluice::health
