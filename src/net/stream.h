// A byte stream of ours: a socket, TLS over one, or a simulated one. Non-blocking; one loop's
// thread. Owned by unique_ptr; its Events must outlive it. Destroying it closes.
//
// Events come level-triggered. A callback may destroy the stream as its last statement. After a
// poll error the reader reads until WouldBlock, Eof or Error and then decides: data that came
// before a reset (an early 413) is still delivered.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace sluice::net {

enum class IoStatus : std::uint8_t { Ok, WouldBlock, Eof, Error };

struct IoResult {
  IoStatus status = IoStatus::WouldBlock;
  std::size_t bytes = 0;
  int error = 0;  // errno, or 0 for a TLS error
};

/// What a stream is waiting for.
struct Interest {
  bool read = false;
  bool write = false;
  /// To read is only to notice an end: it may be noticed some milliseconds late, since mostly the
  /// stream closes, or wants more, before one comes.
  bool patient = false;
};

enum class Establish : std::uint8_t { Pending, Done, Failed };

struct TlsInfo {
  std::string_view protocol, cipher, sni, alpn;
  bool resumed = false;
};

class Stream {
 public:
  class Events {
   public:
    /// `readable` also stands for errors and hang-ups: read to find out.
    virtual void on_stream_ready(bool readable, bool writable) noexcept = 0;

   protected:
    ~Events() = default;
  };

  virtual ~Stream() = default;

  /// Bytes < capacity means drained, unless has_buffered() says otherwise.
  [[nodiscard]] virtual IoResult try_read(iovec* into, int count) noexcept = 0;
  /// One writev; `bytes` may be less than asked. What was not taken must come again, unchanged and
  /// first, with the next call (TLS may have encrypted it already).
  [[nodiscard]] virtual IoResult try_write(const iovec* from, int count) noexcept = 0;
  /// Changes what events come. Cheap when nothing changes.
  virtual void want(Interest interest) noexcept = 0;
  /// Progress of connect() or of the TLS handshake; call at each event until Done or Failed. While
  /// Pending the stream itself sees to its interest.
  [[nodiscard]] virtual Establish establish() noexcept = 0;
  /// Why establish() failed: errno, or 0 for TLS (then failure_text() says more).
  [[nodiscard]] virtual int failure() const noexcept = 0;
  [[nodiscard]] virtual const char* failure_text() const noexcept { return ""; }
  [[nodiscard]] virtual bool has_buffered() const noexcept { return false; }
  /// No more will be written: FIN (and TLS close_notify before it).
  virtual void shutdown_write() noexcept = 0;
  /// What is written from now on is the last, and once all of it is, shutdown_write() or the end
  /// of the stream follows in the same event: it may wait for the FIN, to be one packet with it.
  virtual void ends_after_write() noexcept {}
  /// Closing will reset the connection (SO_LINGER 0).
  virtual void reset_on_close() noexcept = 0;
  virtual void set_events(Events& events) noexcept = 0;
  [[nodiscard]] virtual base::Address local_address() const noexcept = 0;
  /// Null: clear text. Valid once established.
  [[nodiscard]] virtual const TlsInfo* tls_info() const noexcept { return nullptr; }
  /// The descriptor, for splice and socket options; -1 where there is none (simulation).
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
  /// Bytes may pass by the kernel (splice): a plain socket.
  [[nodiscard]] virtual bool is_plain() const noexcept { return false; }
};

}  // namespace sluice::net
