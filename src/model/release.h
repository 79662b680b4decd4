// How a slot of a server's limiter is given back, and what a waiter does after it entered the
// queue. Any worker; the only two places where slots change hands, besides the changes of control/.
//
// While somebody waits, a slot is passed on without being freed, so that no newcomer overtakes the
// queue. No wake-up is lost. Let W be a waiter's announcement (waiting + 1) followed by its test of
// `used`, and R a release's `used` - 1 followed by its test of `waiting`; all four are sequentially
// consistent. In their single order either W's announcement precedes R's test, and R hands over; or
// R's test, and with it R's decrement, precede W's announcement, and W's test sees the room and
// hands over to itself. Whoever calls hand_over takes the queue's lock after that, so it sees the
// waiter that was announced under it. A hand-over that finds no room stops: the room was taken by
// somebody whose own release comes later. A slot that pass_slot could not pass is freed by R, whose
// test then covers whoever came in between. Changes of state or maxconn are stored before control/
// hands over, and read under, or after, the same lock.
#pragma once

#include "model/proxy_live.h"

namespace sluice::model {

/// Gives back a slot of `server` that the caller holds: to the one who is first, if any.
inline void release_slot(ServerLive& server) noexcept {
  BackendQueue& queue = server.backend().queue;
  if ((server.limiter.waiting() != 0 || queue.waiting_for_any() != 0) && queue.pass_slot(server))
    return;
  const bool bound_wait = server.limiter.release();
  if (bound_wait || queue.waiting_for_any() != 0) queue.hand_over(server);
}

/// The second test after BackendQueue::enter(): a bound waiter offers its own server, one that
/// waits for any offers each server of its backend. It may find itself granted (and woken) before
/// this returns.
inline void offer_after_enter(ServerLive& server) noexcept {
  if (server.limiter.has_room()) server.backend().queue.hand_over(server);
}

}  // namespace sluice::model
