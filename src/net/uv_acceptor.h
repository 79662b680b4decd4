// Polls a listening descriptor and accepts. At EMFILE it stops polling instead of closing clients,
// and resumes after 100 ms or when told. The descriptor belongs to the process, not to this.
#pragma once

#include "net/handle.h"
#include "net/loop.h"

namespace sluice::net {

class UvAcceptor final : public Acceptor {
 public:
  UvAcceptor(uv_loop_t* loop, int descriptor, Events& events);
  void pause() noexcept override;
  void resume() noexcept override;
  void drain() noexcept override;

 private:
  static void on_poll(uv_poll_t* handle, int status, int events);
  bool accept_some(unsigned most) noexcept;
  void start() noexcept;
  Handle<uv_poll_t> poll_;
  Handle<uv_timer_t> retry_;
  Events& events_;
  int descriptor_;
  bool paused_ = false;
};

}  // namespace sluice::net
