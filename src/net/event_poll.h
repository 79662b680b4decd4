// The epoll set of one loop: level-triggered, one registration per descriptor, as few system calls
// as the order of events allows. A change of interest is only noted; it reaches the kernel before
// the next wait, so that a connection that wants to write and then to read costs one epoll_ctl.
// Read interest that ends stays registered until an event comes that nobody wants (mostly none
// does). Patient interest reaches the kernel when nothing has happened for kPatientMs, or after
// kPatientTurns waits: a connection for one request is mostly closed by then. Closing a descriptor
// takes it out of the set by itself. One loop's thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>

#include "base/intrusive_list.h"
#include "net/stream.h"

namespace sluice::net {

class EventPoll {
 public:
  static constexpr int kPatientMs = 10;
  static constexpr int kPatientTurns = 64;

  /// A descriptor in the set. It must be forgotten before the descriptor is closed.
  class Source : public base::ListNode<Source> {
   public:
    /// Errors and hang-ups come as both: a read or a write finds out. May destroy the source.
    virtual void on_poll(bool readable, bool writable) noexcept = 0;

   protected:
    explicit Source(int descriptor = -1) noexcept : descriptor_(descriptor) {}
    ~Source() = default;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

   private:
    friend class EventPoll;
    int descriptor_;
    std::uint8_t wanted_ = 0;      // EPOLLIN, EPOLLOUT
    std::uint8_t registered_ = 0;  // what the kernel knows
    bool in_set_ = false;
  };

  EventPoll();
  ~EventPoll();
  EventPoll(const EventPoll&) = delete;
  EventPoll& operator=(const EventPoll&) = delete;

  void want(Source& source, int descriptor, Interest interest) noexcept;
  /// To call right before the descriptor is closed: no event of it comes after this.
  void forget(Source& source) noexcept;
  /// The same for a descriptor that stays open.
  void remove(Source& source) noexcept;
  /// A descriptor of another loop, watched for reading for as long as the set lives.
  void embed(int descriptor) noexcept;
  /// Waits `timeout_ms` at most (-1: without end) and calls every source that is ready. True: the
  /// embedded loop has something to do.
  [[nodiscard]] bool wait(int timeout_ms) noexcept;

 private:
  static constexpr int kBatch = 128;
  void register_patient() noexcept;
  void apply(Source& source) noexcept;
  void dispatch(Source& source, std::uint32_t events) noexcept;

  int descriptor_;
  base::IntrusiveList<Source> changed_;
  base::IntrusiveList<Source> patient_;
  int patient_turns_ = 0;  // waits since it was emptied
  std::array<epoll_event, kBatch> ready_{};
  int next_ = 0;  // of ready_, while events are given out
  int count_ = 0;
};

}  // namespace sluice::net
