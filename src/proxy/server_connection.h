// A connection to a server, HTTP/1 or opaque bytes. Owned by the exchange that uses it, or by the
// idle pool between two. It reads responses by the h1 codec and tells its exchange; it never
// decides.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/intrusive_list.h"
#include "base/limits.h"
#include "http/h1/chunk_decoder.h"
#include "http/h1/head_reader.h"
#include "http/h1/judge.h"
#include "model/server_live.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "proxy/out_queue.h"
#include "proxy/worker_lists.h"

namespace sluice::proxy {

class Exchange;
class Worker;

/// Why a server connection ended before its response did.
enum class ServerFault : std::uint8_t { Eof, Reset, Timeout, BadResponse, HeadTooLarge, Tls };

class ServerConnection final : public net::Stream::Events,
                               public Flushable,
                               public Continuable,
                               public base::ListNode<struct IdleTag>,
                               private net::Timer {
 public:
  /// `tls` is the context of its stream, if any: a connection may outlive the configuration that
  /// it was made under.
  ServerConnection(Worker& worker, std::shared_ptr<model::ServerLive> server,
                   std::shared_ptr<void> tls, std::uint64_t pool_key);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  void set_stream(std::unique_ptr<net::Stream> stream) { stream_ = std::move(stream); }
  [[nodiscard]] net::Stream& stream() { return *stream_; }
  [[nodiscard]] model::ServerLive& server() { return *server_; }
  /// Which requests may share it: server, address generation, TLS name.
  [[nodiscard]] std::uint64_t pool_key() const { return pool_key_; }
  /// From here on for the requests of one client alone.
  void set_pool_key(std::uint64_t pool_key) { pool_key_ = pool_key; }
  [[nodiscard]] std::uint32_t requests() const { return requests_; }
  [[nodiscard]] std::uint32_t address_generation() const { return address_generation_; }

  /// Begins to establish; the exchange hears on_connected or on_connect_failed, perhaps at once.
  void establish(Exchange& exchange);
  /// An idle connection is taken for `exchange`.
  void attach(Exchange& exchange);
  /// The exchange lets go (it ends, or gives it to the pool).
  void detach() { exchange_ = nullptr; }

  /// A request's head went into out(); its response is awaited with HTTP's framing.
  void expect_response(http::Head& response, http::Method method, bool upgrade_asked);
  /// The next final head after a 1xx.
  void expect_next_head();
  /// From here on opaque bytes both ways.
  void become_tunnel() { mode_ = Mode::Opaque; }
  [[nodiscard]] std::size_t response_head_bytes() const { return reader_.consumed(); }
  void set_read_flow(bool wanted);
  /// The queue through whose pipe a request's body may pass by the kernel; null: TLS, or no pipe.
  [[nodiscard]] OutQueue* relay_into();
  [[nodiscard]] OutQueue& out() { return out_; }
  [[nodiscard]] std::size_t bytes_queued() const { return out_.bytes(); }
  /// -1: none.
  [[nodiscard]] int descriptor() const { return stream_ ? stream_->descriptor() : -1; }
  [[nodiscard]] const http::h1::HeadFacts& response_facts() const { return facts_; }
  [[nodiscard]] std::string_view trailers() const { return chunks_.trailers(); }
  [[nodiscard]] const char* fault_cause() const { return fault_cause_; }
  [[nodiscard]] base::Address local_address() const {
    return stream_ ? stream_->local_address() : base::Address();
  }
  /// The response is read to its end and nothing followed it: another request may go.
  [[nodiscard]] bool reusable() const;
  [[nodiscard]] bool got_response_bytes() const { return response_bytes_ > 0; }

  /// In the pool: watched for bytes or EOF, until `deadline_ms`.
  void become_idle(std::uint64_t deadline_ms);

  void on_stream_ready(bool readable, bool writable) noexcept override;
  void flush_now() noexcept override;
  void continue_now() noexcept override;

 private:
  enum class Mode : std::uint8_t {
    Connecting,
    Idle,
    Head,
    Interim,
    Length,
    Chunked,
    UntilClose,
    Ended,
    Opaque
  };
  void on_timer() noexcept override;
  void on_establishing() noexcept;
  void read_some() noexcept;
  bool read_bulk() noexcept;
  bool relay(OutQueue& through) noexcept;
  [[nodiscard]] OutQueue* relay_queue() noexcept;
  [[nodiscard]] bool wants_bulk() const noexcept;
  bool take_bytes(base::Slice slice) noexcept;
  bool take_head(base::Slice slice) noexcept;
  bool take_body(base::Slice slice) noexcept;
  bool take_chunked(base::Slice slice) noexcept;
  bool keep_partial(const base::Slice& slice) noexcept;
  bool begin_body(base::Slice rest) noexcept;
  void end_response() noexcept;
  void on_end_of_stream(bool reset, int error) noexcept;
  void refuse_head(std::string_view bytes, const char* cause) noexcept;
  void fault(ServerFault fault, const char* cause) noexcept;
  void update_interest() noexcept;

  Worker& worker_;
  std::shared_ptr<model::ServerLive> server_;
  std::shared_ptr<void> tls_;
  std::unique_ptr<net::Stream> stream_;
  Exchange* exchange_ = nullptr;
  std::uint64_t pool_key_;
  std::uint32_t address_generation_ = 0;
  std::uint32_t requests_ = 0;
  OutQueue out_;
  base::Slice partial_;  // a head that is not complete yet, in a block of its own
  std::size_t partial_capacity_ = 0;
  http::Head* head_ = nullptr;
  http::h1::HeadReader reader_;
  http::h1::ChunkDecoder chunks_;
  http::h1::HeadFacts facts_;
  std::uint64_t left_ = 0;
  std::uint64_t response_bytes_ = 0;
  const char* fault_cause_ = "";
  http::Method method_ = http::Method::Get;
  Mode mode_ = Mode::Connecting;
  bool upgrade_asked_ = false;
  bool read_wanted_ = true;
  bool write_blocked_ = false;
  bool ended_ = false;        // EOF was seen
  bool extra_bytes_ = false;  // something followed the response
  bool bulk_ = false;         // the last read filled what it was given
  std::uint8_t bulk_reads_left_ = base::limits::kFastRelayReads;  // in this event
};

}  // namespace sluice::proxy
