// Tunnels: bytes both ways without being read; mode tcp, CONNECT, and after 101. Each way ends by
// itself: a FIN is passed on when what came before it is out, and the other way goes on.
#include <utility>

#include "proxy/exchange.h"
#include "proxy/worker.h"

namespace sluice::proxy {

void Exchange::start_tunnel() {
  phase_ = Phase::Tunnel;
  client_may_continue_ = false;
  connection_->become_tunnel();
  if (is_http_) {
    request_ended_ = client_eof_;
    end_sent_ = false;
    client_->become_tunnel();
  } else {
    status_ = 0;
    response_started_ = true;
    connection_->set_read_flow(true);
    if (body_bytes_ > 0) forward_body({body_block_, {body_block_.data(), body_bytes_}});
    std::vector<base::Slice> backlog;
    backlog.swap(backlog_);
    backlog_bytes_ = 0;
    for (base::Slice& slice : backlog) forward_body(std::move(slice));
  }
  client_->set_body_flow(true);
  watch_client();
  arm(tunnel_timeout());
  if (request_ended_) end_forwarding();
  if (!is_http_) inspect_response();
}

/// How long the client may do nothing: `timeout tunnel` stands for the client's and the server's,
/// and once a way has ended `timeout client-fin`, if there is one.
void Exchange::watch_client() {
  const auto& half_closed = frontend_->config->timeouts.client_fin;
  if ((client_eof_ || server_done_) && half_closed)
    client_->set_idle_limit(*half_closed);
  else
    client_->set_idle_limit(timeouts().tunnel != 0 ? timeouts().tunnel
                                                   : frontend_->timeouts.client);
}

/// Likewise for the server.
std::uint32_t Exchange::tunnel_timeout() const {
  const auto& half_closed = backend_->config->timeouts.server_fin;
  if ((client_eof_ || server_done_) && half_closed) return *half_closed;
  return timeouts().tunnel != 0 ? timeouts().tunnel : timeouts().server;
}

/// What the client sent is out, and its FIN follows.
void Exchange::relay_end_of_client() {
  connection_->stream().shutdown_write();
  arm(tunnel_timeout());
  if (server_done_) response_complete();
}

void Exchange::relay_end_of_server() {
  if (server_done_) return;
  server_done_ = true;
  client_->end_tunnel();
  // With an upgraded connection HAProxy takes the server's end for the end of both ways.
  if (is_http_ || (request_ended_ && connection_->out().empty())) {
    response_complete();
    return;
  }
  watch_client();
}

/// A rule ends both ways; what came from the server is still sent.
void Exchange::end_tunnel() {
  server_done_ = true;
  client_->end_tunnel();
  response_complete();
}

// Like HAProxy, a side that is silent for too long is taken for one that has ended: the other one
// is told, and may still finish. A side that takes nothing more ends both.

void Exchange::on_tunnel_client_silent() {
  if (!client_->drained()) {
    cut_tunnel(EndCause::ClientTimeout);
    return;
  }
  if (client_eof_) return;  // it owes nothing
  count_abort(model::Counter::ClientAborts);
  set_end(EndCause::ClientTimeout);
  end_phase_ = 'D';
  client_->set_body_flow(false);
  on_client_eof();
}

void Exchange::on_tunnel_server_silent() {
  if (!connection_) return;  // both ways have ended, and the client takes the rest
  const bool blocked = !connection_->out().empty();
  if (server_done_ && !blocked) return;
  // Where one time-out holds for both sides, both are over, and HAProxy looks at the client first.
  const bool both = timeouts().tunnel != 0 && !client_eof_ && !server_done_;
  if (both || blocked) {
    cut_tunnel(both ? EndCause::ClientTimeout : EndCause::ServerTimeout);
    return;
  }
  count_abort(model::Counter::ServerAborts);
  set_end(EndCause::ServerTimeout);
  end_phase_ = 'D';
  connection_->set_read_flow(false);
  on_response_end();  // rules that still wait decide by what there is
}

void Exchange::cut_tunnel(EndCause cause) {
  count_abort(cause == EndCause::ClientTimeout ? model::Counter::ClientAborts
                                               : model::Counter::ServerAborts);
  cut(cause, AbortHow::Close);
}

void Exchange::count_abort(model::Counter whose) {
  const std::size_t slot = worker_.slot();
  if (whose == model::Counter::ClientAborts) count_front(whose);
  if (backend_ != nullptr) backend_->live->counters.of(slot).add(whose);
  if (server_ != nullptr) server_->counters.of(slot).add(whose);
}

}  // namespace sluice::proxy
