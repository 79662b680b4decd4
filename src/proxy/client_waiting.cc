// How long a client connection may wait for what, and what happens when that is over.
#include "proxy/client_connection.h"
#include "proxy/handshake_log.h"
#include "proxy/worker.h"

namespace sluice::proxy {

namespace {
constexpr std::uint32_t kLingerMs = 1'000;  // RFC 9112 §9.6: let the last response arrive
}

/// How long a connection may wait in its present mode; 0: for ever.
std::uint32_t ClientConnection::waiting_limit_ms() const noexcept {
  const control::EffectiveTimeouts& timeouts = frontend_->timeouts;
  const bool is_http = frontend_->config->is_http();
  std::uint32_t limit = 0;
  switch (mode_) {
    case Mode::Handshake:
      limit = is_http ? timeouts.http_request : timeouts.client;
      break;
    case Mode::Head:
      limit = timeouts.http_request;
      break;
    case Mode::Idle:
      limit = facts_.request_number == 0 ? timeouts.http_request : timeouts.http_keep_alive;
      break;
    case Mode::Draining:
      limit = kLingerMs;
      break;
    case Mode::Opaque:
      limit = tunnel_limit_ms_;
      break;
    default:
      limit = timeouts.client;
      break;
  }
  return limit == 0 ? UINT32_MAX : limit;
}

void ClientConnection::set_idle_limit(std::uint32_t ms) {
  tunnel_limit_ms_ = ms;
  if (mode_ == Mode::Opaque) touch();
}

void ClientConnection::touch() noexcept {
  Timer::arm(worker_.timers(), worker_.now().ms() + waiting_limit_ms());
}

void ClientConnection::on_timer() noexcept {
  Worker::EventScope scope(worker_);
  switch (mode_) {
    case Mode::Closed:
      return;
    case Mode::Handshake:
      log_handshake(worker_, *frontend_, *bind_, facts_, HandshakeEnd::Timeout);
      dispose();
      return;
    case Mode::Draining:
      dispose();
      return;
    case Mode::Idle:
      if (facts_.request_number == 0 && !frontend_->config->http_ignore_probes &&
          !worker_.stopping() && !worker_.leaving()) {
        begin_exchange();
        mode_ = Mode::Ended;
        keep_alive_ = false;
        exchange_->on_request_failure(Failure::RequestTimeout, "no request came in time");
        return;
      }
      dispose();
      return;
    case Mode::Head:
      mode_ = Mode::Ended;
      keep_alive_ = false;
      exchange_->on_request_failure(Failure::RequestTimeout,
                                    "the request's head did not come in time");
      return;
    default:
      break;
  }
  if (closing_ && !exchange_) {  // with an exchange at work a soft stop waits for its end
    dispose();
    return;
  }
  const bool expects = body_flow_ && (mode_ == Mode::Length || mode_ == Mode::Chunked);
  // A client that has sent its FIN owes us nothing but to take what comes.
  const bool tunnel = mode_ == Mode::Opaque && tunnel_limit_ms_ != 0 && !eof_;
  if (exchange_ && (expects || write_blocked_ || tunnel)) exchange_->on_client_timeout();
}

}  // namespace sluice::proxy
