// A plain socket in the loop's epoll set. Reads and writes are recv and send of ours.
#pragma once

#include "net/event_poll.h"
#include "net/stream.h"

namespace sluice::net {

class SocketStream final : public Stream, private EventPoll::Source {
 public:
  /// Takes over `descriptor` (non-blocking). `connecting`: a connect() is under way.
  SocketStream(EventPoll& poll, int descriptor, Events& events, bool connecting);
  ~SocketStream() override;

  [[nodiscard]] IoResult try_read(iovec* into, int count) noexcept override;
  [[nodiscard]] IoResult try_write(const iovec* from, int count) noexcept override;
  void want(Interest interest) noexcept override { poll_.want(*this, descriptor(), interest); }
  [[nodiscard]] Establish establish() noexcept override;
  [[nodiscard]] int failure() const noexcept override { return failure_; }
  void shutdown_write() noexcept override;
  void ends_after_write() noexcept override { ending_ = true; }
  void reset_on_close() noexcept override;
  void set_events(Events& events) noexcept override { events_ = &events; }
  [[nodiscard]] base::Address local_address() const noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return Source::descriptor(); }
  [[nodiscard]] bool is_plain() const noexcept override { return true; }

 private:
  void on_poll(bool readable, bool writable) noexcept override {
    events_->on_stream_ready(readable, writable);
  }
  EventPoll& poll_;
  Events* events_;
  int failure_ = 0;
  bool connecting_;
  bool ending_ = false;
};

}  // namespace sluice::net
