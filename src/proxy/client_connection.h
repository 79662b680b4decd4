// A client's connection: HTTP/1, or opaque bytes in mode tcp. Owned by its worker; owns its stream
// and its one exchange at a time. Pipelined requests wait, unread, until the response before them
// is out. While idle it holds no block, no exchange and no parser.
#pragma once

#include <cstdint>
#include <memory>

#include "base/intrusive_list.h"
#include "control/snapshot.h"
#include "http/h1/chunk_decoder.h"
#include "http/h1/head_reader.h"
#include "http/h1/judge.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "proxy/client_side.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/object_pool.h"
#include "proxy/out_queue.h"
#include "proxy/worker_lists.h"

namespace sluice::proxy {

class Worker;

/// What a connection needs only while a request is at work; pooled per worker.
struct H1ClientState {
  http::h1::HeadReader reader;
  http::h1::ChunkDecoder chunks;
  OutQueue out;
  base::Slice pending;               // bytes that were read and not taken yet
  std::size_t pending_capacity = 0;  // non-zero: a block of its own, that more may be read behind
  void recycle() {
    chunks.start();
    out.clear();
    pending = {};
    pending_capacity = 0;
  }
};

class ClientConnection final : public ClientSide,
                               public net::Stream::Events,
                               public Flushable,
                               public Continuable,
                               public base::ListNode<ClientConnection>,
                               private net::Timer {
 public:
  ClientConnection(Worker& worker, const control::FrontendRuntime& frontend,
                   const control::BindRuntime& bind, GenerationRef generation);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  /// Takes over the accepted descriptor and begins.
  void start(const net::Accepted& accepted);
  /// A soft stop: an idle connection closes, a busy one after its response.
  void stop_softly();
  /// Closes then, if no request has come before.
  void close_if_idle(std::uint64_t at_ms);
  void close_now();
  /// The worker has a new configuration: an idle connection moves to it, or closes where its
  /// frontend is gone. Others do so when they come to it.
  void configuration_changed();
  /// Of the configuration that it holds.
  [[nodiscard]] std::uint64_t generation() const { return (*generation_).generation; }
  [[nodiscard]] const control::FrontendRuntime& frontend() const { return *frontend_; }
  [[nodiscard]] Exchange* exchange() const { return exchange_.get(); }
  /// Its request at work; there must be one.
  void describe(model::SessionInfo& out) const;

  // ClientSide
  void send_interim(const http::Head& head) override;
  [[nodiscard]] bool send_head(const http::Head& head, const ResponseShape& shape) override;
  void send_body(base::Slice slice) override;
  void send_body_together(std::span<base::Slice> slices) override;
  void end_response(std::string_view trailers) override;
  void send_raw(base::Slice slice) override;
  void end_tunnel() override;
  void become_tunnel() override;
  void abort(AbortHow how) override;
  void set_body_flow(bool wanted) override;
  void watch_closely() override;
  void set_idle_limit(std::uint32_t ms) override;
  [[nodiscard]] OutQueue* relay_queue() override;
  void body_relayed() override;
  [[nodiscard]] bool above_mark() const override;
  [[nodiscard]] bool drained() const override { return !state_ || state_->out.empty(); }
  [[nodiscard]] std::uint64_t bytes_sent() const override {
    return state_ ? state_->out.written() : 0;
  }
  [[nodiscard]] std::uint64_t bytes_queued() const override {
    return state_ ? state_->out.written() + state_->out.bytes() : 0;
  }
  [[nodiscard]] bool ends_with_response() override;
  [[nodiscard]] rules::SessionVariables& session_variables() override { return session_variables_; }
  [[nodiscard]] model::ConnectionFacts& facts() override { return facts_; }
  void exchange_ended(bool may_continue) override;

  void on_stream_ready(bool readable, bool writable) noexcept override;
  void flush_now() noexcept override;
  void continue_now() noexcept override;

 private:
  enum class Mode : std::uint8_t {
    Handshake,
    Idle,
    Head,
    Length,
    Chunked,
    Ended,
    Opaque,
    Draining,
    Closed
  };

  void on_timer() noexcept override;
  void on_established() noexcept;
  enum class Refuse : std::uint8_t { Connection, Session };
  bool admitted(const rules::Program& program, Refuse refuse);
  void begin_opaque();
  void begin_exchange();
  void take_state();
  bool join_head(std::string_view bytes);
  void read_some() noexcept;
  bool read_once() noexcept;
  [[nodiscard]] OutQueue* server_queue() noexcept;
  bool relay(OutQueue& through) noexcept;
  void take_bytes(base::Slice slice) noexcept;
  void take_head(base::Slice slice) noexcept;
  void take_body(base::Slice slice) noexcept;
  void take_chunked(base::Slice slice) noexcept;
  void keep_partial(base::Slice slice) noexcept;
  void body_ended(base::Slice rest, std::string_view trailers) noexcept;
  void refuse_head(std::uint16_t status, const char* cause, std::string_view bytes) noexcept;
  void on_end_of_stream(bool reset) noexcept;
  void go_idle(std::uint64_t close_at_ms) noexcept;
  void close_gracefully() noexcept;
  void dispose() noexcept;
  void update_interest() noexcept;
  void touch() noexcept;
  [[nodiscard]] bool wants_read() const noexcept;
  [[nodiscard]] std::uint32_t waiting_limit_ms() const noexcept;

  Worker& worker_;
  const control::FrontendRuntime* frontend_;
  const control::BindRuntime* bind_;
  std::shared_ptr<model::Limiter> bind_limiter_;  // holds a slot of it
  GenerationRef generation_;
  std::unique_ptr<net::Stream> stream_;
  /// Of its exchange, for crash reports.
  static const char* phase_of(const void* connection) noexcept;
  ObjectPool<Exchange>::Pointer exchange_;
  ObjectPool<H1ClientState>::Pointer state_;
  model::ConnectionFacts facts_;
  std::unique_ptr<model::TlsFacts> tls_facts_;
  rules::SessionVariables session_variables_;
  std::uint64_t left_ = 0;
  std::uint32_t tunnel_limit_ms_ = 0;
  Mode mode_ = Mode::Handshake;
  http::BodyKind response_kind_ = http::BodyKind::None;
  http::Version version_ = http::Version::Http11;
  bool keep_alive_ = true;
  bool body_flow_ = false;
  bool bulk_ = false;  // the last read of a body filled its buffer
  bool write_blocked_ = false;
  bool watched_closely_ = false;
  bool eof_ = false;
  bool closing_ = false;   // nothing new begins; closes when what is queued is out
  bool finished_ = false;  // the exchange has ended, continue_now() goes on
  bool may_continue_ = false;
  bool shut_after_drain_ = false;  // a tunnel's other side has ended
  bool counted_ = false;
};

}  // namespace sluice::proxy
