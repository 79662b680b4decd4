// A plain socket on uv_poll_t. Reads and writes are recv and send of ours; poll interest changes
// only when asked, since each change costs an epoll_ctl.
#pragma once

#include "net/handle.h"
#include "net/stream.h"

namespace sluice::net {

class SocketStream final : public Stream {
 public:
  /// Takes over `descriptor` (non-blocking). `connecting_to` is kept while a connect() is under
  /// way.
  SocketStream(uv_loop_t* loop, int descriptor, Events& events, bool connecting);
  ~SocketStream() override;

  [[nodiscard]] IoResult try_read(iovec* into, int count) noexcept override;
  [[nodiscard]] IoResult try_write(const iovec* from, int count) noexcept override;
  void want(Interest interest) noexcept override;
  [[nodiscard]] Establish establish() noexcept override;
  [[nodiscard]] int failure() const noexcept override { return failure_; }
  void shutdown_write() noexcept override;
  void reset_on_close() noexcept override;
  void set_events(Events& events) noexcept override { events_ = &events; }
  [[nodiscard]] base::Address local_address() const noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return descriptor_; }
  [[nodiscard]] bool is_plain() const noexcept override { return true; }

 private:
  static void on_poll(uv_poll_t* handle, int status, int events);
  Handle<uv_poll_t> poll_;
  Events* events_;
  int descriptor_;
  int failure_ = 0;
  unsigned char mask_ = 0;
  bool connecting_;
};

}  // namespace sluice::net
