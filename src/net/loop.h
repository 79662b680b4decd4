// An event loop: one per worker and one for the control thread. Everything made by a loop belongs
// to its thread, but for Wakeup::wake(). UvLoop is the real one (libuv); SimLoop its simulated
// twin.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/address.h"
#include "base/block.h"
#include "base/clock.h"
#include "base/intrusive_list.h"
#include "base/limits.h"
#include "base/result.h"
#include "net/socket_options.h"
#include "net/stream.h"
#include "net/timer_wheel.h"

namespace sluice::net {

class TlsClientContext;
class TlsServerContext;

struct ConnectOptions {
  base::Address address;
  base::Address source;                // unset: the kernel's choice
  std::uint16_t last_source_port = 0;  // of a range that begins with the source's; 0: none
  std::atomic<std::uint32_t>* next_source_port = nullptr;  // of that range: shared by its users
  std::string_view interface;             // that it leaves by; empty: as routes say
  bool transparent = false;               // the source may be another machine's
  const TlsClientContext* tls = nullptr;  // null: clear text
  std::string_view tls_server_name;       // SNI; copied
  bool one_write = false;  // it is only written to once: TCP_NODELAY is not needed
  TcpKeepAlive keep_alive;
  std::uint32_t user_timeout_ms = 0;  // 0: as the kernel does
  bool fast_open = false;             // TCP Fast Open, where the server has given a cookie
};

/// A fresh descriptor as it was accepted.
struct Accepted {
  int descriptor = -1;
  base::Address peer;
  base::Address local;  // unset behind a wildcard: the stream has to be asked
};

class Acceptor {
 public:
  class Events {
   public:
    virtual void on_accepted(Acceptor& acceptor, const Accepted& accepted) noexcept = 0;
    /// No descriptor was left (EMFILE, ENFILE): accepting pauses by itself for 100 ms.
    virtual void on_accept_exhausted(Acceptor& acceptor) noexcept = 0;

   protected:
    ~Events() = default;
  };
  virtual ~Acceptor() = default;
  virtual void pause() noexcept = 0;
  virtual void resume() noexcept = 0;
  /// Accepts everything that is in the backlog now (before a listener closes).
  virtual void drain() noexcept = 0;
};

/// Polls a descriptor that a library owns; to be destroyed before the library closes it.
class Watch {
 public:
  class Events {
   public:
    /// May destroy the watch.
    virtual void on_watch_ready(int descriptor, bool readable, bool writable) noexcept = 0;

   protected:
    ~Events() = default;
  };
  virtual ~Watch() = default;
  virtual void want(Interest interest) noexcept = 0;
};

/// Wakes a loop from any thread.
class Wakeup {
 public:
  class Events {
   public:
    virtual void on_wakeup() noexcept = 0;

   protected:
    ~Events() = default;
  };
  virtual ~Wakeup() = default;
  virtual void wake() noexcept = 0;
};

/// A call at the loop's next turn, before it waits. Destroying or unlinking it takes the call back.
class Deferred : public base::ListNode<Deferred> {
 public:
  virtual void on_deferred() noexcept = 0;

 protected:
  virtual ~Deferred() = default;
};

class Loop {
 public:
  virtual ~Loop() = default;
  /// Runs until stop(); then closes what is left.
  virtual void run() = 0;
  virtual void stop() noexcept = 0;
  [[nodiscard]] virtual base::Moment now() noexcept = 0;
  /// Changes whenever the loop has waited: a time read before is no longer the present one.
  [[nodiscard]] std::uint32_t turn_number() const noexcept { return turn_number_; }
  [[nodiscard]] std::uint64_t now_ms() noexcept { return now().ms(); }
  [[nodiscard]] virtual TimerWheel& timers() noexcept = 0;
  /// Calls `call` once at the next turn; does nothing when it is deferred already.
  virtual void defer(Deferred& call) noexcept = 0;
  /// Buffers of the loop's TLS streams: at most two for each that is busy, so maxconn bounds them.
  [[nodiscard]] base::BlockPool& tls_buffers() noexcept { return tls_buffers_; }

  /// A stream that is connecting: call establish() at once, and at each event until it is done.
  [[nodiscard]] virtual base::Result<std::unique_ptr<Stream>> connect(const ConnectOptions& options,
                                                                      Stream::Events& events) = 0;
  /// Takes over an accepted descriptor; with a context the TLS handshake is ours to do
  /// (establish()).
  [[nodiscard]] virtual std::unique_ptr<Stream> adopt(int descriptor, const TlsServerContext* tls,
                                                      Stream::Events& events) = 0;
  /// Closes an accepted descriptor that nobody adopts.
  virtual void discard(int descriptor) noexcept = 0;
  /// Polls a listening descriptor (not owned).
  [[nodiscard]] virtual std::unique_ptr<Acceptor> accept_on(int descriptor,
                                                            Acceptor::Events& events) = 0;
  /// Null in simulation, which has no descriptors of libraries.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(int descriptor, Watch::Events& events) = 0;
  [[nodiscard]] virtual std::unique_ptr<Wakeup> make_wakeup(Wakeup::Events& events) = 0;

 protected:
  std::uint32_t turn_number_ = 0;

 private:
  base::BlockPool tls_buffers_{base::limits::kTlsBufferBytes, SIZE_MAX,
                               base::limits::kTlsBuffersKept};
};

/// The real loop.
[[nodiscard]] std::unique_ptr<Loop> make_uv_loop();

}  // namespace sluice::net
