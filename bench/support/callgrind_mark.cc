// LD_PRELOAD library for a program that runs under callgrind: each SIGURG ends a part, so that what
// was counted since the last one is written to a file of its own and counting begins at zero. It
// works from inside, since what controls callgrind from outside needs ptrace.
//
// Timers by signal never fire: where a signal interrupts a system call, valgrind 3.19 may lose the
// call's result and give its number instead. Sluice's watchdog is the one that uses them.
#include <time.h>
#include <valgrind/callgrind.h>

#include <csignal>

namespace {

void end_part(int) { CALLGRIND_DUMP_STATS; }

__attribute__((constructor)) void install() {
  struct sigaction action {};
  action.sa_handler = end_part;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGURG, &action, nullptr);
}

}  // namespace

extern "C" {
int timer_create(clockid_t, sigevent*, timer_t* timer) noexcept {
  *timer = nullptr;
  return 0;
}
int timer_settime(timer_t, int, const itimerspec*, itimerspec*) noexcept { return 0; }
int timer_delete(timer_t) noexcept { return 0; }
}
