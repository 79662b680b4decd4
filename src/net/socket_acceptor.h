// Polls a listening descriptor and accepts. At EMFILE it stops polling instead of closing clients,
// and resumes after 100 ms or when told. The descriptor belongs to the process, not to this.
#pragma once

#include "net/event_poll.h"
#include "net/loop.h"

namespace sluice::net {

class SocketAcceptor final : public Acceptor, private EventPoll::Source, private Timer {
 public:
  SocketAcceptor(EventPoll& poll, TimerWheel& timers, int descriptor, Events& events);
  ~SocketAcceptor() override;
  void pause() noexcept override;
  void resume() noexcept override;
  void drain() noexcept override;

 private:
  void on_poll(bool readable, bool writable) noexcept override;
  void on_timer() noexcept override;
  bool accept_some(unsigned most) noexcept;
  void start() noexcept { poll_.want(*this, descriptor_, {true, false}); }
  void stop() noexcept { poll_.want(*this, descriptor_, {false, false}); }
  EventPoll& poll_;
  TimerWheel& timers_;
  Events& events_;
  int descriptor_;
  base::Address local_;  // where every connection arrives; unset behind a wildcard
  bool paused_ = false;
};

}  // namespace sluice::net
