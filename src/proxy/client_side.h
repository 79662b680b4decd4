// What an exchange sees of its client: an h1 connection, an h2 stream, or an internal one. Calls
// queue bytes; they are written when the event that is being handled ends. One worker.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/block.h"
#include "http/framing.h"
#include "http/message.h"
#include "model/connection_facts.h"
#include "rules/evaluation.h"

namespace sluice::proxy {

/// How the response that follows is framed, before the codec adapts it to its client.
struct ResponseShape {
  http::Framing framing;
  bool announce_length = false;  // Content-Length without a body (HEAD, 304)
  bool close = false;            // the connection ends with this response
};

/// Vanish: the client is not told (silent-drop).
enum class AbortHow : std::uint8_t { Close, Reset, Vanish };

class OutQueue;

class ClientSide {
 public:
  /// An informational response (1xx but 101); ignored for a client that knows none.
  virtual void send_interim(const http::Head& head) = 0;
  /// False: the head does not fit into a buffer; nothing was queued.
  [[nodiscard]] virtual bool send_head(const http::Head& head, const ResponseShape& shape) = 0;
  virtual void send_body(base::Slice slice) = 0;
  /// The same for slices that belong together: one chunk where the body goes in chunks.
  virtual void send_body_together(std::span<base::Slice> slices) = 0;
  /// The response is complete; `trailers` in "name: value CRLF" lines.
  virtual void end_response(std::string_view trailers) = 0;
  /// The queue through whose pipe the rest of the body may pass without being copied; null: it
  /// has to be copied. After a pipe was filled, body_relayed() says so.
  [[nodiscard]] virtual OutQueue* relay_queue() = 0;
  virtual void body_relayed() = 0;
  /// Opaque bytes: a whole prepared response, or a tunnel's.
  virtual void send_raw(base::Slice slice) = 0;
  /// The tunnel's other side will send no more.
  virtual void end_tunnel() = 0;
  /// From here on the client's bytes are opaque and come as body slices.
  virtual void become_tunnel() = 0;
  /// The response cannot be completed: the client must notice.
  virtual void abort(AbortHow how) = 0;
  /// More of the request's body is welcome, or not for now.
  virtual void set_body_flow(bool wanted) = 0;
  /// The request waits for a free server: that its client leaves is to be noticed at once.
  virtual void watch_closely() = 0;
  /// Time without progress after which the client is given up; 0: none. Counted from its last
  /// activity.
  virtual void set_idle_limit(std::uint32_t ms) = 0;
  [[nodiscard]] virtual bool above_mark() const = 0;
  [[nodiscard]] virtual bool drained() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_sent() const = 0;
  /// With what is queued and not sent yet.
  [[nodiscard]] virtual std::uint64_t bytes_queued() const = 0;
  [[nodiscard]] virtual model::ConnectionFacts& facts() = 0;
  [[nodiscard]] virtual rules::SessionVariables& session_variables() = 0;
  /// Under which server connections are kept for this client alone; never a server's id.
  [[nodiscard]] std::uint64_t pool_key() const {
    return (std::uint64_t{1} << 63) | reinterpret_cast<std::uintptr_t>(this);
  }
  /// Is the present response the last one? The process stops, or nothing is left of the
  /// configuration that this client came under.
  [[nodiscard]] virtual bool ends_with_response() = 0;
  /// The exchange has ended; the side goes on with the next one, or closes.
  virtual void exchange_ended(bool may_continue) = 0;

 protected:
  ~ClientSide() = default;
};

}  // namespace sluice::proxy
